import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type HelpSettings, renderHelp, requestedHelp, wrap } from "../../src/cli/help.ts";
import { OPTION_NAMES, optionOf } from "../../src/config/options.ts";

const commands = [
  { name: "run", description: "run the agent (the default)" },
  { name: "config", description: "print the effective value of every option and the place where it was set" },
];

function help(settings: Partial<HelpSettings> = {}): string {
  return renderHelp({ columns: 80, commands, all: false, ...settings });
}

/** Compares with a golden file, or writes it when `UPDATE_GOLDEN` is set. */
function expectGolden(name: string, text: string): void {
  const path = join(import.meta.dir, "../fixtures", name);
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
}

describe("renderHelp()", () => {
  test("is the text in the golden file", () => {
    expectGolden("help.txt", help());
  });

  test("describes what has an effect and at least names everything else", () => {
    const text = help();
    for (const name of OPTION_NAMES) {
      expect(text).toContain(`--${name}`);
      const described = text.replaceAll(/\s+/g, " ").includes(optionOf(name).description);
      expect(described).toBe(optionOf(name).support === "used");
    }
  });

  test("describes everything when asked to", () => {
    const text = help({ all: true }).replaceAll(/\s+/g, " ");
    for (const name of OPTION_NAMES) expect(text).toContain(optionOf(name).description);
  });

  test.each([40, 60, 80, 100])(
    "keeps to %d columns, but for words and examples that cannot be broken",
    (columns) => {
      const lines = help({ columns, all: true }).split("\nExamples:")[0]?.split("\n") ?? [];
      const long = lines.filter((line) => line.length > columns && line.trim().includes(" "));
      expect(long).toEqual([]);
    },
  );

  test("is readable on a terminal of no width and not wider than a page", () => {
    expect(help({ columns: 0 })).toBe(help({ columns: 40 }));
    expect(help({ columns: 500 })).toBe(help({ columns: 100 }));
  });
});

/** Commands in a text that run the agent: all of their lines, as one. */
function agentCommands(text: string): string[] {
  const lines = text.replaceAll(/\\\n\s*/g, "").split("\n");
  return lines.filter((line) => /^\s*(?:sudo )?tetrad -|\S \| tetrad -/.test(line));
}

test.each([
  ["the help text", help()],
  ["the README", readFileSync(join(import.meta.dir, "../../README.md"), "utf8")],
])("in %s every example of the agent names its source: left out, it is the sensor for root", (_, text) => {
  const commands = agentCommands(text);
  expect(commands.length).toBeGreaterThan(3);
  for (const command of commands) expect(command).toContain("--event-source=");
});

test("requestedHelp() is there only when asked for, and says more with --help-all", () => {
  expect(requestedHelp(["--debug"])).toBeUndefined();
  const help = requestedHelp(["-h"]) ?? "";
  const all = requestedHelp(["--help-all"]) ?? "";
  for (const command of ["run", "listen", "metadata", "config", "version"])
    expect(help).toContain(`  ${command} `);
  expect(all.length).toBeGreaterThan(help.length);
});

test("wrap() breaks at spaces and leaves a long word whole", () => {
  expect(wrap("aa bb cc", 5)).toEqual(["aa bb", "cc"]);
  expect(wrap("aaaaaaaa b", 5)).toEqual(["aaaaaaaa", "b"]);
  expect(wrap("", 5)).toEqual([""]);
});
