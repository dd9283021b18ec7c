/** @module `FileType` and `NotFileType`. */
import type { Operand } from "../../../policy.ts";
import { oneOf, quote } from "../../finding.ts";
import { suggestion } from "../../spelling.ts";
import type { Context } from "../context.ts";
import { type Filter, readValues } from "./filter.ts";

/** Bits of `S_IFMT` by the words for them. */
const TYPES: Readonly<Record<string, number>> = {
  reg: 0o100000,
  dir: 0o040000,
  lnk: 0o120000,
  chr: 0o020000,
  blk: 0o060000,
  fifo: 0o010000,
  sock: 0o140000,
  regular: 0o100000,
  directory: 0o040000,
  link: 0o120000,
  char: 0o020000,
  block: 0o060000,
  pipe: 0o010000,
  socket: 0o140000,
};

/** Reads the operand; `undefined` when something in it is wrong. */
export function fileTypeOperand(filter: Filter, context: Context): Operand | undefined {
  const types = readValues(filter, context, (text, refuse) =>
    Object.hasOwn(TYPES, text)
      ? TYPES[text]
      : refuse({
          found: quote(text),
          expected: oneOf(Object.keys(TYPES).slice(0, 7)),
          cure: suggestion(text.replace(/file$/, ""), Object.keys(TYPES)),
        }),
  );
  if (types.length < filter.values.length) return undefined;
  return { operator: "FileType", isNegated: filter.isNegated, types: [...new Set(types)] };
}
