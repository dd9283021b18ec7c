/** @module The error for a word that names no command. */
import { nearest } from "../lib/text/distance.ts";
import { TetradError } from "../os/error.ts";

/** Commands of `tetra` that are not here, and why. */
const ABSENT: Readonly<Record<string, string>> = {
  explain: "tetrad policy explain says what a policy does, and docs/policies.md what its fields are",
  cri: "ask the container runtime itself, as with crictl",
  policytest: "it tests Tetragon's own policies",
};

/**
 * Names the command that was meant, or all of them.
 * @param word With the names of the commands above it.
 */
export function unknownCommand(word: string, names: readonly string[]): TetradError {
  if (Object.hasOwn(ABSENT, word))
    return new TetradError("config", `There is no ${JSON.stringify(word)} here as in tetra: ${ABSENT[word]}`);
  const near = nearest(word.split(" ").at(-1)!, names);
  const known = names.length === 0 ? "there are none below it" : `known are ${names.join(", ")}`;
  const hint = near === undefined ? known : `did you mean ${near}?`;
  return new TetradError("config", `Unknown command ${JSON.stringify(word)}: ${hint}`);
}
