/** @module The tokens of CEL (github.com/google/cel-spec, Syntax). */
import { CelCompileError } from "./error.ts";
import { type Literal, readString } from "./literal.ts";
import { MAX_UINT64, MIN_INT64 } from "./value.ts";

/** A token; `text` is what the grammar looks at. */
export interface Token {
  readonly kind: "identifier" | "literal" | "operator" | "end";
  readonly text: string;
  readonly offset: number;
  readonly literal?: Literal;
}

const SPACE = /(?:[ \t\r\n\f]|\/\/[^\n]*)*/y;
const STRING_START = /(?:[rR]?[bB]?|[bB][rR])(?:"""|'''|"|')/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER =
  /0x[0-9a-fA-F]+[uU]?|(?:[0-9]+\.[0-9]+|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|[0-9]+[uU]?/y;
const OPERATOR = /&&|\|\||[<>=!]=|[-+*/%<>!?:.,()[\]{}]/y;

/** Its negation is the least integer, so the parser decides whether it may be there. */
const MAX_INT64_MAGNITUDE = -MIN_INT64;

/** Splits `source` into tokens, the last of kind `end`. @throws CelCompileError */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  for (;;) {
    at += match(SPACE)!.length;
    const offset = at;
    if (at === source.length) return [...tokens, { kind: "end", text: "", offset }];
    const stringStart = match(STRING_START);
    if (stringStart !== undefined) {
      const { literal, end } = readString(source, at, stringStart);
      tokens.push({ kind: "literal", text: "", offset, literal });
      at = end;
      continue;
    }
    const number = match(NUMBER);
    const text = number ?? match(IDENTIFIER) ?? match(OPERATOR);
    if (text === undefined) {
      throw new CelCompileError(`found ${JSON.stringify(source.charAt(at))}, needs a CEL token`, at);
    }
    at += text.length;
    if (number !== undefined)
      tokens.push({ kind: "literal", text, offset, literal: readNumber(text, offset) });
    else tokens.push({ kind: /^[A-Za-z_]/.test(text) ? "identifier" : "operator", text, offset });
  }
}

function readNumber(text: string, offset: number): Literal {
  const isUint = /[uU]$/.test(text) && !/^0x[0-9a-fA-F]*$/.test(text);
  const digits = isUint ? text.slice(0, -1) : text;
  if (!/^(?:0x[0-9a-fA-F]+|[0-9]+)$/.test(digits)) return { type: "double", value: Number(digits) };
  const value = BigInt(digits);
  if (value > (isUint ? MAX_UINT64 : MAX_INT64_MAGNITUDE)) {
    throw new CelCompileError(`found ${text}, needs an integer of 64 bits`, offset);
  }
  return { type: isUint ? "uint" : "int", value };
}
