import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderReadmeOptions, renderReference, replaceBlock } from "../../scripts/generate.ts";
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

test("renderReadmeOptions() lists exactly the options that have an effect", () => {
  const listed = [...renderReadmeOptions().matchAll(/^\| `--([a-z0-9-]+)`/gm)].map((match) => match[1] ?? "");
  expect(listed.sort()).toEqual(
    OPTION_TABLE.names.filter((name) => OPTION_TABLE.row(name).support === "used").sort(),
  );
});

describe("replaceBlock()", () => {
  test("replaces what is between the markers and nothing else", () => {
    const readme = "# A\n<!-- options:begin -->\nold\n<!-- options:end -->\nz\n";
    const replaced = replaceBlock(readme, "new");
    expect(replaced).toBe("# A\n<!-- options:begin -->\nnew\n<!-- options:end -->\nz\n");
    expect(replaceBlock(replaced, "new")).toBe(replaced);
  });

  test.each(["", "<!-- options:begin -->", "<!-- options:end --><!-- options:begin -->"])(
    "refuses %j",
    (readme) => {
      expect(() => replaceBlock(readme, "new")).toThrow("Cannot generate the option list of README.md");
    },
  );
});
