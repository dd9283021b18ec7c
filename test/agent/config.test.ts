import { describe, expect, test } from "bun:test";
import { checkConfig, type LoadedConfig } from "../../src/agent/config.ts";
import { OPTION_TABLE, type OptionValues } from "../../src/agent/option-table.ts";

/** A configuration with these values set by flags. */
function withSet(values: Partial<OptionValues>): Pick<LoadedConfig, "values" | "origin" | "isSet"> {
  const isSet = (name: string): boolean => Object.hasOwn(values, name);
  return {
    values: { ...OPTION_TABLE.defaults, ...values },
    isSet,
    origin: (name) => (isSet(name) ? `flag --${name}` : "default"),
  };
}

describe("checkConfig()", () => {
  test("has nothing to say about the defaults", () => {
    expect(checkConfig(withSet({}))).toEqual({ problems: [], warnings: [] });
  });

  test("refuses the same source twice", () => {
    expect(checkConfig(withSet({ "event-source": ["file:/a", "stdin", "file:/a"] })).problems).toEqual([
      'Cannot use --event-source (flag): found "file:/a" twice, expected every source once',
    ]);
  });

  test.each([
    "/var/log/tetragon/tetragon.log",
    "/var/log/tetragon/*.log",
    "/var/log/**/*",
    "/var/log/tetragon/{a,tetragon}.log",
  ])("refuses to export into a file that the source file:%s reads", (glob) => {
    const values = { "event-source": [`file:${glob}`], "export-filename": "/var/log/tetragon/tetragon.log" };
    expect(checkConfig(withSet(values)).problems).toEqual([
      `Cannot use --export-filename (flag): found "/var/log/tetragon/tetragon.log", expected a file that --event-source "file:${glob}" does not read`,
    ]);
  });

  test("sees through different ways to write the same path", () => {
    const values = { "event-source": ["file:/var/log//x.log"], "export-filename": "/var/log/../log/x.log" };
    expect(checkConfig(withSet(values)).problems.length).toBe(1);
  });

  test.each([
    [
      "--export-filename",
      { "export-filename": "/x/a", "log-file": "/x/../x/a" },
      "--log-file does not write",
    ],
    [
      "--export-filename",
      { "export-filename": "/x/a", "checkpoint-file": "/x/a" },
      "--checkpoint-file does not write",
    ],
    ["--checkpoint-file", { "checkpoint-file": "/x/a", "log-file": "/x/a" }, "--log-file does not write"],
    ["--log-file", { "log-file": "/x/in" }, '--event-source "file:/x/in" does not read'],
    ["--checkpoint-file", { "checkpoint-file": "/x//in" }, '--event-source "file:/x/in" does not read'],
  ])("refuses %s for a file that has another use: %j", (option, values, expected) => {
    const { problems } = checkConfig(withSet({ "event-source": ["file:/x/in"], ...values }));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toStartWith(`Cannot use ${option} (flag): found "`);
    expect(problems[0]).toEndWith(`expected a file that ${expected}`);
  });

  test("leaves devices, and what a glob may find, to those who open them", () => {
    const devices = { "export-filename": "/dev/null", "log-file": "/dev/null" };
    expect(checkConfig(withSet({ "event-source": ["file:/x/in"], ...devices })).problems).toEqual([]);
    const glob = { "event-source": ["file:/x/*"], "log-file": "/x/agent.log", "checkpoint-file": "/x/c" };
    expect(checkConfig(withSet(glob)).problems).toEqual([]);
  });

  test("refuses events that no queue can hold, where they were asked for", () => {
    const mib = 1024 ** 2;
    const udp = { "udp-output-enabled": true };
    const problems = (values: Partial<OptionValues>) => checkConfig(withSet({ ...udp, ...values })).problems;
    const found = "Cannot use --max-line-size (flag): found 64M, expected at most --event-queue-bytes";
    expect(problems({ "max-line-size": 64 * mib })).toEqual([`${found}, 16M`]);
    expect(problems({ "max-line-size": 64 * mib, "event-queue-bytes": 64 * mib })).toEqual([]);
    expect(problems({ "max-line-size": mib, "event-queue-bytes": 64 * 1024 })).toHaveLength(1);
    const options = new Map([
      ["type", "file"],
      ["export-filename", "/x"],
    ]);
    const named = { exporters: [{ name: "copy", options }], "event-queue-bytes": 64 * mib };
    expect(problems({ ...named, "max-line-size": 64 * mib })).toEqual([`${found} of exporter "copy", 16M`]);
  });

  test("warns of limits that cost events only where they have to wait, or on some networks", () => {
    const warnings = (values: Partial<OptionValues>) =>
      checkConfig(withSet({ "udp-output-enabled": true, ...values })).warnings;
    expect(warnings({ "event-queue-bytes": 64 * 1024 })).toEqual([
      "--event-queue-bytes is 64K: events above that are lost when they have to wait, and --max-line-size is 4M",
    ]);
    expect(warnings({ "udp-buffer-size": 2048 })).toEqual([
      "--udp-buffer-size is 2048: fragments of a datagram above 5233 bytes do not fit, and --udp-max-datagram-size is 65507",
    ]);
    expect(warnings({ "udp-buffer-size": 2048, "udp-max-datagram-size": 1472 })).toEqual([]);
    expect(warnings({ "udp-dont-fragment": true })).toHaveLength(1);
    expect(warnings({ "udp-dont-fragment": true, "udp-max-datagram-size": 1472 })).toEqual([]);
  });

  test("lets a file be exported beside its source", () => {
    const values = {
      "event-source": ["file:/var/log/tetragon/*.log"],
      "export-filename": "/var/log/copy.log",
    };
    expect(checkConfig(withSet(values)).problems).toEqual([]);
  });

  test("warns of file options without a file to export", () => {
    expect(
      checkConfig(withSet({ "export-file-perm": 0o640, "export-file-compress": true })).warnings,
    ).toEqual([
      "Without --export-filename no file is written, so these have no effect: --export-file-compress, --export-file-perm",
    ]);
    expect(checkConfig(withSet({ "export-file-perm": 0o640, "export-filename": "/x" })).warnings).toEqual([]);
  });

  test("warns of UDP options beside another exporter alone", () => {
    const set = { "udp-output-port": 9, "udp-batch": true, "export-stdout": true };
    expect(checkConfig(withSet(set)).warnings).toEqual([
      "Without --udp-output-enabled these have no effect: --udp-output-port, --udp-batch",
    ]);
    expect(checkConfig(withSet({ ...set, "udp-output-enabled": true })).warnings).toEqual([]);
    // A ConfigMap spells out defaults.
    expect(checkConfig(withSet({ "udp-output-port": 514, "export-stdout": true })).warnings).toEqual([]);
  });

  test.each([
    [
      { "syslog-servers": ["loghost"], "syslog-tls-ca-files": ["/ca"], "syslog-tls-verification": "none" },
      "Without tls:// in --syslog-servers no TLS is spoken, so these have no effect: --syslog-tls-ca-files, --syslog-tls-verification",
    ],
    [
      { "kafka-brokers": ["kafka"], "kafka-tls-ca-files": ["/ca"] },
      "Without tls:// in --kafka-brokers no TLS is spoken, so these have no effect: --kafka-tls-ca-files",
    ],
    [
      { "http-url": "http://intake/", "http-tls-ca-files": ["/ca"] },
      "Without https:// in --http-url no TLS is spoken, so these have no effect: --http-tls-ca-files",
    ],
    [
      { "otlp-endpoint": "http://collector:4318", "otlp-tls-ca-files": ["/ca"] },
      "Without https:// in --otlp-endpoint no TLS is spoken, so these have no effect: --otlp-tls-ca-files",
    ],
    [
      { "elasticsearch-hosts": ["http://es:9200"], "elasticsearch-tls-ca-files": ["/ca"] },
      "Without https:// in --elasticsearch-hosts no TLS is spoken, so these have no effect: --elasticsearch-tls-ca-files",
    ],
    [
      { "otlp-endpoint": "http://collector:4318", "otlp-traces-max-age": 5000 },
      "Without --otlp-traces no traces are sent, so these have no effect: --otlp-traces-max-age",
    ],
    [
      { "otlp-endpoint": "http://collector:4318", "otlp-metrics-interval": 5000 },
      "Without --otlp-metrics no metrics are sent, so these have no effect: --otlp-metrics-interval",
    ],
    [
      { "export-module": "/x.ts", "export-module-queue-max-bytes": 2 ** 21 },
      "Without --export-module-queue-dir there is no queue on disk, so these have no effect: --export-module-queue-max-bytes",
    ],
    [
      { "http-url": "http://intake/", "http-dead-letter-max-bytes": 2 ** 20 },
      "Without --http-dead-letter-file these have no effect: --http-dead-letter-max-bytes",
    ],
  ])("warns of options that need another one: %p", (set, warning) => {
    expect(checkConfig(withSet(set as never)).warnings).toEqual([warning]);
  });

  test("says nothing of them where the other one is as they need it, or where they say what is the default", () => {
    const met = { "syslog-servers": ["a", "tls://b"], "syslog-tls-ca-files": ["/ca"] };
    expect(checkConfig(withSet(met as never)).warnings).toEqual([]);
    const defaults = { "syslog-servers": ["a"], "syslog-tls-verification": "full" };
    expect(checkConfig(withSet(defaults as never)).warnings).toEqual([]);
  });

  test("says of which named exporter an option has no effect", () => {
    const options = new Map([
      ["type", "syslog"],
      ["syslog-servers", "loghost"],
      ["syslog-tls-ca-files", "/ca"],
    ]);
    expect(checkConfig(withSet({ exporter: [{ name: "siem", options }] } as never)).warnings).toEqual([
      'Exporter "siem": Without tls:// in --syslog-servers no TLS is spoken, so these have no effect: --syslog-tls-ca-files',
    ]);
  });

  test("warns of file source options without a file source", () => {
    const values = { "event-source": ["stdin"], "from-beginning": true, "checkpoint-file": "/c" };
    expect(checkConfig(withSet(values)).warnings).toEqual([
      "Without a file source these have no effect: --from-beginning, --checkpoint-file",
    ]);
  });

  test("warns of options of Kubernetes that nothing uses", () => {
    const set = { "k8s-kubeconfig-path": "/k", "enable-pod-annotations": true, "deleted-pod-cache-size": 7 };
    expect(checkConfig(withSet(set)).warnings).toEqual([
      "Without --enable-k8s-api and --enable-cri these have no effect: --k8s-kubeconfig-path, --enable-pod-annotations, --deleted-pod-cache-size",
    ]);
    expect(checkConfig(withSet({ ...set, "kubernetes-events": true })).warnings).toEqual([
      "Without --enable-k8s-api and --enable-cri these have no effect: --enable-pod-annotations, --deleted-pod-cache-size",
    ]);
    expect(checkConfig(withSet({ ...set, "enable-k8s-api": true })).warnings).toEqual([]);
    expect(checkConfig(withSet({ ...set, "enable-cri": true })).warnings).toEqual([
      "Without --enable-k8s-api these have no effect: --k8s-kubeconfig-path",
    ]);
    expect(
      checkConfig(withSet({ "enable-k8s-api": true, "cri-endpoint": "unix:///run/x.sock" })).warnings,
    ).toEqual(["Without --enable-cri these have no effect: --cri-endpoint"]);
    expect(checkConfig(withSet({ "kubernetes-events-state": "/s" })).warnings).toEqual([
      "Without --kubernetes-events these have no effect: --kubernetes-events-state",
    ]);
  });

  test("refuses a file of Kubernetes Events that somebody else reads or writes", () => {
    const set = { "kubernetes-events": true, "kubernetes-events-state": "/s/x" };
    expect(checkConfig(withSet({ ...set, "export-filename": "/s/x" })).problems).toHaveLength(1);
    expect(checkConfig(withSet({ ...set, "event-source": ["file:/s/x"] })).problems).toHaveLength(1);
    expect(checkConfig(withSet(set)).problems).toEqual([]);
  });

  test("warns of sensor options without the sensor", () => {
    const set = {
      "sensor-scope": "pidns:1",
      "enable-process-cred": false,
      "rb-size": 65536,
    };
    expect(checkConfig(withSet({ ...set, "event-source": ["stdin"] })).warnings).toEqual([
      "Without the sensor these have no effect: --sensor-scope, --rb-size",
    ]);
    for (const source of ["auto", "sensor"]) {
      expect(checkConfig(withSet({ ...set, "event-source": [source] })).warnings).toEqual([]);
    }
  });

  test.each([
    [["base", "tracepoint"], []],
    [["tracepoint"], ["Without base among them these have no effect: --enable-ancestors=tracepoint"]],
    [
      ["base", "kprobe", "tracepoint", "lsm"],
      ["The sensor makes no such events, so these have no effect: --enable-ancestors=lsm"],
    ],
  ])("warns of ancestors that no event of the sensor carries: %p", (types, warnings) => {
    expect(checkConfig(withSet({ "enable-ancestors": types })).warnings).toEqual(warnings);
  });

  test("warns of a filter of environment variables that are not added", () => {
    const filter = { "filter-environment-variables": ["PATH"] };
    expect(checkConfig(withSet(filter)).warnings).toEqual([
      "Without --enable-process-environment-variables these have no effect: --filter-environment-variables",
    ]);
    const added = { ...filter, "enable-process-environment-variables": true };
    expect(checkConfig(withSet(added)).warnings).toEqual([]);
  });

  test("says once that there is no sensor, and nothing more of its options", () => {
    const values = { "enable-ancestors": ["lsm"], "filter-environment-variables": ["PATH"] };
    expect(checkConfig(withSet({ ...values, "event-source": ["stdin"] })).warnings).toEqual([
      "Without the sensor these have no effect: --enable-ancestors, --filter-environment-variables",
    ]);
  });
});
