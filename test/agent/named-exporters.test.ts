import { describe, expect, test } from "bun:test";
import { usedExporters } from "../../src/agent/component-use.ts";
import { EXPORTERS } from "../../src/agent/components.ts";
import { checkConfig } from "../../src/agent/config.ts";
import { OPTION_TABLE, type OptionValues } from "../../src/agent/option-table.ts";

/** The types of exporters in a sentence, whatever exporters there are. */
const TYPES = EXPORTERS.map(({ type }) => type)
  .join(", ")
  .replace(/, ([^,]*)$/, " or $1");
const ORIGIN = "flag --exporters";

/** The options of a start with these exporters named, and these values beside. */
function configOf(exporters: object, beside: Partial<OptionValues> = {}) {
  const named = OPTION_TABLE.row("exporters").kind.parse(JSON.stringify(exporters));
  const values = { ...OPTION_TABLE.defaults, ...beside, exporters: named } as OptionValues;
  return { values, origin: () => ORIGIN, isSet: (name: string) => name === "exporters" || name in beside };
}

const used = (exporters: object, beside?: Partial<OptionValues>) =>
  usedExporters(configOf(exporters, beside).values);
const problems = (exporters: object, beside?: Partial<OptionValues>) =>
  checkConfig(configOf(exporters, beside)).problems;

describe("--exporters", () => {
  test("names any number of exporters of one type, each with its own options and the defaults of its type", () => {
    const uses = used(
      {
        siem: {
          type: "udp",
          "udp-output-address": "10.0.0.1",
          "udp-output-port": "6514",
          "event-queue-size": 7,
        },
        lab: { type: "udp", "udp-buffer-size": "1M" },
      },
      { "udp-output-enabled": true, "udp-output-port": 9000 },
    );
    expect(uses.map(({ name, definition }) => [name, definition.type])).toEqual([
      ["udp", "udp"],
      ["siem", "udp"],
      ["lab", "udp"],
    ]);
    expect(uses[1]!.values).toMatchObject({
      "udp-output-address": "10.0.0.1",
      "udp-output-port": 6514,
      "event-queue-size": 7,
      "udp-buffer-size": 65536,
    });
    expect(uses[2]!.values).toMatchObject({
      "udp-output-port": 514,
      "udp-buffer-size": 1024 ** 2,
      "event-queue-size": 10_000,
    });
  });

  test("says which name is there twice, wherever", () => {
    const text = '{"lab": {"type": "blackhole"}, "siem": {"type": "blackhole"}, "siem": {"type": "udp"}}';
    const named = OPTION_TABLE.row("exporters").kind.parse(text);
    expect(
      checkConfig({ ...configOf({}), values: { ...OPTION_TABLE.defaults, exporters: named } as OptionValues })
        .problems,
    ).toEqual([
      `Cannot use exporter "siem" (${ORIGIN}): found another exporter of that name, expected each name once`,
    ]);
  });

  test("names 64 exporters at most, and looks no further at more", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`q${i}`, { type: "blackhole" }]));
    expect(problems(many(64))).toEqual([]);
    expect(used(many(64))).toHaveLength(64);
    for (const count of [65, 20_000]) {
      expect(problems(many(count))).toEqual([
        `Cannot use --exporters (${ORIGIN}): found ${count} exporters, expected at most 64`,
      ]);
      expect(used(many(count))).toEqual([]);
    }
  });

  test("leaves out an exporter that says that it is not enabled", () => {
    expect(used({ siem: { type: "udp", "udp-output-enabled": false } })).toEqual([]);
    expect(problems({ siem: { type: "udp", "udp-output-enabled": false } })).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["no type", { a: {} }, `found no type, expected ${TYPES}`],
    ["a type that there is not", { a: { type: "tcp" } }, `found type "tcp", expected ${TYPES}`],
    [
      "an option that the type does not have",
      { a: { type: "udp", "udp-output-prot": 1 } },
      'unknown option "udp-output-prot": did you mean udp-output-port?',
    ],
    [
      "a value that the option does not take",
      { a: { type: "udp", "udp-output-port": "x" } },
      'udp-output-port is "x", expected',
    ],
    [
      "an option of another type",
      { a: { type: "udp", "export-filename": "/x" } },
      'unknown option "export-filename"',
    ],
    [
      "what every object has, as an option",
      JSON.parse('{"a": {"type": "blackhole", "__proto__": "x"}}'),
      'unknown option "__proto__"',
    ],
    ["a file without its name", { a: { type: "file" } }, "found no export-filename, expected one"],
  ])("refuses %s, and says which exporter it is", (_, exporters, what) => {
    const [problem, ...more] = problems(exporters);
    expect(problem).toStartWith(`Cannot use exporter "a" (${ORIGIN}): ${what}`);
    expect(more).toEqual([]);
  });

  test("refuses names that are a type's, or would not do in log and counters", () => {
    expect(problems({ udp: { type: "udp" } })).toEqual([
      `Cannot use exporter "udp" (${ORIGIN}): found the name of a type, expected another name`,
    ]);
    expect(problems({ "a b": { type: "udp" } })[0]).toContain("expected a lower-case letter");
  });

  test("refuses two whose counters have the same name", () => {
    expect(problems({ siem: { type: "udp" }, siem_bytes: { type: "udp" } })).toEqual([
      `Cannot use exporter "siem_bytes" (${ORIGIN}): found a name whose siem_bytes_exported is a counter of exporter "siem", expected another name`,
    ]);
    expect(problems({ udp_bytes: { type: "udp" } })[0]).toContain('is a counter of exporter "udp"');
    expect(problems({ siem: { type: "udp" }, siem_2: { type: "udp" } })).toEqual([]);
  });

  test("refuses two that write the same file, or into a file that is read", () => {
    const a = { type: "file", "export-filename": "/tmp/x/out.log" };
    expect(problems({ a, b: { ...a, "export-filename": "/tmp/x/../x/out.log" } })).toEqual([
      `Cannot use --export-filename (exporter "b", --exporters): found "/tmp/x/../x/out.log", expected a file that exporter "a" does not write`,
    ]);
    expect(problems({ a }, { "event-source": ["file:/tmp/x/*.log"] })).toEqual([
      `Cannot use --export-filename (exporter "a", --exporters): found "/tmp/x/out.log", expected a file that --event-source "file:/tmp/x/*.log" does not read`,
    ]);
  });

  test("refuses a second one for standard output", () => {
    expect(problems({ out: { type: "stdout" } }, { "export-stdout": true })).toEqual([
      'Cannot use exporters "stdout" and "out" together: both are stdout, and there is one',
    ]);
  });
});
