import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OPTION_DEFAULTS } from "../../src/agent/option-defaults.ts";
import { OPTION_SECTIONS, OPTION_TABLE } from "../../src/agent/option-table.ts";
import { optionRows, shownText } from "../../src/config/option.ts";
import { defaultsOf, OptionTable, variableOf } from "../../src/config/table.ts";

interface TetragonFlag {
  readonly flag: string;
  readonly type: string;
  readonly initially: string;
}

/** Flag, type and default of every flag of Tetragon. */
const tetragonFlags: TetragonFlag[] = readFileSync(
  join(import.meta.dir, "../fixtures/tetragon-flags.tsv"),
  "utf8",
)
  .trimEnd()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [flag = "", type = "", initially = ""] = line.split("\t");
    return { flag, type, initially };
  });

/** Kinds that read everything that Tetragon's type reads and means the same by it. */
const KINDS: Record<string, readonly string[]> = {
  string: ["string", "size", "list", "octal", "rate"],
  markhidden: ["string"],
  bool: ["bool"],
  "?": ["bool"],
  int: ["int"],
  uint: ["int"],
  uint64: ["int"],
  duration: ["duration"],
  stringslice: ["list"],
};

describe("the option table", () => {
  test("knows the defaults, which are generated, as the rows say them", () => {
    expect(OPTION_DEFAULTS as unknown[]).toEqual(OPTION_SECTIONS.map(defaultsOf));
    expect(OPTION_TABLE.names).toEqual(Object.keys(OPTION_TABLE.rows));
  });

  test("makes the rows of a section when one of them is asked for, and once", () => {
    let made = 0;
    const section = (name: string) => ({
      options: optionRows(() => {
        made++;
        return { [name]: { ...OPTION_TABLE.row("debug"), default: "true" } };
      }),
    });
    const table = new OptionTable([section("a"), section("b")], [{ a: true }, { b: true }]);
    expect([table.names, table.has("a"), table.has("c"), table.defaults, made]).toEqual([
      ["a", "b"],
      true,
      false,
      { a: true, b: true },
      0,
    ]);
    expect([table.row("b").default, table.row("b").default, made]).toEqual(["true", "true", 1]);
  });

  test("has the list of Tetragon's flags to compare with", () => {
    expect(tetragonFlags.length).toBe(96);
  });

  test.each(tetragonFlags)(
    "has Tetragon's --$flag with its type and default",
    ({ flag, type, initially }) => {
      expect(OPTION_TABLE.has(flag)).toBe(true);
      const option = OPTION_TABLE.row(flag);
      expect(option.from).toBe("tetragon");
      expect(KINDS[type]).toContain(option.kind.name);
      expect(option.default).toBe(initially === "[]" ? "" : initially);
    },
  );

  test.each([...OPTION_TABLE.names])("describes --%s well", (name) => {
    const option = OPTION_TABLE.row(name);
    expect(name).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
    expect(option.description).toMatch(/^\S.*[.]$/s);
    expect(option.description).not.toMatch(/\n|n't\b|'s not\b/);
    expect(option.placeholder === undefined).toBe(option.kind.name === "bool");
    expect(OPTION_TABLE.groups).toContain(option.group);
    expect(option.from === "tetrad" && option.support === "ignored").toBe(false);
  });

  test.each([...OPTION_TABLE.names])("has a valid default for --%s", (name) => {
    const { kind, default: initially } = OPTION_TABLE.row(name);
    const value = kind.parse(initially);
    expect(value).not.toBeUndefined();
    expect(kind.parse(kind.format(value))).toEqual(value);
  });

  test("has one option for each variable and each letter", () => {
    expect(new Set(OPTION_TABLE.names.map(variableOf)).size).toBe(OPTION_TABLE.names.length);
    const letters = OPTION_TABLE.names.flatMap((name) => OPTION_TABLE.row(name).shorthand ?? []);
    expect(letters.sort()).toEqual(["d", "h"]);
  });

  test("has every option in one group", () => {
    const names = OPTION_TABLE.groups.flatMap((group) => OPTION_TABLE.namesOf(group));
    expect(names.sort()).toEqual([...OPTION_TABLE.names].sort());
  });

  test("knows only its own names", () => {
    expect(OPTION_TABLE.has("toString")).toBe(false);
    expect(OPTION_TABLE.has("__proto__")).toBe(false);
  });
});

test("variableOf() is upper case with underscores after TETRAGON_", () => {
  expect(variableOf("udp-output-port")).toBe("TETRAGON_UDP_OUTPUT_PORT");
});

describe("shownText()", () => {
  test("masks a secret that is set, without giving its length away", () => {
    expect(shownText({ secret: true }, "hunter2")).toBe("********");
    expect(shownText({ secret: true }, "x")).toBe("********");
  });

  test("leaves an empty secret and everything else as it is", () => {
    expect(shownText({ secret: true }, "")).toBe("");
    expect(shownText({}, "514")).toBe("514");
  });
});
