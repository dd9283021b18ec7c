/** @module Code that writes attributes: names, texts without their escapes, integers. Functions give back -1 where they are not sure. */
import { BACKSLASH } from "../../../event/scan/line.ts";
import { unsure, VECTOR_BYTES } from "../../../event/scan/program/text.ts";
import {
  add,
  and,
  type Code,
  equal,
  equalBytes,
  giveBack,
  highestBits,
  i32,
  increase,
  isAbove,
  isBelow,
  isZero,
  jump,
  load8,
  load32,
  load128,
  loop,
  multiply,
  or,
  set,
  shiftRight,
  splat,
  store8,
  sub,
  trailingZeros,
  type Variable,
  when,
} from "../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { STEP } from "./layout.ts";

/** `LogRecord.attributes`, `AnyValue.string_value` and `.int_value`, with their wire types. */
const [ATTRIBUTE, STRING, INT] = [0x32, 0x0a, 0x18];
const [DIGIT_0, U] = [0x30, 0x75];
/** Of an integer that has room in 32 bits whatever its digits are. */
const MOST_DIGITS = 9;
/** What stands behind a backslash, and what is meant by it, where that is not the same. */
const ESCAPES: Readonly<Record<string, number>> = { b: 8, f: 12, n: 10, r: 13, t: 9 };

/** The functions that steps are written with. */
export interface Parts {
  readonly out: Variable;
  readonly put: Callee;
  readonly base: Callee;
  readonly extension: Callee;
  readonly isSame: Callee;
  /** `(start, end)`: bytes of a text of JSON, without its quotes and escapes. */
  readonly length: Callee;
  /** `(start, end)`: writes them. */
  readonly content: Callee;
  /** `(value)`: writes a varint. */
  readonly varint: Callee;
  /** `(step, length)`: writes all that stands before a text of so many bytes. */
  readonly begin: Callee;
  /** `(step, start, end)`: writes an integer; none is 0. */
  readonly int: Callee;
}

export const write = (out: Variable, byte: number): Code => [store8(out, i32(byte)), increase(out, i32(1))];

export function defineVarint(program: ModuleBuilder, out: Variable): Callee {
  return program.define(1, (_, value) => [
    loop((again) =>
      when(isAbove(value, i32(0x7f)), [
        store8(out, or(and(value, i32(0x7f)), i32(0x80))),
        increase(out, i32(1)),
        set(value, shiftRight(value, i32(7))),
        jump(again),
      ]),
    ),
    store8(out, value),
    increase(out, i32(1)),
    giveBack(out),
  ]);
}

/** Bytes of a varint. Comparisons give 1 or 0. */
export const sizeOf = (value: Code): Code =>
  add(
    add(i32(1), isAbove(value, i32(0x7f))),
    add(add(isAbove(value, i32(0x3fff)), isAbove(value, i32(0x1f_ffff))), isAbove(value, i32(0xfff_ffff))),
  );

type Writers = Pick<Parts, "out" | "put" | "varint">;

/** `inner`: bytes of the value. Up to its length. */
function writeName({ out, put, varint }: Writers, step: Variable, inner: Variable, scratch: Variable): Code {
  const name = load32(step, STEP.name);
  return [
    write(out, ATTRIBUTE),
    set(scratch, varint(add(add(load32(step, STEP.nameLength), sizeOf(inner)), inner))),
    set(out, put(name, add(name, load32(step, STEP.nameLength)))),
    set(scratch, varint(inner)),
  ];
}

export function defineBegin(program: ModuleBuilder, writers: Writers): Callee {
  const { out, varint } = writers;
  return program.define(2, (locals, step, length) => {
    const inner = locals.add();
    const scratch = locals.add();
    return [
      set(inner, add(add(i32(1), sizeOf(length)), length)),
      writeName(writers, step, inner, scratch),
      write(out, STRING),
      giveBack(varint(length)),
    ];
  });
}

export function defineInt(program: ModuleBuilder, writers: Writers): Callee {
  const { out, varint } = writers;
  return program.define(3, (locals, step, at, end) => {
    const value = locals.add();
    const inner = locals.add();
    const scratch = locals.add();
    return [
      when(at, [
        when(isAbove(sub(end, at), i32(MOST_DIGITS)), unsure),
        loop((again) =>
          when(isBelow(at, end), [
            set(value, add(multiply(value, i32(10)), sub(load8(at), i32(DIGIT_0)))),
            increase(at, i32(1)),
            jump(again),
          ]),
        ),
      ]),
      set(inner, add(i32(1), sizeOf(value))),
      writeName(writers, step, inner, scratch),
      write(out, INT),
      giveBack(varint(value)),
    ];
  });
}

export function defineLength(program: ModuleBuilder): Callee {
  return program.define(2, (locals, at, end) => {
    const length = locals.add();
    const marks = locals.add();
    return [
      increase(at, i32(1)),
      set(end, sub(end, i32(1))),
      set(length, sub(end, at)),
      loop((again) =>
        when(isBelow(at, end), [
          set(marks, highestBits(equalBytes(load128(at), splat(BACKSLASH)))),
          when(isZero(marks), [increase(at, i32(VECTOR_BYTES)), jump(again)]),
          increase(at, trailingZeros(marks)),
          when(isBelow(at, end), [
            when(equal(load8(at, 1), i32(U)), unsure),
            set(length, sub(length, i32(1))),
            increase(at, i32(2)),
            jump(again),
          ]),
        ]),
      ),
      giveBack(length),
    ];
  });
}

/** Without an escape that is a copy. */
export function defineContent(program: ModuleBuilder, out: Variable, put: Callee): Callee {
  const plain = definePlainLength(program);
  return program.define(2, (locals, at, end) => {
    const byte = locals.add();
    const isEscaped = Object.entries(ESCAPES).map(([letter, code]) =>
      when(equal(byte, i32(letter.charCodeAt(0))), set(byte, i32(code))),
    );
    return [
      increase(at, i32(1)),
      set(end, sub(end, i32(1))),
      loop((again) => [
        set(byte, plain(at, end)),
        set(out, put(at, byte)),
        set(at, byte),
        when(isBelow(at, end), [
          set(byte, load8(at, 1)),
          isEscaped,
          store8(out, byte),
          increase(out, i32(1)),
          increase(at, i32(2)),
          when(isBelow(at, end), jump(again)),
        ]),
      ]),
      giveBack(out),
    ];
  });
}

/** `(at, end)`: the next backslash, or the end. */
export function definePlainLength(program: ModuleBuilder): Callee {
  return program.define(2, (locals, at, end) => {
    const marks = locals.add();
    return [
      loop((again) =>
        when(isBelow(at, end), [
          set(marks, highestBits(equalBytes(load128(at), splat(BACKSLASH)))),
          when(isZero(marks), [increase(at, i32(VECTOR_BYTES)), jump(again)]),
          increase(at, trailingZeros(marks)),
          when(isBelow(at, end), giveBack(at)),
        ]),
      ),
      giveBack(end),
    ];
  });
}
