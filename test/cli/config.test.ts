import { describe, expect, test } from "bun:test";
import { loadConfig } from "../../src/agent/config.ts";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { config as command, printConfig } from "../../src/cli/config.ts";
import { ConfigError } from "../../src/config/error.ts";
import { runCommand } from "./support.ts";

const root = "/nonexistent";
const config = loadConfig({
  argv: [
    "--udp-output-enabled",
    "--udp-buffer-size=2M",
    '--export-allowlist={"pid": [1]}\n{"pid":[2]}',
    "--cgroup-rate=10,1s",
  ],
  env: { TETRAGON_EVENT_SOURCE: "stdin" },
  root,
});

describe("printConfig() for people", () => {
  const lines = printConfig(config, { json: false }).split("\n");

  test("has a line for every option that a file could set, and a title for every group", () => {
    const names = OPTION_TABLE.names.filter((name) => !OPTION_TABLE.row(name).flagOnly);
    expect(lines.filter((line) => line.startsWith("  ")).length).toBe(names.length);
    expect(lines.filter((line) => /^\S/.test(line))).toEqual([...OPTION_TABLE.groups]);
  });

  test("aligns names, values and origins", () => {
    const origins = lines
      .filter((line) => line.endsWith("  default"))
      .map((line) => line.lastIndexOf("default"));
    expect(new Set(origins).size).toBe(1);
  });

  test.each([
    ["udp-output-enabled", "true", "flag --udp-output-enabled"],
    ["udp-buffer-size", "2M", "flag --udp-buffer-size"],
    ["event-source", "stdin", "environment TETRAGON_EVENT_SOURCE"],
    ["cgroup-rate", "10,1s", "flag --cgroup-rate"],
    ["udp-output-port", "514", "default"],
    ["export-filename", '""', "default"],
    ["export-allowlist", '"{\\"pid\\": [1]}\\n{\\"pid\\":[2]}"', "flag --export-allowlist"],
  ])("shows %s as %s, set by %s", (name, value, origin) => {
    const line = lines.find((candidate) => candidate.startsWith(`  ${name} `)) ?? "";
    expect(line).toContain(` ${value} `);
    expect(line.endsWith(`  ${origin}`)).toBe(true);
  });
});

test.each([false, true])("a secret of an exporter by name is not shown (JSON: %p)", (json) => {
  const siem = {
    type: "http",
    "http-url": "https://intake/?key=hunter2",
    "http-token": "hunter3",
    "http-method": "put",
  };
  const read = (exporters: object) =>
    printConfig(loadConfig({ argv: [`--exporters=${JSON.stringify(exporters)}`], env: {}, root }), { json });
  const shown = read({ siem, copy: { type: "stdout" } });
  expect(shown).not.toContain("hunter");
  expect(shown).toContain("http-method");
  expect(shown).toContain("********");
  expect(read({ copy: { type: "stdout" } })).not.toContain("********");
});

test("a list of exporters that cannot be read is not shown where it has a secret", () => {
  const read = (argv: string) => () => loadConfig({ argv: [argv], env: {}, root });
  expect(read('--exporters={"siem": {"http-token": "hunter2"')).toThrow('found "********"');
  expect(read('--exporters={"siem": {"type": "udp"')).toThrow("siem");
});

describe("printConfig() for machines", () => {
  const { options, warnings } = JSON.parse(printConfig(config, { json: true }));

  test("has value, text, type, origin and support of every option that a file could set", () => {
    expect(Object.keys(options).length).toBe(
      OPTION_TABLE.names.filter((name) => !OPTION_TABLE.row(name).flagOnly).length,
    );
    expect(options["udp-buffer-size"]).toEqual({
      value: 2 * 1024 ** 2,
      text: "2M",
      type: "size",
      origin: "flag --udp-buffer-size",
      support: "used",
    });
    expect(options["event-source"].value).toEqual(["stdin"]);
    expect(warnings).toEqual([]);
  });

  test("gives a text that sets the same value again", () => {
    const argv = OPTION_TABLE.names
      .filter((name) => name in options)
      .map((name) => `--${name}=${options[name].text}`);
    expect(loadConfig({ argv, root }).values).toEqual(config.values);
  });
});

describe("tetrad config", () => {
  const run = (argv: string[]) => runCommand(command, argv);

  test("prints to standard output and its warnings to standard error", async () => {
    const { code, out, err } = await run(["--bpf-lib=/x", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out).options["bpf-lib"].value).toBe("/x");
    expect(err).toBe("Accepted for Tetragon's sake, without effect in tetrad: --bpf-lib\n");
  });

  test("prints the help text when asked to, whatever else is wrong", async () => {
    const { code, out, err } = await run(["--nonsense", "--help"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toStartWith("tetrad config: Print the value of every option");
    expect(out).toContain("--json");
    expect(out).toContain("Every flag of the agent is taken too: see tetrad run --help.");
  });

  test("refuses what the agent would refuse", async () => {
    await expect(run(["--udp-output-port=0"])).rejects.toThrow(ConfigError);
    await expect(run(["--json=perhaps"])).rejects.toThrow(
      'Cannot use --json (flag): found "perhaps", expected true or false',
    );
  });
});
