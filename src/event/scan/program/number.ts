/** @module Code that scans numbers. That no digit follows is seen by whoever looks for the next token. */
import {
  add,
  and,
  assign,
  bytesAtMost,
  type Code,
  differ,
  equal,
  giveBack,
  highestBits,
  i32,
  increase,
  isAbove,
  isBelow,
  isNegative,
  isZero,
  jumpIf,
  load8,
  load32,
  load128,
  loop,
  or,
  set,
  splat,
  sub,
  subBytes,
  trailingZeros,
  type Variable,
  when,
  xor,
} from "../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { LIMITS } from "../layout.ts";
import { QUOTE } from "../line.ts";
import { unsure } from "./text.ts";

const VECTOR_BYTES = 16;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const LOWER_E = 0x65;
const TO_LOWER = 0x20;

/** The functions of this file. */
export interface NumberScanners {
  /** A number as JSON has them. */
  readonly number: Callee;
  /** `(at, limits)`: an integer, bare or quoted, without exponent, within the limits at an address. */
  readonly integer: Callee;
}

/** Which of the 16 bytes at `at` are digits, a bit each. */
export const digitBits = (at: Variable): Code =>
  highestBits(bytesAtMost(subBytes(load128(at), splat(ZERO)), splat(9)));

/** How many digits stand at `at`; 16 when there are so many or more. */
export const countDigits = (at: Variable): Code => trailingZeros(xor(digitBits(at), i32(-1)));

/** The position behind the digits at `at`, of which there may be none. */
function defineDigits(program: ModuleBuilder): Callee {
  return program.define(1, (locals, at) => {
    const count = locals.add();
    return [
      loop((again) => [
        set(count, countDigits(at)),
        increase(at, count),
        jumpIf(equal(count, i32(VECTOR_BYTES)), again),
      ]),
      giveBack(at),
    ];
  });
}

function defineNumber(program: ModuleBuilder, digits: Callee): Callee {
  return program.define(1, (locals, at) => {
    const first = locals.add();
    const skipDigits = [set(first, at), set(at, digits(at)), when(equal(at, first), unsure)];
    const isSign = or(equal(load8(at), i32(PLUS)), equal(load8(at), i32(MINUS)));
    return [
      when(equal(load8(at), i32(MINUS)), increase(at, i32(1))),
      skipDigits,
      // A number that begins with 0 has no other digits before its point.
      when(and(equal(load8(first), i32(ZERO)), isAbove(sub(at, first), i32(1))), unsure),
      when(equal(load8(at), i32(DOT)), [increase(at, i32(1)), skipDigits]),
      when(equal(or(load8(at), i32(TO_LOWER)), i32(LOWER_E)), [
        increase(at, i32(1)),
        when(isSign, increase(at, i32(1))),
        skipDigits,
      ]),
      giveBack(at),
    ];
  });
}

/**
 * The digits at `at`, which are a number no larger than `limit`, of as many digits as `length` says. Of two numbers of
 * one length, the first digit that differs says which is larger.
 */
function defineMagnitude(program: ModuleBuilder, digits: Callee): Callee {
  return program.define(3, (locals, at, limit, length) => {
    const end = locals.add();
    const count = locals.add();
    return [
      set(end, digits(at)),
      set(count, sub(end, at)),
      when(isZero(count), unsure),
      when(isAbove(count, length), unsure),
      when(and(equal(load8(at), i32(ZERO)), isAbove(count, i32(1))), unsure),
      when(isBelow(count, length), giveBack(end)),
      loop((again) => [
        when(isBelow(load8(at), load8(limit)), giveBack(end)),
        when(differ(load8(at), load8(limit)), unsure),
        increase(limit, i32(1)),
        jumpIf(differ(assign(at, add(at, i32(1))), end), again),
      ]),
      giveBack(end),
    ];
  });
}

function defineInteger(program: ModuleBuilder, magnitude: Callee): Callee {
  return program.define(2, (locals, at, limits) => {
    const isQuoted = locals.add();
    return [
      set(isQuoted, equal(load8(at), i32(QUOTE))),
      increase(at, isQuoted),
      when(
        equal(load8(at), i32(MINUS)),
        [
          // Types without negative numbers have a lowest one without digits.
          increase(at, i32(1)),
          when(equal(load8(at), i32(ZERO)), unsure),
          set(at, magnitude(at, add(limits, i32(LIMITS.lowest)), load32(limits, LIMITS.lowestLength))),
        ],
        set(at, magnitude(at, add(limits, i32(LIMITS.highest)), load32(limits, LIMITS.highestLength))),
      ),
      when(or(isZero(isQuoted), isNegative(at)), giveBack(at)),
      when(equal(load8(at), i32(QUOTE)), giveBack(add(at, i32(1)))),
      unsure,
    ];
  });
}

export function defineNumbers(program: ModuleBuilder): NumberScanners {
  const digits = defineDigits(program);
  return {
    number: defineNumber(program, digits),
    integer: defineInteger(program, defineMagnitude(program, digits)),
  };
}
