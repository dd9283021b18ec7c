/** @module Code that finds attributes which were made of the same part of another line. */
import { VECTOR_BYTES } from "../../../event/scan/program/text.ts";
import {
  add,
  and,
  equal,
  extend,
  giveBack,
  hasBits,
  i32,
  i64,
  increase,
  isBelow,
  isZero,
  jump,
  load32,
  load64,
  load128,
  loop,
  multiply,
  multiply64,
  set,
  shiftRight64,
  sub,
  type Variable,
  when,
  wrap,
  xor128,
} from "../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { KEPT, KEPT_SET_BITS, KEPT_SET_ENTRIES, KEPT_SETS } from "./layout.ts";

/** The highest bits of its products depend on all bits of a word. */
const MULTIPLIER = 0x9e37_79b9_7f4a_7c15n;
const WORD_BITS = 64;

interface Parts {
  readonly out: Variable;
  readonly put: Callee;
  readonly isSame: Callee;
}

/** `(one, two, length)`: whether the bytes are the same. */
function defineIsSameLong(program: ModuleBuilder, isSame: Callee): Callee {
  return program.define(3, (locals, one, two, length) => {
    const last = locals.add();
    const differs = hasBits(xor128(load128(one), load128(two)));
    return [
      when(isBelow(length, i32(VECTOR_BYTES)), giveBack(isSame(one, two, length))),
      set(last, add(one, sub(length, i32(VECTOR_BYTES)))),
      loop((again) =>
        when(isBelow(one, last), [
          when(differs, giveBack(i32(0))),
          increase(one, i32(VECTOR_BYTES)),
          increase(two, i32(VECTOR_BYTES)),
          jump(again),
        ]),
      ),
      set(two, sub(two, sub(one, last))),
      set(one, last),
      giveBack(isZero(differs)),
    ];
  });
}

/** Defines `keptSet(word)` and `kept(kind, start, end, word, to)`, which the program's description explains. */
export function defineKept(program: ModuleBuilder, { out, put, isSame }: Parts): void {
  const isSameLong = defineIsSameLong(program, isSame);
  const keptSet = program.define(
    1,
    (_, word) => {
      const hash = multiply64(load64(word), i64(MULTIPLIER));
      const number = wrap(shiftRight64(hash, extend(i32(WORD_BITS - KEPT_SET_BITS))));
      return giveBack(add(i32(KEPT_SETS), multiply(number, i32(KEPT_SET_ENTRIES * KEPT.bytes))));
    },
    "keptSet",
  );
  program.define(
    5,
    (locals, kind, start, end, word, to) => {
      const [entry, length, left, value] = [locals.add(), locals.add(), locals.add(), locals.add()];
      return [
        set(entry, keptSet(word)),
        set(length, sub(end, start)),
        set(left, i32(KEPT_SET_ENTRIES)),
        loop((again) => [
          when(
            and(equal(load32(entry, KEPT.kind), kind), equal(load32(entry, KEPT.keyLength), length)),
            when(isSameLong(start, add(entry, i32(KEPT.key)), length), [
              set(out, to),
              set(value, add(entry, i32(KEPT.value))),
              giveBack(put(value, add(value, load32(entry, KEPT.valueLength)))),
            ]),
          ),
          increase(entry, i32(KEPT.bytes)),
          set(left, sub(left, i32(1))),
          when(left, jump(again)),
        ]),
        giveBack(i32(0)),
      ];
    },
    "kept",
  );
}
