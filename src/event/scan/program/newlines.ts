/** @module The program that finds the ends of lines, as WebAssembly: small, so that whoever scans nothing compiles no more. */
import {
  add,
  and64,
  assign,
  equal,
  equalBytes,
  giveBack,
  hasBits,
  i32,
  i64,
  increase,
  isBelow,
  isZero,
  isZero64,
  jump,
  load128,
  loop,
  or128,
  set,
  shiftLeft,
  splat,
  store32,
  sub,
  sub64,
  trailingZeros64,
  when,
  wrap,
} from "../../../lib/wasm/code.ts";
import { ModuleBuilder } from "../../../lib/wasm/module.ts";
import { NEWLINE } from "../line.ts";
import { BLOCK_BYTES, bitsOf, OFFSETS } from "./text.ts";

/** What the program exports. */
export interface NewlineProgram {
  /**
   * Looks for newlines in `[at, end)`, and writes where each ends: offsets from `base`, as numbers of 32 bits from `out` on.
   * @param most It stops after so many.
   * @returns How many there were.
   */
  findNewlines(at: number, end: number, base: number, out: number, most: number): number;
}

/** The program as a module, which imports its memory as `host.memory`. Up to 63 bytes behind the end are read. */
export function newlineProgram(): Uint8Array<ArrayBuffer> {
  const program = new ModuleBuilder();
  program.define(
    5,
    (locals, at, end, base, out, most) => {
      const vectors = OFFSETS.map(() => locals.add("v128"));
      const bits = locals.add("i64");
      const place = locals.add();
      const count = locals.add();
      const isNewline = OFFSETS.map((offset, i) =>
        assign(vectors[i]!, equalBytes(load128(at, offset), splat(NEWLINE))),
      );
      return [
        loop((again) =>
          when(isBelow(at, end), [
            when(hasBits(isNewline.reduce(or128)), [
              set(
                bits,
                bitsOf(vectors, (vector) => vector),
              ),
              loop((next) => [
                set(place, add(at, wrap(trailingZeros64(bits)))),
                when(isZero(isBelow(place, end)), giveBack(count)),
                store32(add(out, shiftLeft(count, i32(2))), sub(add(place, i32(1)), base)),
                increase(count, i32(1)),
                when(equal(count, most), giveBack(count)),
                set(bits, and64(bits, sub64(bits, i64(1n)))),
                when(isZero(isZero64(bits)), jump(next)),
              ]),
            ]),
            increase(at, i32(BLOCK_BYTES)),
            jump(again),
          ]),
        ),
        giveBack(count),
      ];
    },
    "findNewlines",
  );
  return program.build();
}
