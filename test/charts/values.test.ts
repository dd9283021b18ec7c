import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { CHART, readValues } from "./support.ts";

const ROWS = readFileSync(join(import.meta.dir, "../fixtures/tetragon-chart.tsv"), "utf8")
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t"))
  .map(([path = "", initially = "", options = ""]) => ({ path, initially, options }));

const VALUES = readValues();
const WITHOUT = JSON.parse(readFileSync(join(CHART, "files/without-effect.json"), "utf8")) as Record<
  string,
  string
>;
const SCHEMA = JSON.parse(readFileSync(join(CHART, "values.schema.json"), "utf8")) as object;

/** Ours instead of Tetragon's. */
const OWN_DEFAULTS = new Set(["export.stdout.image.repository", "export.stdout.image.tag"]);

function at(values: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], values);
}

/** Whether the chart says of a value that it has no effect, or of all that it lies in. */
function isWithoutEffect(path: string): boolean {
  const parts = path.split(".");
  return parts.some((_, end) => {
    const outer = parts.slice(0, end + 1).join(".");
    return WITHOUT[outer] !== undefined || (outer !== path && WITHOUT[`${outer}.*`] !== undefined);
  });
}

describe("values of Tetragon's chart", () => {
  test.each(ROWS)("$path has its default, or is said to be without effect", ({ path, initially }) => {
    const value = at(VALUES, path);
    if (value === undefined) {
      expect(isWithoutEffect(path)).toBe(true);
      return;
    }
    if (OWN_DEFAULTS.has(path)) return;
    const text = JSON.stringify(value);
    // The table shortens long ones.
    if (initially.endsWith("...")) expect(text).toStartWith(initially.slice(0, -3));
    else expect(JSON.parse(text)).toEqual(JSON.parse(initially));
  });

  test("there are all of them", () => {
    expect(ROWS.length).toBeGreaterThan(200);
  });

  test("options that they become are options of the agent", () => {
    const names = ROWS.flatMap(({ options }) => options.split(", ")).map((name) => name.replace(/ \(.*/, ""));
    const unknown = names.filter((name) => name !== "" && !OPTION_TABLE.names.includes(name as never));
    expect(unknown).toEqual([]);
  });

  test("those without effect are of Tetragon's chart", () => {
    const paths = Object.keys(WITHOUT).map((path) => path.replace(/\.\*$/, ""));
    expect(paths.filter((path) => !ROWS.some((row) => `${row.path}.`.startsWith(`${path}.`)))).toEqual([]);
  });
});

describe("values.schema.json", () => {
  const validate = new Ajv({ allowUnionTypes: true }).compile(SCHEMA);

  test("takes the defaults", () => {
    expect(validate(VALUES)).toBe(true);
  });

  test.each([
    ["a name of ours that there is none of", { tetrad: { udp: { adress: "localhost" } } }, false],
    ["a text for a switch", { tetragon: { debug: "yes" } }, false],
    ["a format that there is none of", { tetrad: { udp: { format: "cef" } } }, false],
    ["a method that there is none of", { tetragon: { grpc: { tls: { auto: { method: "vault" } } } } }, false],
    [
      "a number as text, as Tetragon's chart does",
      { tetragon: { exportFilePerm: 600, prometheus: { port: "2112" } } },
      true,
    ],
    [
      "a value of another version of Tetragon's chart",
      { tetragon: { ociHookSetup: { enabled: true } } },
      true,
    ],
    ["null for what is not wanted", { tolerations: null, tetragon: { securityContext: null } }, true],
  ])("%s", (_, values, isValid) => {
    expect(validate(values)).toBe(isValid);
  });
});

describe("values of our own", () => {
  test("choices of formats and compressions are those of the options", () => {
    const choices = (path: string) => {
      const schema = at(SCHEMA, `properties.tetrad.properties.${path.replaceAll(".", ".properties.")}`);
      return (schema as { enum: (string | null)[] }).enum.filter((choice) => choice);
    };
    const accepts = (option: string, value: string) =>
      OPTION_TABLE.row(option as never).kind.expected.includes(value);
    for (const [path, option] of [
      ["udp.format", "udp-format"],
      ["udp.compression", "udp-compression"],
      ["export.format", "export-format"],
      ["elasticsearch.tlsVerification", "elasticsearch-tls-verification"],
    ] as const) {
      for (const choice of choices(path))
        expect({ option, choice, ok: accepts(option, choice as string) }).toEqual({
          option,
          choice,
          ok: true,
        });
    }
  });
});
