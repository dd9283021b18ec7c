import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import { bugtool } from "../../src/cli/bugtool.ts";
import { completion } from "../../src/cli/completion.ts";
import { config } from "../../src/cli/config.ts";
import { doctor } from "../../src/cli/doctor.ts";
import { elastic } from "../../src/cli/elastic.ts";
import { eventlog } from "../../src/cli/eventlog.ts";
import { getevents } from "../../src/cli/getevents.ts";
import { createLayout, wrap } from "../../src/cli/help/layout.ts";
import { renderCommandHelp, renderProgramHelp } from "../../src/cli/help/render.ts";
import { help as helpCommand } from "../../src/cli/help.ts";
import { info } from "../../src/cli/info.ts";
import { install, uninstall } from "../../src/cli/install.ts";
import { listen } from "../../src/cli/listen.ts";
import { loglevel } from "../../src/cli/loglevel.ts";
import { metadata } from "../../src/cli/metadata.ts";
import { ociHook } from "../../src/cli/oci-hook.ts";
import { policy, tracingpolicy } from "../../src/cli/policy.ts";
import { probe } from "../../src/cli/probe.ts";
import { run } from "../../src/cli/run.ts";
import { schema } from "../../src/cli/schema.ts";
import { sdk } from "../../src/cli/sdk.ts";
import { status } from "../../src/cli/status.ts";
import { top } from "../../src/cli/top.ts";
import { version } from "../../src/cli/version.ts";
import { hasColors, terminalColumns } from "../../src/os/terminal.ts";
import { runCommand } from "./support.ts";

/** In the order of the help text. */
const FIRST = {
  run,
  listen,
  schema,
  sdk,
  metadata,
  config,
  install,
  uninstall,
  getevents,
  top,
  status,
  info,
};
const GROUPS = { loglevel, eventlog, policy, tracingpolicy, elastic };
const LAST = {
  "oci-hook": ociHook,
  probe,
  bugtool,
  doctor,
  completion,
  version,
  help: helpCommand,
};
const COMMANDS = { ...FIRST, ...LAST };
const ALL = { ...FIRST, ...GROUPS, ...LAST };
const TABLE = Object.fromEntries(Object.entries(ALL).map(([name, command]) => [name, async () => command]));
const SUMMARIES = new Map(Object.entries(ALL).map(([name, { help: texts }]) => [name, texts.summary]));

function help({ columns = 80, colors = false, all = false } = {}): string {
  return renderProgramHelp(SUMMARIES, run, { layout: createLayout({ columns, colors }), all });
}

function commandHelp(
  name: keyof typeof COMMANDS,
  { columns = 80, colors = false, all = false } = {},
): string {
  return renderCommandHelp(name, COMMANDS[name], TABLE, { layout: createLayout({ columns, colors }), all });
}

/** Compares with a golden file, or writes it when `UPDATE_GOLDEN` is set. */
function expectGolden(name: string, text: string): void {
  const path = join(import.meta.dir, "../fixtures", name);
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
}

describe("the help of the program", () => {
  test("is the text in the golden file", () => {
    expectGolden("help.txt", help());
  });

  test("describes what has an effect and at least names everything else", () => {
    const text = help();
    for (const name of OPTION_TABLE.names) {
      expect(text).toContain(`--${name}`);
      const described = text.replaceAll(/\s+/g, " ").includes(OPTION_TABLE.row(name).description);
      expect(described).toBe(OPTION_TABLE.row(name).support === "used");
    }
  });

  test("describes everything when asked to", () => {
    const text = help({ all: true }).replaceAll(/\s+/g, " ");
    for (const name of OPTION_TABLE.names) expect(text).toContain(OPTION_TABLE.row(name).description);
  });

  test.each([40, 60, 80, 100])(
    "keeps to %d columns, but for words and examples that cannot be broken",
    (columns) => {
      const lines = help({ columns, all: true })
        .replace(/\nExamples:\n(?: .*\n)+/, "\n")
        .split("\n");
      const long = lines.filter((line) => line.length > columns && line.trim().includes(" "));
      expect(long).toEqual([]);
    },
  );

  test("is readable on a terminal of no width and not wider than a page", () => {
    expect(help({ columns: 0 })).toBe(help({ columns: 40 }));
    expect(help({ columns: 500 })).toBe(help({ columns: 100 }));
  });
});

