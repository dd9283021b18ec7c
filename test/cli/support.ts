/** @module Runs a command as main.ts does, with what it prints kept. */
import type { Command, CommandTable } from "../../src/cli/command.ts";
import { execute } from "../../src/cli/execute.ts";

/** The exit code and what went to standard output and standard error. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `command` with `argv`, under its name in `commands`, which is all that it sees of the others. */
export async function runCommand(
  command: Command,
  argv: readonly string[],
  { env = {}, others = {} }: { env?: Record<string, string>; others?: CommandTable } = {},
): Promise<Outcome> {
  const name = command.help.examples[0].command[0]?.match(/tetrad (\w[\w-]*)/)?.[1] ?? "run";
  const commands: CommandTable = { ...others, [name]: async () => command };
  const [out, err]: [string[], string[]] = [[], []];
  const code = await execute(
    { name, isNamed: true },
    {
      argv,
      env,
      commands,
      print: (text) => out.push(Buffer.from(text as string).toString()) > 0,
      printError: (text) => err.push(text),
    },
  );
  return { code, out: out.join(""), err: err.join("") };
}
