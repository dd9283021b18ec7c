import { describe, expect, test } from "bun:test";
import { type LoadedConfig, loadConfig } from "../../src/agent/config.ts";
import { type AgentRows, OPTION_TABLE } from "../../src/agent/option-table.ts";
import { ConfigError } from "../../src/config/error.ts";
import { CONFIG_PATHS, type LoadSettings } from "../../src/config/load.ts";
import { loadYaml } from "../../src/config/yaml-file.ts";
import { TemporaryRoot } from "./temporary.ts";

await loadYaml();

/** Whatever sources there are. */
const SOURCES_EXPECTED = OPTION_TABLE.row("event-source").kind.expected;

/** Loads with `root` for `/` and nothing set unless `settings` say so. */
function load(root: TemporaryRoot, settings: Partial<LoadSettings<AgentRows>> = {}): LoadedConfig {
  return loadConfig({ argv: [], root: root.path, ...settings });
}

/** The problems of a configuration that must not load, with the root taken out of its paths. */
function problemsOf(root: TemporaryRoot, settings: Partial<LoadSettings<AgentRows>>): string[] {
  try {
    load(root, settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.code).toBe("config");
    expect(error.message).toBe(error.problems.join("\n"));
    return error.problems.map((problem) => problem.replaceAll(root.path, ""));
  }
  throw new Error("The configuration loaded");
}

describe("loadConfig() with nothing set", () => {
  test("yields the defaults, of the kinds that the documentation says", () => {
    using root = new TemporaryRoot();
    const config = load(root);
    expect(config.values).toEqual(OPTION_TABLE.defaults);
    expect(config.warnings).toEqual([]);
    const isSet = (name: string) => config.isSet(name as keyof AgentRows);
    expect(
      OPTION_TABLE.names.filter(
        (name) => isSet(name) || config.origin(name as keyof AgentRows) !== "default",
      ),
    ).toEqual([]);
    expect(config.values).toMatchObject({
      "udp-output-enabled": false,
      "udp-output-address": "127.0.0.1",
      "udp-output-port": 514,
      "udp-buffer-size": 65536,
      "udp-max-datagram-size": 65507,
      "udp-resolve-interval": 30_000,
      "udp-multicast-ttl": 1,
      "udp-multicast-interface": "",
      "event-source": ["auto"],
      "event-queue-size": 10_000,
      "event-queue-bytes": 16 * 1024 ** 2,
      "max-line-size": 4 * 1024 ** 2,
      "file-poll-interval": 1000,
      "shutdown-timeout": 5000,
      "stats-interval": 0,
      validate: "full",
      "export-file-perm": 0o600,
      "export-rate-limit": -1,
      "export-aggregation-window-size": 15_000,
      "cgroup-rate": { events: 0, interval: 0 },
      "metrics-label-filter": ["namespace", "workload", "pod", "binary"],
      "grpc-enabled": false,
    });
  });

  test("reads no tetragon.yaml in the working directory", () => {
    using root = new TemporaryRoot();
    root.write("tetragon.yaml", "udp-output-port: 1");
    const before = process.cwd();
    process.chdir(root.path);
    try {
      expect(load(root).isSet("udp-output-port")).toBe(false);
    } finally {
      process.chdir(before);
    }
  });
});

