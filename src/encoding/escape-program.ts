/**
 * @module The program that writes a text of JSON as a text within JSON, as WebAssembly: a backslash before each quote and
 * each backslash, eight bytes at a time. Which of the eight are such is a number, by which a table says where each goes.
 */
import {
  add,
  and,
  bytesBelow,
  type Code,
  constant128,
  countOnes,
  equalBytes,
  giveBack,
  highestBits,
  i32,
  increase,
  isBelow,
  jump,
  load64Zero,
  load128,
  loop,
  lowerBytes,
  or,
  or128,
  pick,
  set,
  shiftLeft,
  shiftRight,
  splat,
  store128,
  sub,
  type Variable,
  when,
} from "../lib/wasm/code.ts";
import { type Callee, ModuleBuilder } from "../lib/wasm/module.ts";

/** Where the table stands. */
export const TABLE = 0;
/** Bytes of what it says of one number. */
const ROW_BYTES = 16;
/** Of eight bytes. */
const NUMBERS = 256;
/** Where the memory is free. */
export const AFTER_TABLE: number = TABLE + NUMBERS * ROW_BYTES;

const [SPACE, QUOTE, BACKSLASH] = [0x20, 0x22, 0x5c];
const VECTOR_BYTES = 16;
const HALF_BYTES = 8;

/** What the program exports. */
export interface EscapeProgram {
  /**
   * Writes the text `[start, end)` to `target`; the texts are apart, and 32 bytes behind each may be read or written.
   * @returns The address after it; 0 where the text has control characters: then what is there means nothing.
   */
  escape(start: number, end: number, target: number): number;
}

/** The table: for each set of bytes that get a backslash, which of eight bytes, or the backslash behind them, goes where. */
export function escapeTable(): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(NUMBERS * ROW_BYTES);
  for (let marked = 0; marked < NUMBERS; marked++) {
    let at = marked * ROW_BYTES;
    for (let byte = 0; byte < HALF_BYTES; byte++) {
      if ((marked >> byte) & 1) table[at++] = HALF_BYTES;
      table[at++] = byte;
    }
  }
  return table;
}

/** The program as a module, which imports its memory as `host.memory`. */
export function escapeProgram(): Uint8Array<ArrayBuffer> {
  const program = new ModuleBuilder();
  defineEscape(program, TABLE, "escape");
  return program.build();
}

/**
 * Adds the function {@link EscapeProgram.escape} to a program.
 * @param table Where the memory has the {@link escapeTable}.
 */
export function defineEscape(program: ModuleBuilder, table: number, exported?: string): Callee {
  return program.define(
    3,
    (locals, at, end, target) => {
      const vector = locals.add("v128");
      const lowest = locals.add("v128");
      const [quotes, backslashes, spaces, behind] = [0, 1, 2, 3].map(() => locals.add("v128")) as [
        Variable,
        Variable,
        Variable,
        Variable,
      ];
      const marks = locals.add();
      const part = locals.add();
      const spread = (offset: number) =>
        pick(or128(load64Zero(at, offset), behind), load128(shiftLeft(part, i32(4)), table));
      const isSpecial = or128(equalBytes(vector, quotes), equalBytes(vector, backslashes));
      const write = (offset: number, marked: Code): Code => [
        set(part, marked),
        store128(target, spread(offset)),
        increase(target, add(countOnes(part), i32(HALF_BYTES))),
      ];
      const writeMarked: Code = [
        write(0, and(marks, i32(0xff))),
        write(HALF_BYTES, shiftRight(marks, i32(HALF_BYTES))),
      ];
      const rest = sub(end, at);
      return [
        set(quotes, splat(QUOTE)),
        set(backslashes, splat(BACKSLASH)),
        set(spaces, splat(SPACE)),
        set(lowest, spaces),
        set(behind, constant128([0, BACKSLASH].flatMap((byte) => Array<number>(HALF_BYTES).fill(byte)))),
        loop((again) => [
          set(vector, load128(at)),
          when(isBelow(rest, i32(VECTOR_BYTES)), [
            // Bits of the bytes that are part of the text.
            set(part, sub(shiftLeft(i32(1), rest), i32(1))),
            when(
              or(and(highestBits(bytesBelow(vector, spaces)), part), highestBits(bytesBelow(lowest, spaces))),
              giveBack(i32(0)),
            ),
            set(marks, and(highestBits(isSpecial), part)),
            writeMarked,
            giveBack(sub(target, sub(i32(VECTOR_BYTES), rest))),
          ]),
          set(lowest, lowerBytes(lowest, vector)),
          set(marks, highestBits(isSpecial)),
          writeMarked,
          increase(at, i32(VECTOR_BYTES)),
          jump(again),
        ]),
      ];
    },
    exported,
  );
}
