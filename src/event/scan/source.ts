/**
 * @module The source text of generated scanners. Each is a function as line.ts describes; numbers in comparisons
 * are characters. Names are short because it is parsed while events wait: `b` is the bytes, `v` the
 * view, `i` the position.
 */
import { wordAt } from "./value.ts";

/** How values of one schema are scanned. */
export interface Form {
  /** What the generated code calls. */
  readonly scanner: string;
  /** Whether the scanner begins after an opening quote. */
  readonly isQuoted: boolean;
  /** The scanner of values without quotes, where there are both. */
  readonly bare?: string;
  /** Whether null is as good. */
  readonly isNullish?: boolean;
}

/** A field of a message. */
export interface Field {
  readonly name: string;
  readonly form: Form;
  /** Whether it is one of several of which a valid value has one. @default false */
  readonly isAlternative?: boolean;
}

/** An expression for the position after the value at `i`. */
function scanExpression({ scanner, isQuoted, bare, isNullish = false }: Form): string {
  const unquoted = bare === undefined ? "-1" : `${bare}(b, v, i)`;
  const scan = isQuoted ? `b[i] === 34 ? ${scanner}(b, v, i + 1) : ${unquoted}` : `${scanner}(b, v, i)`;
  return isNullish ? `b[i] === 110 ? scanNull(b, v, i) : ${scan}` : scan;
}

/** Tests for the words of `text` at `i`. @param text ASCII, of four bytes or more; the last words may overlap. */
function wordTests(text: string): string[] {
  const tests: string[] = [];
  for (let at = 0; at < text.length; at += 4) {
    const offset = Math.min(at, text.length - 4);
    tests.push(`v.getInt32(i${offset === 0 ? "" : ` + ${offset}`}, true) === ${wordAt(text, offset)}`);
  }
  return tests;
}

/** A value of one form. */
export function valueSource(form: Form): string {
  return `return (b, v, i) => ${scanExpression(form)};`;
}

/** An array of items of one form. */
export function arraySource(item: Form): string {
  return `return (b, v, i) => {
  if (b[i] !== 91) return -1;
  i = skipSpace(b, i + 1);
  if (b[i] === 93) return i + 1;
  for (;;) {
    i = ${scanExpression(item)};
    if (i < 0) return -1;
    i = skipSpace(b, i);
    if (b[i] !== 44) return b[i] === 93 ? i + 1 : -1;
    i = skipSpace(b, i + 1);
  }
};`;
}

/**
 * The loop over an object's members, from where the separator `s` comes next, after white space: the opening brace
 * or, after a value, a comma.
 */
function membersSource(takeKey: string, takeValue: string): string {
  return `for (;; s = 44) {
    i = skipSpace(b, i);
    if (b[i] !== s) return b[i] === 125 ? i + 1 : -1;
    i = skipSpace(b, i + 1);
    if (b[i] !== 34) return s === 123 && b[i] === 125 ? i + 1 : -1;
    ${takeKey}
    if (i < 0) return -1;
    i = skipSpace(b, i);
    if (b[i] !== 58) return -1;
    i = skipSpace(b, i + 1);
    ${takeValue}
    if (i < 0) return -1;
  }`;
}

/** Fields of one function that expects an order: the best compiler takes far more time for long functions. */
const EXPECTED_AT_ONCE = 7;

/** A message with more fields than this, such as the argument of a kprobe, has few of them. */
const MAX_ORDERED = 24;

/** A map: any keys, values of one form. */
export function recordSource(value: Form): string {
  const takeKey = `const k = i + 1;
    i = scanString(b, v, k);
    if (i >= 0) noteEntry(b, v, k, i - 1, s === 123);`;
  return `return (b, v, i) => {
  if (b[i] !== 123) return -1;
  let s = 123;
  ${membersSource(takeKey, `i = ${scanExpression(value)};`)}
};`;
}

