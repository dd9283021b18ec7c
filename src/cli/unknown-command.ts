/** @module The error for a word that names no command. */
import { nearest } from "../lib/text/distance.ts";
import { TetradError } from "../os/error.ts";

/** Names the command that was meant, or all of them. */
export function unknownCommand(word: string, names: readonly string[]): TetradError {
  const near = nearest(word, names);
  const hint = near === undefined ? `known are ${names.join(", ")}` : `did you mean ${near}?`;
  return new TetradError("config", `Unknown command ${JSON.stringify(word)}: ${hint}`);
}
