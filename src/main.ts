/** @module Entry: the command tree and the exit codes. Nothing else. */

import { defineCommand } from "citty";
import type { CommandTable } from "./cli/command.ts";
import { execute, type Invocation } from "./cli/execute.ts";
import { describeError, EXIT_FAILED, EXIT_OK, exitCodeOf } from "./cli/exit-code.ts";
import { KEEPER_COMMAND, RUNNER_COMMAND } from "./exporter/module/command.ts";
import { errorCode, errorMessage } from "./os/caught.ts";
import { fs } from "./os/fs.ts";
import { OPENER_COMMAND } from "./os/perf-event-opener/command.ts";

let exitCode = EXIT_OK;

/** Why standard output took no more, other than that nobody reads it. */
let outputError: unknown;

/** Loads a command's module when it is called, and only then. */
const COMMANDS = {
  run: async () => (await import("./cli/run.ts")).run,
  listen: async () => (await import("./cli/listen.ts")).listen,
  schema: async () => (await import("./cli/schema.ts")).schema,
  sdk: async () => (await import("./cli/sdk.ts")).sdk,
  metadata: async () => (await import("./cli/metadata.ts")).metadata,
  config: async () => (await import("./cli/config.ts")).config,
  install: async () => (await import("./cli/install.ts")).install,
  uninstall: async () => (await import("./cli/install.ts")).uninstall,
  getevents: async () => (await import("./cli/getevents.ts")).getevents,
  top: async () => (await import("./cli/top.ts")).top,
  status: async () => (await import("./cli/status.ts")).status,
  info: async () => (await import("./cli/info.ts")).info,
  loglevel: async () => (await import("./cli/loglevel.ts")).loglevel,
  eventlog: async () => (await import("./cli/eventlog.ts")).eventlog,
  policy: async () => (await import("./cli/policy.ts")).policy,
  tracingpolicy: async () => (await import("./cli/policy.ts")).tracingpolicy,
  elastic: async () => (await import("./cli/elastic.ts")).elastic,
  "oci-hook": async () => (await import("./cli/oci-hook.ts")).ociHook,
  probe: async () => (await import("./cli/probe.ts")).probe,
  bugtool: async () => (await import("./cli/bugtool.ts")).bugtool,
  doctor: async () => (await import("./cli/doctor.ts")).doctor,
  completion: async () => (await import("./cli/completion.ts")).completion,
  version: async () => (await import("./cli/version.ts")).version,
  help: async () => (await import("./cli/help.ts")).help,
} as const satisfies CommandTable;

/**
 * Writes all of it, whatever the descriptor is; a reader that went away is no reason to fail.
 * @returns Whether it is still there.
 */
function writeAll(fd: number, text: string | Uint8Array): boolean {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  for (let written = 0; written < bytes.length; ) {
    try {
      written += fs().writeSync(fd, bytes, written);
    } catch (error) {
      const code = errorCode(error);
      if (code !== "EAGAIN") {
        if (fd === 1 && code !== "EPIPE" && code !== "EBADF") outputError ??= error;
        return false;
      }
      Bun.sleepSync(1);
    }
  }
  return true;
}

/** Which command `argv` asks for, and its arguments. Without a name it is `run`. */
function findCommand(argv: readonly string[]): Invocation & { readonly rest: string[] } {
  const [word, ...rest] = argv;
  if (word === "--version") return { name: "version", isNamed: true, rest };
  if (word === undefined || word.startsWith("-")) return { name: "run", isNamed: false, rest: [...argv] };
  return { name: word, isNamed: true, rest };
}

/** Not users' commands: the agent starts them for itself. */
const INTERNAL_COMMANDS: Readonly<Record<string, () => Promise<number>>> = {
  async [OPENER_COMMAND]() {
    const { servePerfEvents } = await import("./os/perf-event-opener/serve.ts");
    return servePerfEvents(process.argv[3] ?? "") ? EXIT_OK : EXIT_FAILED;
  },
  [KEEPER_COMMAND]: async () => (await import("./exporter/module/keeper/serve.ts")).keepModule(),
  [RUNNER_COMMAND]: async () => (await import("./exporter/module/runner/serve.ts")).serveModule(),
};
const internal = INTERNAL_COMMANDS[process.argv[2] ?? ""];
if (internal !== undefined) {
  try {
    process.exit(await internal());
  } catch (error) {
    writeAll(2, describeError(error));
    process.exit(exitCodeOf(error));
  }
}
try {
  const { rest, ...invocation } = findCommand(process.argv.slice(2));
  const command = defineCommand({
    meta: { name: invocation.name },
    args: {},
    async run({ rawArgs }) {
      exitCode = await execute(invocation, {
        argv: rawArgs,
        env: process.env,
        commands: COMMANDS,
        print: (text) => writeAll(1, text),
        printError: (text) => writeAll(2, text),
      });
    },
  });
  // Not by citty's runCommand: it would parse the flags once more, with node:util, which is a tenth of the start.
  await command.run?.({ rawArgs: rest, args: { _: [] }, cmd: command });
} catch (error) {
  exitCode = exitCodeOf(error);
  writeAll(2, describeError(error));
}
if (outputError !== undefined && exitCode === EXIT_OK) {
  exitCode = EXIT_FAILED;
  writeAll(2, `Cannot write to standard output: ${errorMessage(outputError)}\n`);
}
process.exit(exitCode);
