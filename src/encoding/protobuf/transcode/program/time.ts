/** @module Code that writes times. */
import { QUOTE } from "../../../../event/scan/line.ts";
import { countDigits } from "../../../../event/scan/program/number.ts";
import { unsure } from "../../../../event/scan/program/text.ts";
import { DOT, isDateTime, SECONDS_LENGTH, twoDigits, Z } from "../../../../event/scan/program/time.ts";
import { isByte } from "../../../../event/scan/program/value.ts";
import {
  add,
  and,
  equal,
  giveBack,
  i32,
  increase,
  isAbove,
  isBelow,
  isZero,
  jump,
  load8,
  load16,
  load32,
  loop,
  multiply,
  select,
  set,
  shiftLeft,
  shiftRight,
  store8,
  sub,
  type Variable,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { DAYS_BEFORE } from "../layout.ts";
import { type Output, writeTag } from "./output.ts";

const ZERO = 0x30;
const SECONDS_TAG = 0x08;
const NANOS_TAG = 0x10;
/** Years of which every fourth one has a leap day, and whose seconds 32 bits hold. */
const FIRST_YEAR = 1970;
const YEARS = 130;
const DAY_SECONDS = 86_400;
const FRACTION_DIGITS = 9;

const isLeap = (year: Variable) => isZero(and(year, i32(3)));
/** Days of a year before the month with a number, or before one of those behind it. */
const daysBefore = (month: Variable, later = 0) =>
  load32(shiftLeft(month, i32(2)), DAYS_BEFORE + 4 * (later - 1));

/** Days of a month. */
const monthLength = (year: Variable, month: Variable) =>
  add(sub(daysBefore(month, 1), daysBefore(month)), and(isLeap(year), equal(month, i32(2))));

/** Days from 1970 until the first of a month. */
const daysUntil = (year: Variable, month: Variable) =>
  [
    multiply(sub(year, i32(FIRST_YEAR)), i32(365)),
    shiftRight(sub(year, i32(FIRST_YEAR - 1)), i32(2)),
    daysBefore(month),
    and(isLeap(year), isAbove(month, i32(2))),
  ].reduce(add);

/** `(at, value)`: a time in UTC of these years, from its quote on. */
export function defineTime(program: ModuleBuilder, { out, varint }: Output): Callee {
  return program.define(2, (locals, at, value) => {
    const year = locals.add();
    const month = locals.add();
    const day = locals.add();
    const seconds = locals.add();
    const nanos = locals.add();
    const digits = locals.add();
    const place = locals.add();
    const begin = locals.add();
    const timeOfDay = add(
      multiply(add(multiply(twoDigits(at, 11), i32(60)), twoDigits(at, 14)), i32(60)),
      twoDigits(at, 17),
    );
    const digit = select(isBelow(place, digits), sub(load8(add(at, place)), i32(ZERO)), i32(0));
    const part = (tag: number, number: Variable) =>
      when(number, [store8(out, i32(tag)), set(out, varint(add(out, i32(1)), number))]);
    return [
      when(isZero(isByte(at, QUOTE)), unsure),
      increase(at, i32(1)),
      when(isZero(isDateTime(at)), unsure),
      set(year, add(multiply(twoDigits(at, 0), i32(100)), twoDigits(at, 2))),
      when(isAbove(sub(year, i32(FIRST_YEAR)), i32(YEARS - 1)), unsure),
      set(month, twoDigits(at, 5)),
      set(day, sub(twoDigits(at, 8), i32(1))),
      when(isZero(isBelow(day, monthLength(year, month))), unsure),
      set(seconds, add(multiply(add(daysUntil(year, month), day), i32(DAY_SECONDS)), timeOfDay)),
      increase(at, i32(SECONDS_LENGTH)),
      when(isByte(at, DOT), [
        increase(at, i32(1)),
        set(digits, countDigits(at)),
        when(isAbove(sub(digits, i32(1)), i32(FRACTION_DIGITS - 1)), unsure),
        loop((again) => [
          set(nanos, add(multiply(nanos, i32(10)), digit)),
          increase(place, i32(1)),
          when(isBelow(place, i32(FRACTION_DIGITS)), jump(again)),
        ]),
        increase(at, digits),
      ]),
      when(isZero(equal(load16(at), i32(Z | (QUOTE << 8)))), unsure),
      writeTag(out, value),
      set(begin, out),
      increase(out, i32(1)),
      part(SECONDS_TAG, seconds),
      part(NANOS_TAG, nanos),
      store8(begin, sub(sub(out, begin), i32(1))),
      giveBack(add(at, i32(2))),
    ];
  });
}
