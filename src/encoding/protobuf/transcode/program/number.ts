/** @module Code that writes integers. That no digit follows is seen by whoever looks for the next token. */
import { QUOTE } from "../../../../event/scan/line.ts";
import { unsure } from "../../../../event/scan/program/text.ts";
import { isByte } from "../../../../event/scan/program/value.ts";
import {
  add64,
  and,
  assign,
  type Code,
  extend,
  giveBack,
  i32,
  i64,
  increase,
  isAbove,
  isAbove64,
  isAtMost,
  isZero,
  isZero64,
  jump,
  load8,
  load32,
  load64,
  loop,
  multiply64,
  or,
  set,
  sub,
  sub64,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { LIMITS, VALUE } from "../layout.ts";
import { type Output, writeNumber, writeTag } from "./output.ts";

const MINUS = 0x2d;
const ZERO = 0x30;
/** Digits that 64 bits hold, whatever they are. */
const SAFE_DIGITS = 19;

/** `(at, value)`: an integer without exponent, bare or quoted, within the limits of the value's type. */
export function defineInteger(program: ModuleBuilder, { out }: Output): Callee {
  return program.define(2, (locals, at, value) => {
    const isQuoted = locals.add();
    const isNegative = locals.add();
    const first = locals.add();
    const digit = locals.add();
    const number = locals.add("i64");
    const exceeds = (limit: number): Code => isAbove64(number, load64(load32(value, VALUE.of), limit));
    return [
      increase(at, assign(isQuoted, isByte(at, QUOTE))),
      increase(at, assign(isNegative, isByte(at, MINUS))),
      set(first, at),
      loop((again) =>
        when(isAtMost(assign(digit, sub(load8(at), i32(ZERO))), i32(9)), [
          set(number, add64(multiply64(number, i64(10n)), extend(digit))),
          increase(at, i32(1)),
          jump(again),
        ]),
      ),
      when(isAbove(sub(sub(at, first), i32(1)), i32(SAFE_DIGITS - 1)), unsure),
      // Neither `-0` nor `007`.
      when(and(isByte(first, ZERO), or(isNegative, isAbove(sub(at, first), i32(1)))), unsure),
      when(isNegative, when(exceeds(LIMITS.lowest), unsure), when(exceeds(LIMITS.highest), unsure)),
      when(isQuoted, [when(isZero(isByte(at, QUOTE)), unsure), increase(at, i32(1))]),
      when(and(isZero64(number), isZero(load8(value, VALUE.keepsDefault))), giveBack(at)),
      writeTag(out, value),
      when(isNegative, set(number, sub64(i64(0n), number))),
      writeNumber(out, number),
      giveBack(at),
    ];
  });
}
