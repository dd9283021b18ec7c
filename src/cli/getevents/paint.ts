/** @module Colours of compact output: those of `tetra`, which wraps empty texts, too. */
import { printable } from "../../lib/text/printable.ts";

const CODES = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

/** Shows a text from an event, which never holds anything that a terminal obeys. */
export type Paint = Readonly<Record<keyof typeof CODES, (text: string) => string>>;

/** @param colors Whether there are any. */
export function createPaint(colors: boolean): Paint {
  const paint = (code: number) => (text: string) =>
    colors ? `\u001b[${code}m${printable(text)}\u001b[0m` : printable(text);
  return Object.fromEntries(Object.entries(CODES).map(([name, code]) => [name, paint(code)])) as Paint;
}