describe.each(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])("the help of tetrad %s", (name) => {
  test("says what the command does, with an example and every exit code", () => {
    const text = commandHelp(name);
    expect(text).toStartWith(`tetrad ${name}: ${COMMANDS[name].help.summary.split(" ")[0]}`);
    expect(text).toContain(`\nUsage: tetrad ${name} [FLAGS]`);
    expect(text).toMatch(/\nExamples:\n {2}# .+\n {2}.*tetrad/);
    expect(text).toMatch(/\nExit codes:\n {2}0 /);
  });

  test("describes the flags of the command", () => {
    const { flags, help: texts } = COMMANDS[name];
    const text = commandHelp(name, { all: true }).replaceAll(/\s+/g, " ");
    for (const flag of texts.describes ?? Object.keys(flags)) {
      expect(text).toContain(`--${flag}`);
      expect(text).toContain(flags[flag as keyof typeof flags]!.description);
    }
  });

  test.each([40, 60, 80, 100])("keeps to %d columns, but for examples", (columns) => {
    const text = commandHelp(name, { columns, all: true }).replace(/\nExamples:\n(?: .*\n)+/, "\n");
    expect(text.split("\n").filter((line) => line.length > columns && line.trim().includes(" "))).toEqual([]);
  });

  test("has the same words in colours", () => {
    const coloured = commandHelp(name, { colors: true });
    expect(coloured).toContain("\u001b[1mExamples:\u001b[22m");
    expect(Bun.stripANSI(coloured)).toBe(commandHelp(name));
  });

  test("is what --help and -h print, as wide and as coloured as the terminal is", async () => {
    const terminal = { columns: terminalColumns({}), colors: hasColors(1, {}) };
    for (const flag of ["--help", "-h"]) {
      const { code, out, err } = await runCommand(COMMANDS[name], [flag], { others: TABLE });
      expect({ code, out, err }).toEqual({ code: 0, out: commandHelp(name, terminal), err: "" });
    }
  });

  test("is what tetrad help prints for its name", async () => {
    const { out } = await runCommand(helpCommand, [name], { others: TABLE });
    expect(out).toBe(commandHelp(name, { columns: terminalColumns({}), colors: hasColors(1, {}) }));
  });
});

describe.each(Object.entries(GROUPS))("the help of tetrad %s", (name, group) => {
  const lower = Object.entries(group.commands!);

  test("names the commands below it, and is printed without a further word", async () => {
    const { code, out } = await runCommand(group, [], { others: TABLE });
    expect(code).toBe(0);
    expect(out).toContain(`\nUsage: tetrad ${name} COMMAND [FLAGS]\n`);
    for (const [each, load] of lower) {
      const [first] = (await load()).help.summary.split(" ");
      expect(out).toMatch(new RegExp(`\n  ${each} +${first}`));
    }
    for (const words of [[name], [name, "--help"]]) {
      const [command, ...argv] = words;
      expect((await runCommand(ALL[command as keyof typeof ALL], argv, { others: TABLE })).out).toBe(out);
    }
    expect((await runCommand(helpCommand, [name], { others: TABLE })).out).toBe(out);
  });

  test("describes each of them, however it is asked for", async () => {
    for (const [each, load] of lower) {
      const { flags, help: texts } = await load();
      const { out } = await runCommand(group, [each, "--help"], { others: TABLE });
      expect(out).toStartWith(`tetrad ${name} ${each}: ${texts.summary.split(" ")[0]}`);
      expect(out).toContain(`\nUsage: tetrad ${name} ${each} [FLAGS]`);
      for (const flag of Object.keys(flags)) expect(out).toContain(`--${flag}`);
      expect((await runCommand(helpCommand, [name, each], { others: TABLE })).out).toBe(out);
    }
  });

  test("a word that names none of them is refused, as is a flag", async () => {
    const [[first]] = lower as [[string, unknown]];
    await expect(runCommand(group, [`${first}x`], { others: TABLE })).rejects.toThrow(
      `Unknown command "${name} ${first}x": did you mean ${first}?`,
    );
    await expect(runCommand(group, ["--nonsense"], { others: TABLE })).rejects.toThrow(
      "Unknown flag --nonsense",
    );
    await expect(runCommand(helpCommand, [name, first, "x"], { others: TABLE })).rejects.toThrow();
  });
});

test("tetrad help prints the help of the program, and names the nearest of an unknown command", async () => {
  expect((await runCommand(helpCommand, [], { others: TABLE })).out).toBe(
    help({ columns: terminalColumns({}), colors: hasColors(1, {}) }),
  );
  await expect(runCommand(helpCommand, ["lisen"], { others: TABLE })).rejects.toThrow(
    'Unknown command "lisen": did you mean listen?',
  );
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

test("the help of the program names every command, and says more with --help-all", () => {
  const text = help();
  for (const name of Object.keys(ALL)) expect(text).toContain(`  ${name} `);
  expect(help({ all: true }).length).toBeGreaterThan(text.length);
});

test("wrap() breaks at spaces and leaves a long word whole", () => {
  expect(wrap("aa bb cc", 5)).toEqual(["aa bb", "cc"]);
  expect(wrap("aaaaaaaa b", 5)).toEqual(["aaaaaaaa", "b"]);
  expect(wrap("", 5)).toEqual([""]);
});
