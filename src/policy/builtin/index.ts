/**
 * @module The policies that come with the agent: the files of `policies/`, embedded into the executable. Their comments
 * are their documentation: the first sentence says what each is for.
 *
 * ```ts
 * await readBuiltin("network"); // the text of policies/network.yaml
 * ```
 */

/** What stands before their names where a file is expected. */
export const BUILTIN_PREFIX = "builtin:";

/** A static list: the bundler embeds what it sees. Each is read when it is asked for. */
const FILES: Readonly<Record<string, () => Promise<{ readonly default: string }>>> = {
  "admin-syscalls": () => import("../../../policies/admin-syscalls.yaml", { with: { type: "text" } }),
  "file-access": () => import("../../../policies/file-access.yaml", { with: { type: "text" } }),
  network: () => import("../../../policies/network.yaml", { with: { type: "text" } }),
  privileges: () => import("../../../policies/privileges.yaml", { with: { type: "text" } }),
  "unusual-processes": () => import("../../../policies/unusual-processes.yaml", { with: { type: "text" } }),
};

/** Their names, sorted. */
export const BUILTIN_NAMES: readonly string[] = Object.keys(FILES);

/** The text of a policy; `undefined` when there is none of that name. */
export async function readBuiltin(name: string): Promise<string | undefined> {
  return Object.hasOwn(FILES, name) ? (await FILES[name]!()).default : undefined;
}

/** What a policy is for: the first sentence of its comment, without the mark. */
export function summaryOf(text: string): string {
  const comment = /^(?:#.*\n)+/.exec(text)?.[0] ?? "";
  const paragraph = comment.replaceAll(/^# ?/gm, "").split("\n\n")[0]!;
  const words = paragraph.replaceAll("\n", " ").trim();
  return /^.*?\.(?=\s|$)/.exec(words)?.[0] ?? words;
}