describe("loadConfig() precedence", () => {
  /** Every place, lowest precedence first, and how it sets the port. */
  const places: { place: string; set(root: TemporaryRoot, port: number, settings: Writable): string }[] = [
    {
      place: "/usr/lib drop-ins",
      set: (root, port) => dropIn(root, "usr/lib/tetragon/tetragon.conf.d", port),
    },
    {
      place: "/usr/local/lib drop-ins",
      set: (root, port) => dropIn(root, "usr/local/lib/tetragon/tetragon.conf.d", port),
    },
    {
      place: "/etc yaml",
      set: (root, port) => `file ${root.write("etc/tetragon/tetragon.yaml", `udp-output-port: ${port}`)}:1`,
    },
    { place: "/etc drop-ins", set: (root, port) => dropIn(root, "etc/tetragon/tetragon.conf.d", port) },
    {
      place: "--config-dir",
      set(root, port, settings) {
        settings.argv.push(`--config-dir=${root.at("own")}`);
        return dropIn(root, "own", port);
      },
    },
    {
      place: "the environment",
      set(_root, port, settings) {
        settings.env.TETRAGON_UDP_OUTPUT_PORT = String(port);
        return "environment TETRAGON_UDP_OUTPUT_PORT";
      },
    },
    {
      place: "flags",
      set(_root, port, settings) {
        settings.argv.push(`--udp-output-port=${port}`);
        return "flag --udp-output-port";
      },
    },
  ];
  type Writable = { argv: string[]; env: Record<string, string> };

  function dropIn(root: TemporaryRoot, directory: string, port: number): string {
    return `file ${root.write(`${directory}/udp-output-port`, `${port}\n`)}`;
  }

  test.each(places.map(({ place }, index) => ({ place, index })))(
    "$place beat everything below",
    ({ index }) => {
      using root = new TemporaryRoot();
      const settings: Writable = { argv: [], env: {} };
      let origin = "";
      places.slice(0, index + 1).forEach(({ set }, below) => {
        origin = set(root, 1000 + below, settings);
      });
      const config = load(root, settings);
      expect(config.values["udp-output-port"]).toBe(1000 + index);
      expect(config.origin("udp-output-port")).toBe(origin);
      expect(config.isSet("udp-output-port")).toBe(true);
    },
  );

  test("is for each option by itself", () => {
    using root = new TemporaryRoot();
    root.write("etc/tetragon/tetragon.yaml", "udp-output-port: 1000\nlog-level: debug");
    const config = load(root, { argv: ["--udp-output-port=2000"] });
    expect(config.values).toMatchObject({ "udp-output-port": 2000, "log-level": "debug" });
  });

  test("replaces a list, rather than adding to it", () => {
    using root = new TemporaryRoot();
    root.write("etc/tetragon/tetragon.yaml", "event-source: [file:/a, file:/b]");
    expect(load(root).values["event-source"]).toEqual(["file:/a", "file:/b"]);
    expect(load(root, { argv: ["--event-source=stdin"] }).values["event-source"]).toEqual(["stdin"]);
  });

  test.each(["environment", "yaml"])("lets %s name the config directory", (place) => {
    using root = new TemporaryRoot();
    root.write("own/udp-output-port", "9000");
    if (place === "yaml") root.write("etc/tetragon/tetragon.yaml", `config-dir: ${root.at("own")}`);
    const env = place === "environment" ? { TETRAGON_CONFIG_DIR: root.at("own") } : {};
    expect(load(root, { env }).values["udp-output-port"]).toBe(9000);
  });

  test("ignores a value that something above replaces, even an invalid one", () => {
    using root = new TemporaryRoot();
    const settings = { argv: ["--udp-output-port=9000"], env: { TETRAGON_UDP_OUTPUT_PORT: "none" } };
    expect(load(root, settings).values["udp-output-port"]).toBe(9000);
  });
});

