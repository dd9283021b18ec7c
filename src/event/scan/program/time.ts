/** @module Code that scans times. */
import {
  add,
  and,
  type Code,
  constant128,
  equal,
  equalBytes,
  giveBack,
  highestBits,
  i32,
  increase,
  isAbove,
  isAtMost,
  isZero,
  load8,
  load128,
  multiply,
  or,
  set,
  sub,
  type Variable,
  when,
} from "../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { COLON, QUOTE } from "../line.ts";
import { countDigits, digitBits } from "./number.ts";
import { unsure } from "./text.ts";

const DASH = 0x2d;
export const DOT = 0x2e;
const PLUS = 0x2b;
export const Z = 0x5a;
const ZERO = 0x30;
/** `2023-09-09T23:27:42` */
export const SECONDS_LENGTH = 19;
const MAX_FRACTION_DIGITS = 9;
const ZONE_LENGTH = 5;

const is = (at: Variable, offset: number, character: number): Code =>
  equal(load8(at, offset), i32(character));
const all = (...conditions: Code[]): Code => conditions.reduce(and);

/** The number that two bytes are, if they are digits. */
export const twoDigits = (at: Variable, offset: number): Code =>
  sub(add(multiply(load8(at, offset), i32(10)), load8(at, offset + 1)), i32(ZERO * 11));
const isWithin = (number: Code, min: number, max: number): Code =>
  isAtMost(sub(number, i32(min)), i32(max - min));

/** Whether there are two digits, of a number from `min` to `max`. */
function isPart(at: Variable, offset: number, min: number, max: number): Code {
  // What is no digit is large, as a number without a sign.
  const isDigit = (place: number) => isAtMost(sub(load8(at, place), i32(ZERO)), i32(9));
  return all(isDigit(offset), isDigit(offset + 1), isWithin(twoDigits(at, offset), min, max));
}

/** What stands between the numbers of a date and a clock's hours and minutes, and where. */
const SEPARATORS = "    -  -  T  :  ";
const SEPARATOR_BITS = [...SEPARATORS].reduce((bits, c, i) => bits | (c === " " ? 0 : 1 << i), 0);

/** Whether a date and a time of day, to seconds, stand at `at`: 16 bytes are told digits from separators at once. */
export function isDateTime(at: Variable): Code {
  const bytes = load128(at);
  const separators = and(
    highestBits(equalBytes(bytes, constant128([...Buffer.from(SEPARATORS)]))),
    i32(SEPARATOR_BITS),
  );
  return all(
    equal(or(separators, and(digitBits(at), i32(~SEPARATOR_BITS))), i32(0xffff)),
    isWithin(twoDigits(at, 5), 1, 12),
    isWithin(twoDigits(at, 8), 1, 31),
    isWithin(twoDigits(at, 11), 0, 23),
    isWithin(twoDigits(at, 14), 0, 59),
    is(at, 16, COLON),
    isPart(at, 17, 0, 60),
  );
}

/** Moves `at` behind a fraction of a second, from its point on. */
export function passFraction(at: Variable, digits: Variable, otherwise: Code): Code {
  return [
    increase(at, i32(1)),
    set(digits, countDigits(at)),
    when(isAbove(sub(digits, i32(1)), i32(MAX_FRACTION_DIGITS - 1)), otherwise),
    increase(at, digits),
  ];
}

/** `(at)`: a time, from behind its opening quote on: `isTimestamp` of the schemas says of what form. */
export function defineTime(program: ModuleBuilder): Callee {
  return program.define(1, (locals, at) => {
    const digits = locals.add();
    const isZone = all(
      or(is(at, 0, PLUS), is(at, 0, DASH)),
      isPart(at, 1, 0, 23),
      is(at, 3, COLON),
      isPart(at, 4, 0, 59),
    );
    return [
      when(isZero(isDateTime(at)), unsure),
      increase(at, i32(SECONDS_LENGTH)),
      when(is(at, 0, DOT), passFraction(at, digits, unsure)),
      when(is(at, 0, Z), increase(at, i32(1)), [
        when(isZero(isZone), unsure),
        increase(at, i32(ZONE_LENGTH + 1)),
      ]),
      when(is(at, 0, QUOTE), giveBack(add(at, i32(1)))),
      unsure,
    ];
  });
}
