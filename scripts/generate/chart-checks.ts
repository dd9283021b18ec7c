/**
 * @module What the Helm chart's templates hold values to: options by the table of options, filters by the description of
 * events, the rest by what Kubernetes and the agent take.
 */

import { EventType, FieldFilter, Filter, RedactionFilter } from "../../src/event/description/index.ts";
import { OPTION_TABLE } from "./option-table.ts";

/** What a value has to be. A text is held to the pattern, a number to the bounds too; of a list each item. */
export interface Check {
  /** To follow the word `expected`. */
  readonly expected: string;
  /** As Go reads regular expressions. */
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  /** The value may not be empty. */
  readonly required?: true;
  /** The value that has to be true for this one to count. */
  readonly when?: string;
}

const INTEGER = "^-?[0-9]+$";
const DURATION = "^[+-]?(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$";
const PORT_NUMBER = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
const HOST = "(\\[[0-9a-fA-F:.]+\\]|[^:/\\s\\[\\]]*)";

const integer = (min: number, max?: number): Check => ({
  expected: `an integer${max === undefined ? ` of at least ${min}` : ` from ${min} to ${max}`}`,
  pattern: INTEGER,
  min,
  ...(max !== undefined && { max }),
});
const port: Check = { ...integer(1, 65_535), expected: "a port, from 1 to 65535" };
const directory: Check = {
  expected: "a path that begins with /",
  pattern: "^/[^\\s:]*$",
  required: true,
};
const optionalPath: Check = { expected: "a path that begins with /, or nothing", pattern: "^/\\S*$" };
const label: Check = {
  expected: "a name of Kubernetes: up to 63 of a-z, 0-9 and -, neither first nor last",
  pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
};
const subdomain: Check = {
  expected: "a name of Kubernetes: a-z, 0-9, - and ., the last two neither first nor last",
  pattern: "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$",
};
const host: Check = {
  expected: "a host or an address without a port, such as 0.0.0.0 or [::]",
  pattern: `^${HOST}$`,
};
const optionalRepository: Check = {
  expected: "where an image is, such as registry.example.com/tetrad, without a tag",
  pattern: "^[a-zA-Z0-9][-a-zA-Z0-9.]*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$",
};
const repository: Check = { ...optionalRepository, required: true };
const tag: Check = {
  expected: "the tag of an image, such as 0.1.0",
  pattern: "^[a-zA-Z0-9_][-a-zA-Z0-9_.]{0,127}(@sha256:[0-9a-f]{64})?$",
};
const scrapeInterval: Check = {
  expected: "a duration of Prometheus, such as 60s or 1m30s",
  pattern: "^([0-9]+(ms|s|m|h|d|w|y))+$",
};

/** Options by the values that become them as they are. */
const OPTIONS: Readonly<Record<string, string>> = {
  "tetragon.processCacheSize": "process-cache-size",
  "tetragon.deletedPodCacheSize": "deleted-pod-cache-size",
  "tetragon.exportFilePerm": "export-file-perm",
  "tetragon.exportFileMaxSizeMB": "export-file-max-size-mb",
  "tetragon.exportFileMaxBackups": "export-file-max-backups",
  "tetragon.exportRateLimit": "export-rate-limit",
  "tetragon.healthGrpc.interval": "health-server-interval",
  "tetragon.eventCacheRetries": "event-cache-retries",
  "tetragon.eventCacheRetryDelay": "event-cache-retry-delay",
  "tetragon.processCacheGCInterval": "process-cache-gc-interval",
  "tetrad.udp.address": "udp-output-address",
  "tetrad.udp.port": "udp-output-port",
  "tetrad.udp.bufferSize": "udp-buffer-size",
  "tetrad.udp.maxDatagramSize": "udp-max-datagram-size",
  "tetrad.udp.syslogFacility": "udp-syslog-facility",
  "tetrad.metadata.interval": "metadata-interval",
  "tetrad.elasticsearch.index": "elasticsearch-index",
  "tetrad.elasticsearch.queue.maxBytes": "elasticsearch-queue-max-bytes",
};

/** Of these, an empty one would be no number. */
const REQUIRED: ReadonlySet<string> = new Set(["tetragon.exportFilePerm", "tetragon.processCacheGCInterval"]);

