import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderReference } from "../../scripts/generate.ts";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { variableOf } from "../../src/config/table.ts";

describe("renderReference()", () => {
  test("has a row for every option, with its variable", () => {
    const rows = renderReference()
      .split("\n")
      .filter((line) => line.startsWith("| `--"));
    expect(rows.length).toBe(OPTION_TABLE.names.length);
    for (const name of OPTION_TABLE.names) {
      const row = rows.find((line) => line.startsWith(`| \`--${name}\``));
      expect(row).toBeDefined();
      expect(row?.includes(variableOf(name))).toBe(OPTION_TABLE.row(name).flagOnly === undefined);
    }
  });

  test("gives bounds in their own words", () => {
    expect(renderReference()).toContain("514 is the port of syslog. Expected: from 1 to 65535. |");
  });

  test("is what docs/options.md holds", () => {
    expect(readFileSync(join(import.meta.dir, "../../docs/options.md"), "utf8")).toBe(renderReference());
  });
});
