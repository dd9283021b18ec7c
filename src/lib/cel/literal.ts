/** @module String and bytes literals of CEL. */
import { CelCompileError } from "./error.ts";

/** A literal's value before it has a CEL type. */
export type Literal =
  | { readonly type: "int" | "uint"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "bytes"; readonly value: Uint8Array };

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "?": "?",
  '"': '"',
  "'": "'",
  "`": "`",
};
const CODE_ESCAPE = /[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})/y;

/**
 * Reads the literal at `start` of `source`, which begins with `opening`: prefix and quotes.
 * @returns It and the offset after it.
 */
export function readString(
  source: string,
  start: number,
  opening: string,
): { literal: Literal; end: number } {
  const quote = opening.replace(/^[rRbB]+/, "");
  const prefix = opening.slice(0, opening.length - quote.length).toLowerCase();
  const isRaw = prefix.includes("r");
  const isBytes = prefix.includes("b");
  const parts: (string | number)[] = [];
  let at = start + opening.length;
  while (!source.startsWith(quote, at)) {
    const character = source.charAt(at);
    if (character === "" || (quote.length === 1 && (character === "\n" || character === "\r"))) {
      throw new CelCompileError(`needs a closing ${quote}`, start);
    }
    if (character === "\\" && !isRaw) {
      const escaped = readEscape(source, at, isBytes);
      parts.push(escaped.value);
      at = escaped.end;
    } else {
      parts.push(character);
      at++;
    }
  }
  const end = at + quote.length;
  if (isBytes) return { literal: { type: "bytes", value: toBytes(parts) }, end };
  return { literal: { type: "string", value: parts.join("") }, end };
}

/** A number is a byte, which only bytes literals have. */
function readEscape(
  source: string,
  start: number,
  isBytes: boolean,
): { value: string | number; end: number } {
  const simple = SIMPLE_ESCAPES[source.charAt(start + 1)];
  if (simple !== undefined) return { value: simple, end: start + 2 };
  CODE_ESCAPE.lastIndex = start + 1;
  const match = CODE_ESCAPE.exec(source);
  if (match === null) throw new CelCompileError("invalid escape sequence", start);
  const [text, hex, short, long, octal] = match;
  const code = Number.parseInt(hex ?? short ?? long ?? octal!, octal === undefined ? 16 : 8);
  const isUnicode = short !== undefined || long !== undefined;
  const isInvalid = code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) || (isUnicode && isBytes);
  if (isInvalid) throw new CelCompileError("invalid escape sequence", start);
  const end = start + 1 + text.length;
  return { value: isBytes ? code : String.fromCodePoint(code), end };
}

function toBytes(parts: readonly (string | number)[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  let text = "";
  for (const part of [...parts, 0]) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    if (text !== "") chunks.push(Buffer.from(text));
    text = "";
    chunks.push(Uint8Array.of(part));
  }
  // The 0 at the end only closed the last run of text.
  return Uint8Array.from(Buffer.concat(chunks.slice(0, -1)));
}
