import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { loadYaml, readYamlFile } from "../../src/config/yaml-file.ts";
import { TemporaryRoot } from "./temporary.ts";

await loadYaml();

/** What a file with `text` sets, as plain text by name, and its problems with the path taken out. */
function read(text: string): { texts: Record<string, string>; problems: string[] } {
  using root = new TemporaryRoot();
  const path = root.write("tetragon.yaml", text);
  const { settings, problems } = readYamlFile(OPTION_TABLE, path);
  return {
    texts: Object.fromEntries([...settings].map(([name, setting]) => [name, setting.text])),
    problems: problems.map((problem) => problem.replaceAll(path, "FILE")),
  };
}

describe("readYamlFile(OPTION_TABLE, )", () => {
  test.each<[string, Record<string, string>]>([
    ["", {}],
    ["# nothing\n", {}],
    ["---\n", {}],
    ["udp-output-port: 9000", { "udp-output-port": "9000" }],
    ['udp-output-port: "9000"', { "udp-output-port": "9000" }],
    ["udp-output-port: 0x10", { "udp-output-port": "0x10" }],
    ["udp-output-enabled: true", { "udp-output-enabled": "true" }],
    ["udp-output-enabled: True", { "udp-output-enabled": "True" }],
    ["export-file-perm: 0640", { "export-file-perm": "0640" }],
    ["export-aggregation-window-size: 1.5h", { "export-aggregation-window-size": "1.5h" }],
    ["udp-buffer-size: 64K", { "udp-buffer-size": "64K" }],
    ["export-filename:", {}],
    ["export-filename: ~", {}],
    ['export-filename: ""', { "export-filename": "" }],
    ["Export-Filename: /x", { "export-filename": "/x" }],
    ["event-source: stdin", { "event-source": "stdin" }],
    ["event-source: [stdin, file:/a]", { "event-source": "stdin,file:/a" }],
    ['event-source:\n  - stdin\n  - "file:/a,b"\n', { "event-source": 'stdin,"file:/a,b"' }],
    ["event-source: []", { "event-source": "" }],
    [
      'export-allowlist: |-\n  {"pid":[1]}\n  {"pid":[2]}\n',
      { "export-allowlist": '{"pid":[1]}\n{"pid":[2]}' },
    ],
    [
      "exporters:\n  siem:\n    type: udp\n    udp-buffer-size: 64K\n  copy: {type: file, export-file-perm: 0640}\n",
      {
        exporters:
          '{"siem":{"type":"udp","udp-buffer-size":"64K"},"copy":{"type":"file","export-file-perm":"0640"}}',
      },
    ],
    ["exporters: '{\"a\": {}}'", { exporters: '{"a": {}}' }],
    ["log-level: &level debug\nlog-file: *level", { "log-level": "debug", "log-file": "debug" }],
    [
      "<<: {udp-output-port: 1, log-level: debug}\nudp-output-port: 2",
      { "udp-output-port": "2", "log-level": "debug" },
    ],
    [
      "<<: [{udp-output-port: 1}, {UDP-Output-Port: 2, log-level: debug}]",
      { "udp-output-port": "1", "log-level": "debug" },
    ],
    [
      "exporters:\n  a: &a {type: udp, udp-output-address: h}\n  b: &b {<<: *a, udp-output-port: 7}\n  c: {<<: [*b], type: file}\n",
      {
        exporters:
          '{"a":{"type":"udp","udp-output-address":"h"},"b":{"udp-output-port":"7","type":"udp","udp-output-address":"h"},"c":{"type":"file","udp-output-port":"7","udp-output-address":"h"}}',
      },
    ],
    ["<<: &x {log-level: debug, <<: *x}", { "log-level": "debug" }],
  ])("reads %j", (text, texts) => {
    expect(read(text)).toEqual({ texts, problems: [] });
  });

  test.each<[string, string[]]>([
    [
      "\nudp-output-port: [1]",
      ["Cannot use --udp-output-port (file FILE:2): found a list, expected an integer from 1 to 65535"],
    ],
    [
      "udp-output-port: {a: 1}",
      ["Cannot use --udp-output-port (file FILE:1): found a mapping, expected an integer from 1 to 65535"],
    ],
    [
      "event-source: [[stdin]]",
      [
        `Cannot use --event-source (file FILE:1): found a list of lists or mappings, expected ${OPTION_TABLE.row("event-source").kind.expected}`,
      ],
    ],
    [
      "debug: true\nDebug: false",
      ["Cannot use --debug (file FILE:2): found it a second time, expected every option once"],
    ],
    ["- debug", ['Cannot read config file "FILE": found a list, expected one "option: value" on each line']],
    ["debug", ['Cannot read config file "FILE": found "debug", expected one "option: value" on each line']],
  ])("says what is wrong with %j", (text, problems) => {
    expect(read(text).problems).toEqual(problems);
  });

  test.each<[string, string[]]>([
    [
      "udp-ouput-port: 1",
      ['Ignored unknown option "udp-ouput-port" (file FILE:1): did you mean udp-output-port?'],
    ],
    ["help: true", ['Ignored "help" (file FILE:1): it has to be a flag']],
    ["? [a]\n: b", ['Ignored unknown option "?" (file FILE:1)']],
    [
      "log-level: [info]",
      [
        'Ignored --log-level (file FILE:1): found a list, expected trace, debug, info, warn, error or fatal; used is "info"',
      ],
    ],
  ])("passes over %j, with a warning", (text, expected) => {
    using root = new TemporaryRoot();
    const path = root.write("tetragon.yaml", text);
    const { problems, warnings } = readYamlFile(OPTION_TABLE, path);
    expect(problems).toEqual([]);
    expect(warnings.map((warning) => warning.replaceAll(path, "FILE"))).toEqual(expected);
  });

  test("says in which line the YAML is broken", () => {
    const { problems } = read("debug: true\nlog-level: [info\n");
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) {
      expect(problem).toMatch(
        /^Cannot read config file "FILE": found ".+" in line [23], expected valid YAML$/,
      );
    }
  });

  test("says in which line an option was set", () => {
    using root = new TemporaryRoot();
    const path = root.write("tetragon.yaml", "# first\ndebug: true\n\nlog-level: info\n");
    expect(readYamlFile(OPTION_TABLE, path).settings.get("log-level")?.origin).toBe(`file ${path}:4`);
  });

  test("sets nothing when there is no file", () => {
    using root = new TemporaryRoot();
    expect(readYamlFile(OPTION_TABLE, root.at("none.yaml"))).toEqual({
      settings: new Map(),
      problems: [],
      warnings: [],
    });
  });

  test("turns any text into settings or one-line problems", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.json()), (text) => {
        const { problems } = read(text);
        expect(problems.filter((problem) => problem.includes("\n"))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  const MANY = 60_000;
  test.each<[string, string, string]>([
    ["60,000 keys", lines(MANY, (i) => `key${i}: 1`), "found more than 20000 keys, values and marks"],
    [
      "60,000 keys in one option",
      `exporters: {${lines(MANY, (i) => `k${i}: 1,`)}}`,
      "found more than 20000 keys, values and marks",
    ],
    ["a list of 100,000 values", `event-source: [${"x,".repeat(1e5)}]`, "found more than 20000 keys"],
    ["20,000 brackets", `log-level: ${"[".repeat(20_000)}`, "found brackets 65 deep"],
    [
      "1,000 aliases",
      `a: &a [${"x,".repeat(1000)}]\nexporters: {q: [${"*a,".repeat(1000)}]}`,
      "found more than 100 aliases",
    ],
    [
      "aliases of aliases of 4,000 values",
      `a: &a [${"x,".repeat(4000)}]\nb: &b [${"*a,".repeat(45)}]\nexporters: {q: [${"*b,".repeat(45)}]}`,
      "found more than 100 aliases",
    ],
    [
      "40 aliases of 1,000 values",
      `a: &a [${"x,".repeat(1000)}]\nexporters: {q: [${"*a,".repeat(40)}]}`,
      "found more than 10000 values in exporters",
    ],
  ])("refuses %s without being at it for long", (_, text, found) => {
    const { problems } = read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`Cannot read config file "FILE": ${found}`);
  });

  test("says the first of many unknown keys and of many mistakes, and how many more keys there are", () => {
    using root = new TemporaryRoot();
    const keys = readYamlFile(
      OPTION_TABLE,
      root.write(
        "a.yaml",
        lines(1500, (i) => `key${i}: 1`),
      ),
    );
    expect(keys.warnings).toHaveLength(21);
    expect(keys.warnings.at(-1)).toContain("Ignored 1480 more unknown options");
    const mistakes = readYamlFile(OPTION_TABLE, root.write("b.yaml", "a: 'x\n".repeat(1000)));
    expect(mistakes.problems).toHaveLength(20);
  });

  test.each<[string, string, string]>([
    ["blocks in one line", `${"- ".repeat(9000)}x`, "found values nested too deeply in line 1"],
    ["keys in one line", `${"? ".repeat(9000)}x`, "found values nested too deeply in line 1"],
    ["a second document", "log-level: info\n---\nlog-level: debug\n", "found a second document in line 2"],
    ["an empty second document", "log-level: info\n---\n", "found a second document in line 2"],
  ])("says what is wrong with %s once, in words for those who write configurations", (_, text, found) => {
    const { problems } = read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`Cannot read config file "FILE": ${found}, expected`);
    expect(problems[0]).not.toMatch(/stack|YAML\./);
  });

  test("refuses a key that stands twice in the mapping of an option", () => {
    expect(read("exporters: {a: {type: udp}, a: {type: file}}").problems).toEqual([
      'Cannot read config file "FILE": found "a" twice in one mapping, expected every key once',
    ]);
  });
});

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join("\n");
}
