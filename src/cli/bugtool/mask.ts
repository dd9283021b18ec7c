/** @module Leaves secrets out of what goes to others. */

const MASK = "********";

/** Names whose values nobody else may see. */
const SECRET_NAME =
  /pass(?:word|phrase|wd)?$|secret|token|credential|api[-_]?key|private[-_]?key|authorization/i;
/** User and password in a URL; a password may have slashes that nobody has encoded. */
const USER_INFO = /(?<scheme>[a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@"'\\]+|[^\s/:@"'\\]*:[^\s@"'\\]*)@/gi;
/** What is between the lines of a key in PEM, whatever line breaks look like. */
const PEM_KEY = /(?<head>-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(?:(?=-----END)|$)/g;
/** A name and its value in a text, which may be quoted within a quoted text; or a flag and the word behind it. */
const NAMES = "passw(?:or)?d|passphrase|secret|token|credential|(?:api|access|private)[-_]?key";
const VALUE = `\\\\"(?:(?!\\\\").)*\\\\"|"(?:[^"\\\\]|\\\\.)*"|'[^']*'|[^\\s,;&"'\\\\]+`;
const IN_TEXT = new RegExp(
  `(?<name>[\\w.-]*(?:${NAMES})[\\w-]*(?:\\\\?["'])?\\s*[=:]\\s*|--[\\w-]*(?:${NAMES})\\s+|authorization(?:\\\\?["'])?\\s*[=:]\\s*(?:basic|bearer)?\\s*)(?:${VALUE})`,
  "gi",
);

/** A text without what looks like a secret in it. */
export function maskText(text: string): string {
  return text
    .replace(PEM_KEY, `$<head>${MASK}`)
    .replace(USER_INFO, `$<scheme>${MASK}@`)
    .replace(IN_TEXT, `$<name>${MASK}`);
}

/** A value of JSON, the like. Names of files stay: what is in them is nowhere. */
export function maskValue(value: unknown, name = ""): unknown {
  if (typeof value === "string") return value !== "" && SECRET_NAME.test(name) ? MASK : maskText(value);
  if (Array.isArray(value)) return value.map((item: unknown) => maskValue(item, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item, key)]));
}
