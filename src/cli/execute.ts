/** @module Runs one command of the table, or prints the help that was asked for instead of it. */
import { type FlagSet, flagSetOf, helpAsked, readValues } from "../config/flags.ts";
import { shownText } from "../config/option.ts";
import type { CommandContext } from "./command.ts";
import { EXIT_OK } from "./exit-code.ts";
import { resolveCommand } from "./resolve-command.ts";

/** Which command to run, and whether its name was given or left out. */
export interface Invocation {
  readonly name: string;
  readonly isNamed: boolean;
}

/**
 * Runs the command. Help wins over every mistake beside it, and its code is loaded only for it.
 * @returns the exit code.
 * @throws TetradError for what the user can put right.
 */
export async function execute({ name, isNamed }: Invocation, context: CommandContext): Promise<number> {
  const { argv, env, commands, print } = context;
  const found = await resolveCommand([name, ...argv], commands);
  const { command, rest } = found;
  const flags = command.flagSet ?? flagSetOf(command.flags);
  const secrets = secretsIn(rest, flags);
  if (secrets.length > 0) (await import("../os/own-arguments.ts")).hideArguments(secrets);
  const asked = helpAsked(rest, flags);
  if (asked === undefined) {
    if (command.commands === undefined) return command.run({ ...context, argv: rest });
    // Says what is wrong with flags that it does not have.
    readValues(rest, command.flags);
  }
  const { helpText } = await import("./help/text.ts");
  print(await helpText(isNamed ? found : undefined, commands, { env, all: asked === "help-all" }));
  return EXIT_OK;
}

/** The flags whose values are nobody's business, of those that were given. */
function secretsIn(argv: readonly string[], flags: FlagSet): string[] {
  return argv.flatMap((argument, at) => {
    const { name, value = argv[at + 1] ?? "" } =
      /^--(?<name>[^=]+)(?:=(?<value>.*))?$/s.exec(argument)?.groups ?? {};
    if (name === undefined || !flags.has(name)) return [];
    return shownText(flags.row(name), value) === value ? [] : [name];
  });
}
