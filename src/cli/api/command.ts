/** @module Makes the commands that ask a running agent one question and print the answer. */
import type { FlagTable, FlagValues } from "../../config/flags.ts";
import { type Argument, type Command, type CommandContext, type Example, HELP_FLAG } from "../command.ts";
import { EXIT_OK } from "../exit-code.ts";
import { readArguments } from "./arguments.ts";
import { API_EXIT_CODES, API_FLAGS, type ApiValues } from "./flags.ts";

/** What a command of the API is given. */
export interface ApiContext<Table extends FlagTable> extends Pick<CommandContext, "print" | "printError"> {
  readonly values: FlagValues<Table> & ApiValues;
  /** The arguments that are no flags: those that are required are there. */
  readonly words: readonly string[];
}

/** What makes one. */
export interface ApiCommandSettings<Table extends FlagTable> {
  /** Its own flags. @default none */
  readonly flags?: Table;
  readonly args?: readonly Argument[];
  readonly summary: string;
  readonly details?: readonly string[];
  readonly examples: readonly [Example, ...Example[]];
  /** Where it has more than those of all. */
  readonly exitCodes?: Readonly<Record<number, string>>;
  /** Asks and prints. @returns the exit code. @default 0 */
  run(context: ApiContext<Table>): Promise<number | undefined>;
}

/** A command with the flags of all that speak to a running agent. */
export function apiCommand<const Table extends FlagTable>({
  flags,
  args = [],
  exitCodes = API_EXIT_CODES,
  run,
  ...help
}: ApiCommandSettings<Table>): Command {
  const table = { ...flags, ...API_FLAGS, ...HELP_FLAG };
  return {
    flags: table,
    args,
    help: { ...help, exitCodes },
    async run({ argv, print, printError }) {
      const { values, words } = readArguments(argv, table, args);
      const context = { values: values as FlagValues<Table> & ApiValues, words, print, printError };
      return (await run(context)) ?? EXIT_OK;
    },
  };
}
