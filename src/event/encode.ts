/** @module Events that are changed and encoded anew: no digit of an integer may be lost on the way. */
import type { JsonObject } from "../lib/json/object.ts";

/**
 * A number that `JSON.parse` may not keep: one of 16 digits or more (2^53 has 16), or with an exponent. What
 * stands before and after it is part of the pattern, so that a place in a string seldom looks like one.
 */
const LONG_NUMBER = /[[:,][ \t\n\r]*(-?(?=[0-9]{16}|[0-9.]+[eE])[0-9.eE+-]+)(?=[ \t\n\r]*[,\]}])/g;

/** JSON's grammar of a number; an integer has neither of the last two groups. */
const NUMBER = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** Digits up to which a number with an exponent is written out; 64-bit integers have 20. */
const MAX_DIGITS = 40;

const BACKSLASH = 0x5c;

/**
 * Decodes an event that will be changed and encoded again. An integer that a JavaScript number cannot hold
 * becomes a decimal string, which is how protojson itself writes 64-bit integers; all else is what `JSON.parse`
 * makes of it.
 * @param text One JSON object.
 * @throws SyntaxError when `text` is not JSON or not an object.
 */
export function decodeLossless(text: string): JsonObject {
  const value: unknown = JSON.parse(quoteLongIntegers(text));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new SyntaxError("Cannot decode event: found JSON that is no object");
}

/** The event as one line of JSON without its newline; fields stay in order. */
export function encode(event: JsonObject): string {
  return JSON.stringify(event);
}

/** `text` with quotes around the integers that a JavaScript number cannot hold. Looks at each character once or twice. */
function quoteLongIntegers(text: string): string {
  LONG_NUMBER.lastIndex = 0;
  let match = LONG_NUMBER.exec(text);
  if (match === null) return text;
  let quoted = "";
  let copied = 0;
  const strings = new StringSkipper(text);
  while (match !== null) {
    const token = match[1]!;
    const end = match.index + match[0].length;
    const outside = strings.skip(match.index);
    if (outside > match.index) {
      LONG_NUMBER.lastIndex = outside;
    } else {
      quoted += text.slice(copied, end - token.length) + quoteIfLong(token);
      copied = end;
    }
    match = LONG_NUMBER.exec(text);
  }
  return quoted + text.slice(copied);
}

/** Knows which places lie in strings; to be asked in ascending order. */
class StringSkipper {
  readonly #text: string;
  /** The quote that begins the first string not looked at yet; the text's length when there is none. */
  #opening: number;

  constructor(text: string) {
    this.#text = text;
    this.#opening = this.#quoteFrom(0);
  }

  /** `target` when it lies in no string, else the place after the string that it lies in. */
  skip(target: number): number {
    while (this.#opening < target) {
      const end = this.#endOfString(this.#opening + 1);
      this.#opening = this.#quoteFrom(end);
      if (end > target) return end;
    }
    return target;
  }

  /** The place after the quote that ends the string whose first character is at `start`. */
  #endOfString(start: number): number {
    let quote = this.#quoteFrom(start);
    while (quote < this.#text.length) {
      let first = quote;
      while (first > start && this.#text.charCodeAt(first - 1) === BACKSLASH) first--;
      if ((quote - first) % 2 === 0) return quote + 1;
      quote = this.#quoteFrom(quote + 1);
    }
    return quote;
  }

  #quoteFrom(at: number): number {
    const quote = this.#text.indexOf('"', at);
    return quote < 0 ? this.#text.length : quote;
  }
}

/** `token` as it is, or quoted when `JSON.parse` would change the integer that it is. */
function quoteIfLong(token: string): string {
  const value = Number(token);
  if (Number.isSafeInteger(value)) return token;
  const parts = NUMBER.exec(token);
  if (parts === null) return token;
  const [, sign = "", whole = "", fraction = "", exponent] = parts;
  if (fraction === "" && exponent === undefined) return `"${token}"`;
  const digits = integerDigits(whole, fraction, Number(exponent ?? 0));
  if (digits !== undefined) return `"${sign}${digits}"`;
  return Number.isFinite(value) ? token : `"${token}"`;
}

/** The digits of a number with a fraction or an exponent, if it is an integer of a sensible length. */
function integerDigits(whole: string, fraction: string, exponent: number): string | undefined {
  const decimals = fraction.replace(/0+$/, "");
  const zeros = exponent - decimals.length;
  if (zeros < 0 || whole.length + decimals.length + zeros > MAX_DIGITS) return undefined;
  return (whole + decimals + "0".repeat(zeros)).replace(/^0+(?=[0-9])/, "");
}
