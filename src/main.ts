/** @module Entry: the command tree and the exit codes. Nothing else. */

import { writeSync } from "node:fs";
import { type CommandDef, defineCommand, runCommand } from "citty";
import { COMMAND_DESCRIPTIONS, type CommandName } from "./cli/command-list.ts";
import type { Command } from "./cli/context.ts";
import { describeError, EXIT_OK, exitCodeOf } from "./cli/exit-code.ts";
import { nearest } from "./lib/text/distance.ts";
import { errorCode } from "./os/caught.ts";
import { TetradError } from "./os/error.ts";

let exitCode = EXIT_OK;

/** Loads a command's module when it is called, and only then. */
const LOADERS: Record<CommandName, () => Promise<Command>> = {
  run: async () => (await import("./cli/run.ts")).runAgent,
  listen: async () => (await import("./cli/listen.ts")).runListen,
  metadata: async () => (await import("./cli/metadata.ts")).runMetadata,
  config: async () => (await import("./cli/config.ts")).runConfig,
  install: async () => (await import("./cli/install.ts")).runInstall,
  uninstall: async () => (await import("./cli/install.ts")).runUninstall,
  doctor: async () => (await import("./cli/doctor.ts")).runDoctor,
  version: async () => (await import("./cli/version.ts")).runVersion,
};

const names = Object.keys(LOADERS) as CommandName[];

function command(name: CommandName): CommandDef {
  return defineCommand({
    meta: { name, description: COMMAND_DESCRIPTIONS[name] },
    async run({ rawArgs }) {
      const run = await LOADERS[name]();
      exitCode = await run({
        argv: rawArgs,
        env: process.env,
        print: (text) => writeAll(1, text),
        printError: (text) => writeAll(2, text),
      });
    },
  });
}

/** Writes all of it, whatever the descriptor is; a reader that went away is no reason to fail. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (errorCode(error) !== "EAGAIN") return;
      Bun.sleepSync(1);
    }
  }
}

/** Which command `argv` asks for, and its arguments. Without a name it is `run`. */
function findCommand(argv: readonly string[]): { name: CommandName; rest: string[] } {
  const [word, ...rest] = argv;
  if (word === "--version") return { name: "version", rest };
  if (word === "help") return { name: "run", rest: ["--help"] };
  if (word === undefined || word.startsWith("-")) return { name: "run", rest: [...argv] };
  const found = names.find((name) => name === word);
  if (found !== undefined) return { name: found, rest };
  const near = nearest(word, names);
  const hint = near === undefined ? `known are ${names.join(", ")}` : `did you mean ${near}`;
  throw new TetradError("config", `Unknown command ${JSON.stringify(word)}: ${hint}`);
}

try {
  const { name, rest } = findCommand(process.argv.slice(2));
  await runCommand(command(name), { rawArgs: rest });
} catch (error) {
  exitCode = exitCodeOf(error);
  writeAll(2, describeError(error));
}
process.exit(exitCode);