/** A message: fields in the expected order, and functions for what is not as expected. */
export function messageSource(fields: readonly Field[]): string {
  let source = `${unorderedSource(fields)}${keySource(fields)}`;
  let begin = "unordered";
  // Of alternatives one comes, so that no order is expected of them.
  if (fields.length <= MAX_ORDERED && !fields.some(({ isAlternative }) => isAlternative)) {
    begin = "expected0";
    for (let first = 0; first < fields.length; first += EXPECTED_AT_ONCE) {
      source += expectedSource(fields, first, Math.min(fields.length, first + EXPECTED_AT_ONCE));
    }
  }
  return `${source}return (b, v, i) => b[i] === 123 ? ${begin}(b, v, i, 123, 0, 0) : -1;`;
}

/**
 * Takes `fields[first, end)` where they come next, each at `i`, where the word `w` is, after the separator at `n`. Fields
 * that were taken have their bits in `f`; there are no more of them than bits.
 */
function expectedSource(fields: readonly Field[], first: number, end: number): string {
  let source = `function expected${first}(b, v, n, s, f, g) {
  let i = n + 1, w = v.getInt32(i, true);
`;
  for (let at = first; at < end; at++) {
    const { name, form } = fields[at]!;
    const text = `"${name}":${form.isQuoted ? '"' : ""}`;
    const isHere = [`w === ${wordAt(text, 0)}`, ...wordTests(text).slice(1)].join(" && ");
    source += `  if (${isHere}) {
    i += ${text.length};
    n = ${form.isQuoted ? `${form.scanner}(b, v, i)` : scanExpression(form)};
    if (n < 0) return -1;
    f |= ${1 << at};
    if (b[n] !== 44) return b[n] === 125 ? n + 1 : unordered(b, v, n, 44, f, g);
    s = 44;
    w = v.getInt32(i = n + 1, true);
  }
`;
  }
  return `${source}  return ${end < fields.length ? `expected${end}` : "unordered"}(b, v, n, s, f, g);\n}\n`;
}

/** Numbers of the fields by their form: those of one form are scanned by the same code. */
function fieldsByForm(fields: readonly Field[]): ReadonlyMap<string, readonly number[]> {
  return Map.groupBy(fields.keys(), (number) => scanExpression(fields[number]!.form));
}

/** Bits that remember fields in one number. */
const BITS = 32;

/** Takes fields in any order, and sees which are there twice: those from number 0 by bits of `f`, those from 32 by bits of `g`. */
function unorderedSource(fields: readonly Field[]): string {
  const once = "if (e++ > 0) return -1; ";
  let hasAlternatives = false;
  const cases = [...fieldsByForm(fields)].map(([scan, numbers]) => {
    const isAlternative = numbers.some((number) => fields[number]!.isAlternative === true);
    hasAlternatives ||= isAlternative;
    const labels = numbers.map((number) => `case ${number}:`).join(" ");
    return `${labels} ${isAlternative ? once : ""}i = ${scan}; break;`;
  });
  const doubt = hasAlternatives ? "if (mayHoldEvent(b, i) && e++ > 0) return -1; " : "";
  const note = `f = noteField(f, field);`;
  const takeKey = `const k = i;
    i = scanKey(b, i + 1);
    const field = fieldOf(v, k, i - k);
    ${fields.length > BITS ? `if (field >= ${BITS}) g = noteField(g, field - ${BITS}); else ${note}` : note}`;
  const takeValue = `switch (field) {
      ${cases.join("\n      ")}
      default: ${doubt}i = scanValue(b, v, i, 0);
    }`;
  return `function unordered(b, v, i, s, f, g) {
  ${hasAlternatives ? "let e = 0;" : ""}
  ${membersSource(takeKey, takeValue)}
}
`;
}

/** The number of the field whose key is at `i`, quotes included; -1 when there is no such field. */
function keySource(fields: readonly Field[]): string {
  const byLength = new Map<number, string>();
  for (const [number, { name }] of fields.entries()) {
    const text = `"${name}"`;
    const test = `if (${wordTests(text).join(" && ")}) return ${number};`;
    byLength.set(text.length, `${byLength.get(text.length) ?? ""} ${test}`);
  }
  const cases = [...byLength].map(([length, tests]) => `case ${length}:${tests} break;`);
  return `function fieldOf(v, i, length) {
  switch (length) {
    ${cases.join("\n    ")}
  }
  return -1;
}
`;
}