const OTHERS: Readonly<Record<string, Check>> = {
  exportDirectory: directory,
  priorityClassName: subdomain,
  "serviceAccount.name": subdomain,
  "tetragon.nameOverride": label,
  "tetragon.btf": optionalPath,
  "tetragon.hostProcPath": directory,
  "tetragon.exportFilename": {
    expected: "the name of a file in exportDirectory",
    pattern: "^[^/\\s][^\\s]*$",
  },
  "tetragon.grpc.address": {
    expected: "HOST:PORT such as 0.0.0.0:54321, or unix:///PATH",
    pattern: `^(unix:(//)?/\\S+|${HOST}:${PORT_NUMBER})$`,
  },
  "tetragon.grpc.tls.auto.certValidityDuration": integer(1, 36_500),
  "tetragon.grpc.tls.ca.certValidityDuration": integer(1, 36_500),
  "tetragon.grpc.tls.auto.schedule": {
    expected: 'a schedule of cron such as "0 0 1 */4 *", or nothing',
    pattern: "^(@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \\S+)|\\S+( +\\S+){4})$",
  },
  "tetragon.grpc.tls.server.existingSecret": subdomain,
  "tetragon.grpc.tls.server.extraIpAddresses": {
    expected: "an IP address",
    pattern: "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$",
  },
  "tetragon.prometheus.address": host,
  "tetragon.prometheus.port": port,
  "tetragon.prometheus.serviceMonitor.scrapeInterval": scrapeInterval,
  "tetragon.healthGrpc.port": port,
  "tetragon.cri.socketHostPath": optionalPath,
  "export.filenames": { expected: "names of files in exportDirectory", pattern: "^[^/\\s][^\\s]*$" },
  "export.stdout.image.repository": optionalRepository,
  "export.stdout.image.tag": tag,
  "rthooks.nameOverride": label,
  "rthooks.serviceAccount.name": subdomain,
  "rthooks.priorityClassName": subdomain,
  "rthooks.installDir": directory,
  "rthooks.ociHooks.hooksPath": directory,
  "rthooks.nriHook.nriSocket": directory,
  "rthooks.image.repository": { ...repository, when: "rthooks.enabled" },
  "rthooks.image.tag": { ...tag, required: true, when: "rthooks.enabled" },
  "certgen.image.repository": { ...repository, when: "tetragon.grpc.tls.enabled" },
  "certgen.image.tag": { ...tag, required: true, when: "tetragon.grpc.tls.enabled" },
  "certgen.ttlSecondsAfterFinished": integer(0),
  "certgen.cronJob.successfulJobsHistoryLimit": integer(0),
  "certgen.cronJob.failedJobsHistoryLimit": integer(0),
  "tetrad.image.repository": repository,
  "tetrad.image.tag": tag,
  "tetrad.stateDirectory": directory,
  "tetrad.terminationGracePeriodSeconds": integer(0),
  "tetrad.elasticsearch.hosts": {
    expected: "addresses of nodes such as https://es1:9200, with no user and no query in them",
    pattern: "^(https?://)?[^\\s/@?#]+(/[^\\s@?#]*)?$",
  },
  "tetrad.elasticsearch.existingSecret": subdomain,
  "tetrad.grpcService.name": {
    expected: "the name of a Service: up to 63 of a-z, 0-9 and -, first a letter",
    pattern: "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$",
    required: true,
  },
  "tetrad.grpcService.port": port,
  "tetrad.podMonitor.scrapeInterval": scrapeInterval,
};

const FILTERS = {
  "tetragon.exportAllowList": Filter,
  "tetragon.exportDenyList": Filter,
  "tetragon.fieldFilters": FieldFilter,
  "tetragon.redactionFilters": RedactionFilter,
} as const;

/** Checks of values, by their paths. */
export const VALUE_CHECKS: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(
    Object.entries(OPTIONS).map(([path, option]) => [
      path,
      { ...optionCheck(option), ...(REQUIRED.has(path) && { required: true as const }) },
    ]),
  ),
  ...OTHERS,
};

/** What `files/checks.json` holds. */
export function renderChecks(): object {
  const names = OPTION_TABLE.names as readonly string[];
  return {
    values: VALUE_CHECKS,
    options: Object.fromEntries(names.map((name) => [name, optionCheck(name)])),
    filters: Object.fromEntries(
      Object.entries(FILTERS).map(([path, { fields }]) => [path, [...fields.keys()]]),
    ),
    eventTypes: Object.keys(EventType),
  };
}

/** What of an option's kind can be said by a pattern and bounds; `{}` where that is nothing. */
function optionCheck(name: string): Check {
  const { name: kind, expected, values, isItem } = OPTION_TABLE.row(name as never).kind;
  if (kind === "bool") return { expected, pattern: "^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$" };
  if (kind === "octal") return { expected, pattern: "^0*[0-7]{1,3}$" };
  if (kind === "size") return { expected, pattern: "^[0-9]+[KMG]?$" };
  if (kind === "duration") return { expected, pattern: DURATION };
  if (kind === "int") {
    const [, from, to] = /(?:from|of at least) (-?[0-9]+)(?: to ([0-9]+))?/.exec(expected) ?? [];
    return {
      expected,
      pattern: expected.endsWith("or auto") ? `${INTEGER}|^auto$` : INTEGER,
      ...(from !== undefined && { min: Number(from) }),
      ...(to !== undefined && { max: Number(to) }),
    };
  }
  if (kind === "string" && values !== undefined && !isItem)
    return { expected, pattern: `^(?i:${values.join("|")})$` };
  if (name === "udp-output-address") return { expected, pattern: "^([^\\s:/]+|[0-9a-fA-F:.]+(%\\S+)?)$" };
  return { expected };
}
