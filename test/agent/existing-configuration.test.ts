/** What was written for Tetragon, whichever release, starts: what has no meaning here is a warning. */
import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { loadConfig } from "../../src/agent/config.ts";
import type { ConfigError } from "../../src/config/error.ts";
import { loadYaml } from "../../src/config/yaml-file.ts";
import { TemporaryRoot } from "../config/temporary.ts";
import { createTestPipeline } from "../pipeline/support.ts";

await loadYaml();

/** The defaults of Tetragon, as its package shows them (examples/configuration/tetragon.yaml). */
const EXAMPLE_YAML = `bpf-lib: /var/lib/tetragon/
btf:
config-dir:
tracing-policy:
debug: false
disable-kprobe-multi: false
enable-export-aggregation: false
enable-k8s-api: false
enable-process-ancestors: true
enable-process-cred: false
enable-process-ns: false
event-queue-size: 10000
export-aggregation-buffer-size: 10000
export-aggregation-window-size: 15s
export-allowlist:
export-denylist:
export-file-compress: false
export-file-max-backups: 5
export-file-max-size-mb: 10
export-file-rotation-interval: 0s
export-filename:
export-rate-limit: -1
field-filters:
force-small-progs: false
gops-address:
kernel:
log-format: text
log-level: info
metrics-server:
metrics-label-filter:
netns-dir: /var/run/docker/netns/
pprof-address:
process-cache-size: 65536
procfs: /proc/
rb-size: 0
rb-size-total: 0
release-pinned-bpf: false
server-address: localhost:54321
verbose: 0
`;

function load(root: TemporaryRoot, argv: string[] = [], env: Record<string, string> = {}) {
  return loadConfig({ argv, env, root: root.at(".") });
}

describe("an existing configuration starts", () => {
  test("Tetragon's example file and drop-in directory", () => {
    using root = new TemporaryRoot();
    root.write("etc/tetragon/tetragon.yaml", EXAMPLE_YAML);
    root.write("etc/tetragon/tetragon.conf.d/bpf-lib", "/usr/lib/tetragon/\n");
    root.write("etc/tetragon/tetragon.conf.d/server-address", "unix:///var/run/tetragon/tetragon.sock\n");
    const { values, warnings } = load(root);
    expect(values["event-queue-size"]).toBe(10_000);
    expect(warnings.join("\n")).toContain('unknown option "enable-process-ancestors"');
  });

  test("leftovers in a drop-in directory", () => {
    using root = new TemporaryRoot();
    for (const name of [
      "README",
      "log-level~",
      "log-level.dpkg-old",
      "log-level.rpmsave",
      ".log-level.swp",
    ]) {
      root.write(`etc/tetragon/tetragon.conf.d/${name}`, "debug");
    }
    mkdirSync(root.at("etc/tetragon/tetragon.conf.d/old"));
    const { values, warnings } = load(root);
    expect(values["log-level"]).toBe("info");
    expect(warnings).toHaveLength(5);
    expect(warnings.every((warning) => warning.startsWith("Ignored "))).toBe(true);
  });

  test("values where Tetragon falls back", () => {
    using root = new TemporaryRoot();
    const texts = {
      "event-queue-size": "0",
      "export-file-max-size-mb": "0",
      "export-file-perm": "rw-r",
      "export-rate-limit": "many",
      "export-file-compress": "maybe",
      "export-file-rotation-interval": "daily",
      "log-level": "verbose",
      "log-format": "xml",
      "cgroup-rate": "1000",
      "enable-ancestors": "base,foo,kprobe",
    };
    for (const [name, text] of Object.entries(texts))
      root.write(`etc/tetragon/tetragon.conf.d/${name}`, text);
    const { values, warnings } = load(root);
    expect(values).toMatchObject({
      "event-queue-size": 10_000,
      "export-file-max-size-mb": 10,
      "export-file-perm": 0o600,
      "export-rate-limit": -1,
      "export-file-compress": false,
      "log-level": "info",
      "log-format": "text",
      "cgroup-rate": { events: 0, interval: 0 },
      "enable-ancestors": ["base", "kprobe"],
    });
    for (const name of Object.keys(texts)) {
      expect(warnings.some((warning) => warning.startsWith(`Ignored --${name} (file `))).toBe(true);
    }
  });

  test("the same on the command line, where Tetragon's flags have types", () => {
    using root = new TemporaryRoot();
    const argv = [
      "--event-queue-size=0",
      "--enable-ancestors=base,foo",
      "--log-format=json-ts",
      "--cgroup-rate=x",
    ];
    const { values, warnings } = load(root, argv);
    expect(values).toMatchObject({
      "event-queue-size": 10_000,
      "enable-ancestors": ["base"],
      "log-format": "json",
      "cgroup-rate": { events: 0, interval: 0 },
    });
    expect(warnings.filter((warning) => warning.includes("(flag)"))).toEqual([
      'Ignored --event-queue-size (flag): found "0", expected an integer from 1 to 10000000; used is "10000"',
      'Ignored --enable-ancestors (flag): found "base,foo", expected one or more of base, tracepoint, kprobe, uprobe, lsm, usdt, or nothing; used is "base"',
      'Ignored --cgroup-rate (flag): found "x", expected events and interval such as 1000,1s, or nothing for no limit; used is nothing',
    ]);
  });

  test("flags of another release", () => {
    using root = new TemporaryRoot();
    const argv = [
      "--kmods",
      "a,b",
      "--pprof-addr=:1",
      "--ignore-missing-progs",
      "--run-standalone=false",
      "--debug",
    ];
    const { values, warnings } = load(root, argv);
    expect(values.debug).toBe(true);
    expect(warnings.map((warning) => warning.split(" ")[1])).toEqual([
      "--kmods",
      "--pprof-addr",
      "--ignore-missing-progs",
      "--run-standalone",
    ]);
  });

  test.each([
    [["--udp-ouput-port=1"], "Unknown flag --udp-ouput-port: did you mean --udp-output-port?"],
    [["--export-filenme=x"], "Unknown flag --export-filenme: did you mean --export-filename?"],
    [["--event-queue-size=many"], 'Cannot use --event-queue-size (flag): found "many"'],
    [["--debug=maybe"], 'Cannot use --debug (flag): found "maybe"'],
    [["--udp-output-port=0"], 'Cannot use --udp-output-port (flag): found "0"'],
    [["--rb-size=5x"], 'Cannot use --rb-size (flag): found "5x"'],
  ])("but a mistake on the command line is one: %j", (argv, problem) => {
    using root = new TemporaryRoot();
    try {
      load(root, argv);
      expect.unreachable();
    } catch (error) {
      expect((error as ConfigError).message).toStartWith(problem);
    }
  });
});