describe("loadConfig() with mistakes", () => {
  test("reports all of them at once, one line each, with the place of each", () => {
    using root = new TemporaryRoot();
    root.write("etc/tetragon/tetragon.yaml", "udp-ouput-adress: x\nevent-queue-bytes: many\n");
    root.write("etc/tetragon/tetragon.conf.d/udp-buffer-size", "64k\n");
    root.write("usr/lib/tetragon/tetragon.conf.d/nonsense", "");
    const problems = problemsOf(root, {
      argv: ["--udp-ouput-port", "9000", "--validate=maybe", "--shutdown-timeout=5", "-d=maybe"],
      env: { TETRAGON_UDP_OUTPUT_PORT: "70000" },
    });
    expect(problems).toEqual([
      "Unknown flag --udp-ouput-port: did you mean --udp-output-port?",
      'Cannot use --validate (flag): found "maybe", expected full, syntax or off',
      'Cannot use --shutdown-timeout (flag): found "5", expected a duration from 0s to 1h, such as 300ms, 15s or 1h30m',
      'Cannot use --debug (flag): found "maybe", expected true or false',
      'Cannot use --udp-output-port (environment TETRAGON_UDP_OUTPUT_PORT): found "70000", expected an integer from 1 to 65535',
      'Cannot use --udp-buffer-size (file /etc/tetragon/tetragon.conf.d/udp-buffer-size): found "64k", expected a size in bytes from 1K to 1G, such as 65536, 64K, 2M or 1G',
      'Cannot use --event-queue-bytes (file /etc/tetragon/tetragon.yaml:2): found "many", expected a size in bytes from 64K to 4G, such as 65536, 64K, 2M or 1G',
    ]);
  });

  test.each<[string[], string]>([
    [
      ["--udp-output-address=host:514"],
      'Cannot use --udp-output-address (flag): found "host:514", expected an IP address or a host name, without a port',
    ],
    [
      ["--udp-max-datagram-size=65508"],
      'Cannot use --udp-max-datagram-size (flag): found "65508", expected a size in bytes from 508 to 65507, such as 65536, 64K, 2M or 1G',
    ],
    [
      ["--event-source=/var/log/x"],
      `Cannot use --event-source (flag): found "/var/log/x", expected ${SOURCES_EXPECTED}`,
    ],
    [["--event-source="], `Cannot use --event-source (flag): found "", expected ${SOURCES_EXPECTED}`],
    [
      ["--username-metadata=a\nb"],
      'Cannot use --username-metadata (flag): found "a\\nb", expected unix or disabled',
    ],
    [
      ["--config-dir=/nowhere/at/all"],
      'Cannot read config directory "/nowhere/at/all": found nothing there, expected a directory',
    ],
  ])("says what is wrong with %j", (argv, problem) => {
    using root = new TemporaryRoot();
    expect(problemsOf(root, { argv })).toEqual([problem]);
  });

  test("shortens a long value in its message", () => {
    using root = new TemporaryRoot();
    const [problem = ""] = problemsOf(root, { argv: [`--udp-output-port=${"9".repeat(5000)}`] });
    expect(problem).toBe(
      `Cannot use --udp-output-port (flag): found "${"9".repeat(80)}"... (5000 characters), expected an integer from 1 to 65535`,
    );
  });
});

describe("loadConfig() with Tetragon's own configuration", () => {
  /** What Tetragon's Helm chart puts into its ConfigMap, a file a key. */
  const configMap: Record<string, string> = {
    procfs: "/procRoot",
    debug: "false",
    "enable-process-cred": "false",
    "enable-process-ns": "false",
    "process-cache-size": "65536",
    "export-filename": "/var/run/cilium/tetragon/tetragon.log",
    "export-file-perm": "600",
    "export-file-max-size-mb": "10",
    "export-file-max-backups": "5",
    "export-file-compress": "false",
    "export-allowlist": '{"event_set":["PROCESS_EXEC", "PROCESS_EXIT", "PROCESS_KPROBE"]}',
    "export-denylist": '{"health_check":true}\n{"namespace":["", "cilium", "kube-system"]}',
    "field-filters": "",
    "redaction-filters": "",
    "export-rate-limit": "-1",
    "enable-k8s-api": "true",
    "metrics-server": ":2112",
    "metrics-label-filter": "namespace,workload,pod,binary",
    "server-address": "",
    "health-server-address": ":6789",
    "health-server-interval": "10",
    "gops-address": "localhost:8118",
    "enable-pod-info": "false",
    "enable-tracing-policy-crd": "true",
    "event-cache-retries": "15",
    "event-cache-retry-delay": "2",
  };

  test("loads unchanged and says in a line each what has no effect", () => {
    using root = new TemporaryRoot();
    for (const [name, text] of Object.entries(configMap)) root.write(`map/${name}`, text);
    const config = load(root, { argv: [`--config-dir=${root.at("map")}`] });
    for (const name of Object.keys(configMap) as (keyof AgentRows)[]) {
      expect(config.origin(name)).toBe(`file ${root.at(`map/${name}`)}`);
    }
    expect(config.values["export-denylist"]).toBe(configMap["export-denylist"] as string);
    expect(config.warnings).toEqual([
      "This version lacks these servers, so nothing listens for --gops-address",
      "Accepted for Tetragon's sake, without effect in tetrad: --enable-pod-info",
    ]);
  });
});

test("CONFIG_PATHS are Tetragon's, highest precedence first", () => {
  expect(CONFIG_PATHS).toEqual([
    "/etc/tetragon/tetragon.conf.d",
    "/etc/tetragon/tetragon.yaml",
    "/usr/local/lib/tetragon/tetragon.conf.d",
    "/usr/lib/tetragon/tetragon.conf.d",
  ]);
});
