/** @module Code that scans times. */
import {
  add,
  and,
  type Code,
  equal,
  giveBack,
  i32,
  increase,
  isAbove,
  isAtMost,
  isZero,
  jump,
  load8,
  loop,
  multiply,
  or,
  set,
  sub,
  type Variable,
  when,
} from "../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { CLASS } from "../layout.ts";
import { COLON, QUOTE } from "../line.ts";
import { isOf, unsure } from "./text.ts";

const DASH = 0x2d;
const DOT = 0x2e;
const PLUS = 0x2b;
const T = 0x54;
const Z = 0x5a;
const ZERO = 0x30;
/** `2023-09-09T23:27:42`, and digits of fractions. */
const SECONDS_LENGTH = 19;
const MAX_FRACTION_DIGITS = 9;
const ZONE_LENGTH = 5;

const is = (at: Variable, offset: number, character: number): Code =>
  equal(load8(at, offset), i32(character));
const all = (...conditions: Code[]): Code => conditions.reduce(and);

/** Whether there are two digits, of a number from `min` to `max`. */
function isPart(at: Variable, offset: number, min: number, max: number): Code {
  const tens = sub(load8(at, offset), i32(ZERO));
  const ones = sub(load8(at, offset + 1), i32(ZERO));
  const number = add(multiply(tens, i32(10)), ones);
  // What is no digit is large, as a number without a sign.
  return all(isAtMost(tens, i32(9)), isAtMost(ones, i32(9)), isAtMost(sub(number, i32(min)), i32(max - min)));
}

/** `(at)`: a time, from behind its opening quote on: `isTimestamp` of the schemas says of what form. */
export function defineTime(program: ModuleBuilder): Callee {
  const isDigit = (at: Variable, offset: number): Code => isOf(CLASS.digit, at, offset);
  const isDate = (at: Variable): Code =>
    all(
      ...[0, 1, 2, 3].map((offset) => isDigit(at, offset)),
      is(at, 4, DASH),
      isPart(at, 5, 1, 12),
      is(at, 7, DASH),
      isPart(at, 8, 1, 31),
      is(at, 10, T),
    );
  const isClock = (at: Variable): Code =>
    all(
      isPart(at, 11, 0, 23),
      is(at, 13, COLON),
      isPart(at, 14, 0, 59),
      is(at, 16, COLON),
      isPart(at, 17, 0, 60),
    );
  return program.define(1, (locals, at) => {
    const first = locals.add();
    const isZone = all(
      or(is(at, 0, PLUS), is(at, 0, DASH)),
      isPart(at, 1, 0, 23),
      is(at, 3, COLON),
      isPart(at, 4, 0, 59),
    );
    return [
      when(isZero(all(isDate(at), isClock(at))), unsure),
      increase(at, i32(SECONDS_LENGTH)),
      when(is(at, 0, DOT), [
        increase(at, i32(1)),
        set(first, at),
        loop((again) => when(isDigit(at, 0), [increase(at, i32(1)), jump(again)])),
        when(isAbove(sub(sub(at, first), i32(1)), i32(MAX_FRACTION_DIGITS - 1)), unsure),
      ]),
      when(is(at, 0, Z), increase(at, i32(1)), [
        when(isZero(isZone), unsure),
        increase(at, i32(ZONE_LENGTH + 1)),
      ]),
      when(is(at, 0, QUOTE), giveBack(add(at, i32(1)))),
      unsure,
    ];
  });
}
