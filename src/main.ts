/** @module Entry: the command tree and the exit codes. Nothing else. */
import { writeSync } from "node:fs";
import { type CommandDef, defineCommand, runCommand } from "citty";
import type { Command } from "./cli/context.ts";
import { EXIT_OK, exitCodeOf } from "./cli/exit-code.ts";
import { nearest } from "./config/text/distance.ts";
import { TetradError } from "./os/error.ts";

let exitCode = EXIT_OK;

/** A command whose module is loaded when it is called. */
function command(description: string, load: () => Promise<Command>): CommandDef {
  return defineCommand({
    meta: { description },
    async run({ rawArgs }) {
      const run = await load();
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
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Bun.sleepSync(1);
    }
  }
}

const commands: Record<string, CommandDef> = {
  run: command("run the agent (the default)", async () => (await import("./cli/run.ts")).runAgent),
  listen: command("receive datagrams, print and check them", async () => (await import("./cli/listen.ts")).runListen),
  metadata: command("print the agent_init event", async () => (await import("./cli/metadata.ts")).runMetadata),
  config: command("print every option's value and origin", async () => (await import("./cli/config.ts")).runConfig),
  version: command("print version, commit, date, Bun and target", async () => (await import("./cli/version.ts")).runVersion),
};

function commandNamed(name: string): CommandDef {
  const found = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (found !== undefined) return found;
  const near = nearest(name, Object.keys(commands));
  const hint = near === undefined ? `: known are ${Object.keys(commands).join(", ")}` : `: did you mean ${near}`;
  throw new TetradError("config", `Unknown command ${JSON.stringify(name)}${hint}`);
}

const argv = process.argv.slice(2);
const name = argv[0];
try {
  if (name === undefined || (name.startsWith("-") && name !== "--version")) {
    await runCommand(commands.run!, { rawArgs: argv });
  } else {
    await runCommand(commandNamed(name.replace(/^--/, "")), { rawArgs: argv.slice(1) });
  }
} catch (error) {
  exitCode = exitCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  // A stack trace helps a maintainer, not a user whose flag is wrong.
  const detail = error instanceof TetradError || !(error instanceof Error) ? "" : `\n${error.stack}`;
  writeAll(2, `${message}${detail}\n`);
}
process.exit(exitCode);
