/** @module Runs one command of the table, or prints the help that was asked for instead of it. */
import { helpAsked } from "../config/flags.ts";
import type { CommandContext } from "./command.ts";
import { EXIT_OK } from "./exit-code.ts";

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
  const load = context.commands[name];
  if (load === undefined) throw new RangeError(`No command ${JSON.stringify(name)}`);
  const command = await load();
  const asked = helpAsked(context.argv, command.flags);
  if (asked === undefined) return command.run(context);
  const { helpText } = await import("./help/text.ts");
  context.print(
    await helpText(isNamed ? name : undefined, context.commands, {
      env: context.env,
      all: asked === "help-all",
    }),
  );
  return EXIT_OK;
}
