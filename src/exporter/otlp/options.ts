/** @module Options of the OTLP exporter. The variables are those of OpenTelemetry's specification (OpenTelemetry Protocol Exporter). */
import {
  boolean,
  checkedText,
  choice,
  duration,
  integer,
  list,
  path,
  size,
  text,
} from "../../config/kind.ts";
import { type OptionRows, optionRows, type ValuesOf } from "../../config/option.ts";
import { isHeader } from "../../lib/text/header.ts";
import { deadLetterOptions } from "../delivery/dead-letter-options.ts";
import { queueOptions } from "../delivery/queue-options.ts";
import { tlsOptions } from "../tls-options.ts";
import { baseOfLogs, endpointOf, headersOf, millisecondsOf, standard } from "./standard-variables.ts";

const GROUP = "OpenTelemetry";
const COMMON = { group: GROUP, from: "tetrad", support: "used" } as const;
const ENDPOINT =
  "a URL that begins with http:// or https://, such as http://collector:4318, with no user in it";

/** How requests are sent, as OpenTelemetry names it. */
export const PROTOCOLS = ["http/protobuf", "grpc"] as const;

const traceRows = () =>
  ({
    "otlp-traces": {
      ...COMMON,
      kind: boolean(),
      default: "false",
      description:
        "Send processes as traces, too: a span from exec to exit, children under their parents, what they did as events of their span.",
    },
    "otlp-traces-endpoint": {
      ...COMMON,
      placeholder: "URL",
      kind: checkedText(ENDPOINT, isUrl),
      default: "",
      description:
        "Where spans are sent, over HTTP with its path, where that is not --otlp-endpoint and /v1/traces.",
      variables: [{ name: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", convert: endpointOf("traces") }],
      secret: true,
    },
    "otlp-traces-max-age": {
      ...COMMON,
      placeholder: "DURATION",
      kind: duration({ min: 1000 }),
      default: "1h",
      description:
        "Children of a process that has been running for longer begin traces of their own, with a link to it: what daemons start is not one trace without end.",
    },
    "otlp-traces-max-processes": {
      ...COMMON,
      placeholder: "COUNT",
      kind: integer({ min: 16, max: 1_000_000 }),
      default: "16384",
      description:
        "Processes that are remembered at once. The oldest is forgotten for another one: its children begin traces.",
    },
  }) as const satisfies OptionRows;

const metricRows = () =>
  ({
    "otlp-metrics": {
      ...COMMON,
      kind: boolean(),
      default: "false",
      description:
        "Send the agent's metrics, too: those of --metrics-server, but for counts of events by their labels.",
    },
    "otlp-metrics-endpoint": {
      ...COMMON,
      placeholder: "URL",
      kind: checkedText(ENDPOINT, isUrl),
      default: "",
      description:
        "Where metrics are sent, over HTTP with its path, where that is not --otlp-endpoint and /v1/metrics.",
      variables: [{ name: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", convert: endpointOf("metrics") }],
      secret: true,
    },
    "otlp-metrics-interval": {
      ...COMMON,
      placeholder: "DURATION",
      kind: duration({ min: 100 }),
      default: "60s",
      description: "How often metrics are sent.",
      variables: [{ name: "OTEL_METRIC_EXPORT_INTERVAL", convert: millisecondsOf }],
    },
  }) as const satisfies OptionRows;

/** The limits of one request. */
const REQUEST_ROWS = {
  "otlp-timeout": {
    ...COMMON,
    placeholder: "DURATION",
    kind: duration({ min: 100, max: 3_600_000 }),
    default: "10s",
    description: "How long one request may take until its answer is there; then it is sent again.",
    variables: standard("TIMEOUT", millisecondsOf),
  },
  "otlp-workers": {
    ...COMMON,
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 32 }),
    default: "2",
    description: "Requests in flight at most.",
  },
  "otlp-batch-max-bytes": {
    ...COMMON,
    placeholder: "SIZE",
    kind: size({ min: 4096, max: 64 * 1024 ** 2 }),
    default: "2M",
    description:
      "Bytes of one request, before compression. An event that is larger goes alone. Collectors take 4 MB over gRPC unless they are told otherwise.",
  },
  "otlp-batch-max-size": {
    ...COMMON,
    placeholder: "COUNT",
    kind: integer({ min: 1, max: 100_000 }),
    default: "512",
    description: "Events of one request at most.",
  },
} as const satisfies OptionRows;

const TLS = tlsOptions("otlp", GROUP);

export const otlpRows = optionRows(() => ({
  "otlp-endpoint": {
    ...COMMON,
    placeholder: "URL",
    kind: checkedText(ENDPOINT, isUrl),
    default: "",
    description:
      "Where events are sent as OpenTelemetry's log records: a Collector, or whatever speaks OTLP. Over HTTP, /v1/logs is put behind it.",
    variables: [
      ...standard("ENDPOINT", endpointOf("logs")).filter(({ name }) => !name.includes("_LOGS_")),
      { name: "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", convert: baseOfLogs },
    ],
    secret: true,
  },
  "otlp-logs-endpoint": {
    ...COMMON,
    placeholder: "URL",
    kind: checkedText(ENDPOINT, isUrl),
    default: "",
    description:
      "Where log records are sent, over HTTP with its path, where that is not --otlp-endpoint and /v1/logs.",
    variables: [{ name: "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", convert: endpointOf("logs") }],
    secret: true,
  },
  "otlp-protocol": {
    ...COMMON,
    placeholder: PROTOCOLS.join("|"),
    kind: choice(PROTOCOLS),
    default: "http/protobuf",
    description:
      "How requests are sent: HTTP with bodies of protobuf, usually to port 4318, or gRPC, usually to port 4317.",
    variables: standard("PROTOCOL"),
  },
  "otlp-headers": {
    ...COMMON,
    placeholder: "NAME: VALUE,...",
    kind: list("headers such as Authorization: Bearer token", isHeader, { isItem: true }),
    default: "",
    description:
      "Further headers, or gRPC metadata; as a flag, one each time it is given. What is secret is better in --otlp-headers-file or a variable.",
    variables: standard("HEADERS", headersOf),
    secret: true,
  },
  "otlp-headers-file": {
    ...COMMON,
    placeholder: "PATH",
    kind: path(),
    default: "",
    description: "File that has further headers, one a line. It is read anew when it has changed.",
  },
  "otlp-compression": {
    ...COMMON,
    placeholder: "none|gzip|zstd",
    kind: choice(["none", "gzip", "zstd"]),
    default: "none",
    description:
      "How requests are compressed. zstd costs the least; Collectors take it, other receivers may not.",
    variables: standard("COMPRESSION"),
  },
  "otlp-service-name": {
    ...COMMON,
    placeholder: "NAME",
    kind: text(),
    default: "",
    description: "service.name of the resource that all records are of. Empty: tetrad.",
    variables: [{ name: "OTEL_SERVICE_NAME" }],
  },
  "otlp-resource-attributes": {
    ...COMMON,
    placeholder: "NAME=VALUE,...",
    kind: list("attributes such as deployment.environment.name=production", (item) => /^[^=]+=/.test(item)),
    default: "",
    description:
      "Further attributes of that resource. Values may have percent signs, as in URLs, for what has a meaning here.",
    variables: [{ name: "OTEL_RESOURCE_ATTRIBUTES" }],
  },
  ...traceRows(),
  ...metricRows(),
  ...REQUEST_ROWS,
  ...TLS,
  "otlp-tls-ca-files": { ...TLS["otlp-tls-ca-files"], variables: standard("CERTIFICATE") },
  "otlp-tls-cert-file": { ...TLS["otlp-tls-cert-file"], variables: standard("CLIENT_CERTIFICATE") },
  "otlp-tls-key-file": { ...TLS["otlp-tls-key-file"], variables: standard("CLIENT_KEY") },
  ...queueOptions("otlp", GROUP),
  ...deadLetterOptions("otlp", GROUP),
}));

/** The values of {@link otlpRows}. */
export type OtlpValues = ValuesOf<ReturnType<typeof otlpRows>>;

function isUrl(value: string): boolean {
  if (value === "") return true;
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  const { username, password, hash } = new URL(value);
  return username === "" && password === "" && hash === "";
}
