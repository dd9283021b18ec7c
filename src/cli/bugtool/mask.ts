/** @module Leaves secrets out of what goes to others. */

const MASK = "********";

/** Names whose values nobody else may see. */
const SECRET_NAME =
  /pass(?:word|phrase|wd)?$|secret|token|credential|api[-_]?key|private[-_]?key|authorization/i;
/** User and password in a URL. */
const USER_INFO = /(?<scheme>[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi;
/** A name and its value in a text. */
const IN_TEXT =
  /(?<name>[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|credential|api[-_]?key|private[-_]?key)["']?\s*[=:]\s*|authorization["']?\s*[=:]\s*(?:basic|bearer)?\s*)(?<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&"']+)/gi;

/** A text without what looks like a secret in it. */
export function maskText(text: string): string {
  return text.replace(USER_INFO, `$<scheme>${MASK}@`).replace(IN_TEXT, `$<name>${MASK}`);
}

/** A value of JSON, the like. Names of files stay: what is in them is nowhere. */
export function maskValue(value: unknown, name = ""): unknown {
  if (typeof value === "string") return value !== "" && SECRET_NAME.test(name) ? MASK : maskText(value);
  if (Array.isArray(value)) return value.map((item: unknown) => maskValue(item, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item, key)]));
}
