/** @module `message` and `tags`, as events print them. */
import type { Context } from "./context.ts";
import type { ReadHook } from "./read-hook.ts";

const MAX_MESSAGE = 256;
const MAX_TAG = 128;
/** Of one hook. */
export const MAX_TAGS = 16;
/** Bytes of a message, or a tag. */
export const SHORTEST = 2;

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** The message; empty when there is none. */
export function readMessage(hook: ReadHook, context: Context): string {
  if (hook.message === undefined) return "";
  return readText(hook.message, { container: hook, field: "message", longest: MAX_MESSAGE }, context);
}

/** The tags. */
export function readTags(hook: ReadHook, context: Context): string[] {
  const { tags = [] } = hook;
  if (tags.length > MAX_TAGS) {
    context.error(hook, "tags", { found: `${tags.length} tags`, expected: `at most ${MAX_TAGS}` });
  }
  return tags.map((tag, index) =>
    readText(tag, { container: tags, field: index, longest: MAX_TAG }, context),
  );
}

function readText(
  text: string,
  { container, field, longest }: { container: object; field: string | number; longest: number },
  context: Context,
): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length < SHORTEST) {
    context.error(container, field, {
      found: bytes.length === 0 ? "no characters" : "one character",
      expected: `at least ${SHORTEST}`,
    });
  } else if (bytes.length > longest) {
    context.warn(container, field, {
      found: `${bytes.length} bytes`,
      expected: `at most ${longest}`,
      cure: "the rest is cut off",
    });
  }
  return escapeText(cut(bytes, longest));
}

/** The first bytes, no character cut in its middle. */
function cut(bytes: Buffer, longest: number): string {
  let end = Math.min(bytes.length, longest);
  while (end > 0 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}

/** As Tetragon prints them: the inside of a string in Go. */
function escapeText(text: string): string {
  return text.replace(/["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const known = ESCAPES[character];
    if (known !== undefined) return known;
    const code = character.codePointAt(0)!;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
