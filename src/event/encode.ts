/** @module Events that are changed and encoded anew: no digit of a number may be lost on the way. */
import type { JsonObject } from "../lib/json/object.ts";

/** A number as it stands in the text, where JavaScript would write it in another way. `JSON.stringify` writes it as it is. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** What engines have of https://github.com/tc39/proposal-json-parse-with-source, which the language's types lack yet. */
const json = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

/**
 * What may be a number that `JSON.stringify` would write in another way: behind the name of a member, or in a list. In
 * strings it does no harm to find one; the seconds of times are none.
 */
const ODD_NUMBER = /(?:"[ \t\n\r]*:|[[,])[ \t\n\r]*(?:-?(?:[0-9]{16}|[0-9]+\.|[0-9]+[eE])|-0[,\]} \t\r\n])/;

/**
 * Decodes an event that will be changed and encoded again. Numbers that JavaScript would write in another way are
 * {@link RawNumber}s; all else is what `JSON.parse` makes of it.
 * @param text One JSON object, nested no deeper than the stack allows.
 * @throws SyntaxError when `text` is not JSON or not an object.
 */
export function decodeLossless(text: string): JsonObject {
  const value: unknown = ODD_NUMBER.test(text) ? json.parse(text, keepNumber) : JSON.parse(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new SyntaxError("Cannot decode event: found JSON that is no object");
}

function keepNumber(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === "number" && source !== undefined && source !== String(value)
    ? json.rawJSON(source)
    : value;
}

/** Whether `value` is a number that was kept as it stood. */
export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}

/** The event as one line of JSON without its newline; fields stay in order. */
export function encode(event: JsonObject): string {
  return JSON.stringify(event);
}
