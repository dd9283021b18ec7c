/** @module The error for a word that names no command. */
import { nearest } from "../lib/text/distance.ts";
import { TetradError } from "../os/error.ts";

/**
 * Names the command that was meant, or all of them.
 * @param word With the names of the commands above it.
 */
export function unknownCommand(word: string, names: readonly string[]): TetradError {
  const near = nearest(word.split(" ").at(-1)!, names);
  const known = names.length === 0 ? "there are none below it" : `known are ${names.join(", ")}`;
  const hint = near === undefined ? known : `did you mean ${near}?`;
  return new TetradError("config", `Unknown command ${JSON.stringify(word)}: ${hint}`);
}
