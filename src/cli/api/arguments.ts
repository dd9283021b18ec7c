/** @module Reads flags and arguments of a command that takes nothing from files or the environment. */
import { type FlagTable, type FlagValues, readValues } from "../../config/flags.ts";
import { TetradError } from "../../os/error.ts";
import type { Argument } from "../command.ts";

/**
 * Reads `argv`.
 * @throws TetradError `config` for what is wrong or missing.
 */
export function readArguments<Table extends FlagTable>(
  argv: readonly string[],
  flags: Table,
  args: readonly Argument[],
): { readonly values: FlagValues<Table>; readonly words: readonly string[] } {
  const { values, words } = readValues(argv, flags, args.length);
  const missing = args[words.length];
  if (missing?.isRequired) {
    const what = missing.means ?? `one of ${missing.values?.({}).join(", ")}`;
    throw new TetradError("config", `Cannot run: found no ${missing.placeholder}, expected ${what}`);
  }
  return { values, words };
}