/** As they stand in Tetragon's documentation (docs/content/en/docs/concepts/events.md). */
describe("the filters in Tetragon's documentation are taken", () => {
  test.each([
    [
      "exportAllowlist",
      '{"event_set": ["PROCESS_EXEC", "PROCESS_EXIT"], "namespace": "foo"}\n{"event_set": ["PROCESS_KPROBE"]}',
      0,
    ],
    ["exportAllowlist", '{"binary_regex": ["^/home/kubernetes/bin/kubelet$"]}', 0],
    ["exportDenylist", '{"health_check":true}\n{"namespace":["", "cilium", "kube-system"]}', 0],
    [
      "fieldFilters",
      '{"fields":"process.exec_id,process.parent_exec_id", "event_set": ["PROCESS_EXEC"], "invert_event_set": true, "action": "INCLUDE"}',
      0,
    ],
    ["fieldFilters", '{"fields":"process.binary,parent.binary,pod.name"}', 1],
    ["redactionFilters", '{"redact": ["--password(?:\\\\s+|=)(\\\\S*)"]}', 0],
    ["redactionFilters", '{"binary_regex": ["(?:^|/)foo$"], "redact": ["-p(?:\\\\s+|=)(\\\\S*)"]}', 0],
    ["redactionFilters", '{"redact": "\\\\Wpasswd\\\\W?"}', 1],
    ["redactionFilters", '{"redact_str": "-p (\\\\S+)"}', 0],
  ] as const)("%s %s", (option, text, warned) => {
    const { warnings, run } = createTestPipeline({ [option]: text });
    expect(warnings).toHaveLength(warned);
    run('{"process_exec":{"process":{"pid":1}}}');
  });

  test("redact_str redacts", () => {
    const { run } = createTestPipeline({ redactionFilters: '{"redact_str": "-p (\\\\S+)"}' });
    expect(run('{"process_exec":{"process":{"arguments":"-p x"}}}')).toEqual([
      '{"process_exec":{"process":{"arguments":"-p *****"}}}',
    ]);
  });
});
