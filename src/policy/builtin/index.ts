/**
 * @module The policies that come with the agent: the files of `policies/`, embedded into the executable. Their comments
 * are their documentation: the first sentence says what each is for.
 *
 * ```ts
 * readBuiltin("network"); // the text of policies/network.yaml
 * readBuiltin("network+stacks"); // the same with stack traces
 * ```
 */
import adminSyscalls from "../../../policies/admin-syscalls.yaml" with { type: "text" };
import fileAccess from "../../../policies/file-access.yaml" with { type: "text" };
import network from "../../../policies/network.yaml" with { type: "text" };
import privileges from "../../../policies/privileges.yaml" with { type: "text" };
import unusualProcesses from "../../../policies/unusual-processes.yaml" with { type: "text" };

import { EXTRAS, type Extra, HASHES, withExtras } from "./extras.ts";

export { loadedForm } from "./loaded-form.ts";
export { withLsmHooks } from "./lsm-form.ts";

/** What stands before their names where a file is expected. */
export const BUILTIN_PREFIX = "builtin:";

/** A static list: the bundler embeds what it sees. */
const FILES: Readonly<Record<string, string>> = {
  "admin-syscalls": adminSyscalls,
  "file-access": fileAccess,
  network,
  privileges,
  "unusual-processes": unusualProcesses,
};

/** Their names, sorted. */
export const BUILTIN_NAMES: readonly string[] = Object.keys(FILES);

/**
 * The text of a policy, with what its events are to have besides: `network+stacks`.
 * @returns `undefined` when there is none of that name, or an addition that there is not.
 */
export function readBuiltin(name: string): string | undefined {
  const [own, ...extras] = name.split("+");
  if (!Object.hasOwn(FILES, own!) || !extras.every(isExtra)) return undefined;
  return withExtras(FILES[own!]!, extras);
}

/** Whether events are to have digests of files, of which the text says nothing. */
export function asksForHashes(name: string): boolean {
  return name.split("+").slice(1).includes(HASHES);
}

function isExtra(word: string): word is Extra {
  return (EXTRAS as readonly string[]).includes(word);
}

/** What a policy is for: the first sentence of its comment, without the mark. */
export function summaryOf(text: string): string {
  const comment = /^(?:#.*\n)+/.exec(text)?.[0] ?? "";
  const paragraph = comment.replaceAll(/^# ?/gm, "").split("\n\n")[0]!;
  const words = paragraph.replaceAll("\n", " ").trim();
  return /^.*?\.(?=\s|$)/.exec(words)?.[0] ?? words;
}
