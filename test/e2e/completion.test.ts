import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { cleanUp, runTetrad, TETRAD, temporaryDirectory } from "./harness.ts";
import { type ShellName, startShell } from "./shell.ts";

afterEach(cleanUp);

/** What makes each shell complete `tetrad`, as the help text of `tetrad completion` says. */
const SETUP: Record<ShellName, string[]> = {
  bash: [`PATH=${dirname(TETRAD)}:$PATH`, "source <(tetrad completion bash)"],
  zsh: [
    `PATH=${dirname(TETRAD)}:$PATH`,
    "autoload -U compinit; compinit -u -D",
    "source <(tetrad completion zsh)",
  ],
  fish: [`set PATH ${dirname(TETRAD)} $PATH`, "tetrad completion fish | source"],
};

describe.each(["bash", "zsh", "fish"] as const)("tetrad completion %s, in the shell itself,", (name) => {
  const isThere = Bun.which(name) !== null;

  test.skipIf(!isThere)("completes commands, flags and values", async () => {
    const complete = await startShell(name, SETUP[name]);
    const cases: [string, string[]][] = [
      ["tetrad lis", ["listen"]],
      ["tetrad un", ["uninstall"]],
      ["tetrad listen --output=", ["none", "pretty", "raw"]],
      ["tetrad listen --output pr", ["pretty"]],
      ["tetrad listen --validate=t", ["true"]],
      ["tetrad config --log-format=j", ["json"]],
      ["tetrad run --event-source=se", ["sensor"]],
      ["tetrad --debug --log-level=tr", ["trace"]],
      ["tetrad --debug=", ["false", "true"]],
      ["tetrad doctor --enable-network-events=f", ["false"]],
      ["tetrad completion ", ["bash", "fish", "zsh"]],
      ["tetrad help un", ["uninstall"]],
      ["tetrad loglevel ", ["get", "set"]],
      ["tetrad loglevel set de", ["debug"]],
      ["tetrad tracingpolicy dis", ["disable"]],
      ["tetrad tracingpolicy list --output=j", ["json"]],
      ["tetrad getevents --color al", ["always"]],
      ["tetrad schema process_ex", ["process_exec", "process_exit"]],
    ];
    for (const [line, expected] of cases) {
      // bash offers what follows the "=" and has the flag on the line already.
      const offered = (await complete(line)).map((word) => word.split("=").at(-1)).sort();
      expect({ line, offered }).toEqual({ line, offered: expected });
    }
    expect(await complete("tetrad ")).toEqual(expect.arrayContaining(["run", "listen", "config", "help"]));
  });

  test.skipIf(!isThere)("offers the flags of the command and of no other", async () => {
    const complete = await startShell(name, SETUP[name]);
    // Whether a flag that wants a value is offered with its "=" is the shell's own way.
    const flagsOf = async (line: string) =>
      (await complete(line)).map((word) => word.replace(/=$/, "")).sort();
    expect(new Set(await flagsOf("tetrad install --"))).toEqual(
      new Set(["--dry-run", "--help", "--root", "--start"]),
    );
    expect(await flagsOf("tetrad listen --outp")).toEqual(["--output"]);
    expect(await flagsOf("tetrad eventlog set --max-")).toEqual([
      "--max-backups",
      "--max-recv-size",
      "--max-size",
    ]);
    expect(await flagsOf("tetrad eventlog get --max-")).toEqual(["--max-recv-size"]);
    expect(new Set(await flagsOf("tetrad eventlog --"))).toEqual(new Set(["--help"]));
    const files = new Set(await flagsOf("tetrad --export-file-"));
    expect(files).toEqual(new Set(await flagsOf("tetrad run --export-file-")));
    expect(files).toContain("--export-file-compress");
    expect(files).toContain("--export-file-max-backups");
  });

  test.skipIf(!isThere)("completes the names of files", async () => {
    const directory = temporaryDirectory();
    writeFileSync(`${directory}/agent-of-the-day.log`, "");
    mkdirSync(`${directory}/root-of-image`);
    const complete = await startShell(name, SETUP[name]);
    const log = `${directory}/agent-of-the-day.log`;
    expect(await complete(`tetrad --log-file=${directory}/ag`)).toEqual([`--log-file=${log}`]);
    expect(await complete(`tetrad run --log-file ${directory}/ag`)).toEqual([log]);
    expect(await complete(`tetrad --event-source=file:${directory}/ag`)).toEqual([
      `--event-source=file:${log}`,
    ]);
    const [root] = await complete(`tetrad install --root=${directory}/ro`);
    expect(root?.replace(/\/$/, "")).toBe(`--root=${directory}/root-of-image`);
  });
});

test("bash completes names that have to be quoted, however they are quoted", async () => {
  const directory = temporaryDirectory();
  for (const name of ["my events.log", "it's.log", "a=b:c.log", "dollar$x.log"])
    writeFileSync(`${directory}/${name}`, "");
  mkdirSync(`${directory}/of\u00fcr one`);
  writeFileSync(`${directory}/of\u00fcr one/x.log`, "");
  for (const more of [[], ["COMP_WORDBREAKS=' '"]]) {
    const complete = await startShell("bash", [...SETUP.bash, ...more, `cd ${directory}`]);
    // What is quoted with spaces in it counts as several words here: the last one is enough.
    const cases: [string, string][] = [
      ["tetrad --export-filename=my\\ e", "events.log"],
      ["tetrad --export-filename my\\ e", "events.log"],
      ["tetrad --event-source=file:my\\ e", "events.log"],
      ["tetrad --log-file='a b' --export-filename=my\\ e", "events.log"],
      ["tetrad --export-filename=of\u00fcr\\ one/", "one/x.log"],
      ["tetrad --export-filename 'my e", "events.log'"],
      ['tetrad --export-filename "my e', 'events.log"'],
      ["tetrad --export-filename it\\'", "it\\'s.log"],
      ["tetrad --export-filename dol", "dollar\\$x.log"],
      ["tetrad --log-file 'a b' --export-file-c", "--export-file-compress"],
    ];
    for (const [line, expected] of cases) {
      expect({ line, offered: (await complete(line)).at(-1) }).toEqual({ line, offered: expected });
    }
    const [named] = await complete("tetrad --export-filename=a\\=");
    expect(named!.replaceAll("\\", "")).toBe("--export-filename=a=b:c.log");
  }
});

test("bash completes values too where = and : do not break words", async () => {
  const complete = await startShell("bash", [...SETUP.bash, "COMP_WORDBREAKS=' '"]);
  expect(await complete("tetrad listen --output=p")).toEqual(["--output=pretty"]);
  const directory = temporaryDirectory();
  writeFileSync(`${directory}/events.log`, "");
  const typed = `--event-source=file:${directory}/ev`;
  expect(await complete(`tetrad ${typed}`)).toEqual([`${typed}ents.log`]);
});

test("tetrad completion wants the name of a shell that it knows: one line, exit 2", async () => {
  for (const [argv, found] of [
    [[], "no shell"],
    [["tcsh"], '"tcsh"'],
  ] as const) {
    const { code, stdout, stderr } = await runTetrad(["completion", ...argv]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(`Cannot print the completion script: found ${found}, expected bash, zsh or fish\n`);
  }
});
