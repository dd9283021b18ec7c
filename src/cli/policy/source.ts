/** @module Where a command gets a policy from: a file, standard input, or the policies that come with the agent. */
import { readFileSync } from "node:fs";
import { bareMessage } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { BUILTIN_NAMES, BUILTIN_PREFIX, readBuiltin } from "../../policy/builtin/index.ts";
import { suggestion } from "../../policy/document/spelling.ts";
import type { Argument } from "../command.ts";

/** What is written for standard input. */
const STANDARD_INPUT = "-";

/** The text of policies, and its name in findings. */
export interface PolicyText {
  readonly file: string;
  readonly text: string;
}

/** The file as an argument. */
export const POLICY_ARGUMENT: Argument = {
  placeholder: "FILE",
  isRequired: true,
  means: `the path of a file with policies, - for standard input, or ${BUILTIN_PREFIX}NAME for one that comes with tetrad`,
  isPath: true,
};

/**
 * Reads it.
 * @throws TetradError `config` when there is no such file or policy, or it cannot be read.
 */
export function readPolicyText(word: string): PolicyText {
  if (word.startsWith(BUILTIN_PREFIX)) {
    const text = readBuiltin(word.slice(BUILTIN_PREFIX.length));
    if (text === undefined) throw unknownBuiltin(word.slice(BUILTIN_PREFIX.length));
    return { file: word, text };
  }
  try {
    const isInput = word === STANDARD_INPUT;
    const bytes = readFileSync(isInput ? 0 : word);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return { file: isInput ? "standard input" : word, text };
  } catch (cause) {
    const why = cause instanceof TypeError ? "it is not in UTF-8" : bareMessage(cause);
    throw new TetradError("config", `Cannot read policies from ${JSON.stringify(word)}: ${why}`, { cause });
  }
}

/** The error for the name of a policy that does not come with the agent. */
export function unknownBuiltin(name: string): TetradError {
  const near = suggestion(name, BUILTIN_NAMES).replace("write ", "");
  const hint = near === "" ? `known are ${BUILTIN_NAMES.join(", ")}` : `did you mean ${near}?`;
  return new TetradError("config", `Unknown policy ${JSON.stringify(name)}: ${hint}`);
}
