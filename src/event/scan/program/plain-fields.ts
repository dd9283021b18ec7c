/**
 * @module Code that passes fields as most are: of a known name, in the order of the descriptor, texts without escapes and
 * numbers of few digits, without white space. It calls nothing, so that all it knows stays in registers; what is written
 * in another way is left to message.ts, from the name of the field on.
 */
import {
  add,
  and,
  and128,
  block,
  type Code,
  choose,
  differ,
  equal,
  equalBytes,
  giveBack,
  hasBits,
  highestBits,
  i32,
  increase,
  isAbove,
  isAtMost,
  isBelow,
  isZero,
  jump,
  jumpIf,
  type Label,
  load8,
  load16,
  load32,
  load64,
  load128,
  loop,
  or,
  or64,
  set,
  shiftLeft,
  sub,
  trailingZeros,
  type Variable,
  when,
  xor,
  xor128,
} from "../../../lib/wasm/code.ts";
import type { Callee, Locals, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { CLASS, FIELD, LIMITS, PLAIN, TYPE } from "../layout.ts";
import { COLON, COMMA, QUOTE } from "../line.ts";
import { countDigits } from "./number.ts";
import { isOf, marksAt, VECTOR_BYTES } from "./text.ts";
import { DOT, isDateTime, passFraction, SECONDS_LENGTH, Z } from "./time.ts";

const ZERO = 0x30;

/** What it has found, besides where it ends. */
export interface PlainFields {
  /**
   * `(at, field, end)`: passes fields from the name at `at` on, for which it looks among those from `field` to `end`.
   * @returns The address behind the last value; `at` where the first field was none of its kind.
   */
  readonly pass: Callee;
  /** The field that may come next. */
  readonly expected: Variable;
  /** The bits of those that it has passed. */
  readonly passed: Variable;
}

/** Whether the first 16 bytes of `name`, or so many as the name of the field has, are those of its name. */
export function beginsWithName(name: Code, field: Variable): Code {
  const differing = and128(xor128(name, load128(field, FIELD.name)), load128(field, FIELD.mask));
  return isZero(hasBits(differing));
}

/** Moves `next` from the opening quote of a text behind the closing one. */
function passText(next: Variable, locals: Locals, stop: Label): Code {
  const vector = locals.add("v128");
  const marks = locals.add();
  return [
    jumpIf(differ(load8(next), i32(QUOTE)), stop),
    increase(next, i32(1)),
    loop((again) => [
      set(
        marks,
        or(marksAt(next, vector), shiftLeft(marksAt(next, vector, VECTOR_BYTES), i32(VECTOR_BYTES))),
      ),
      when(isZero(marks), [increase(next, i32(2 * VECTOR_BYTES)), jump(again)]),
    ]),
    increase(next, trailingZeros(marks)),
    jumpIf(differ(load8(next), i32(QUOTE)), stop),
    increase(next, i32(1)),
  ];
}

/** Moves `next` behind an integer that is not negative and within its limits. */
function passInteger(next: Variable, field: Variable, locals: Locals, stop: Label): Code {
  const digits = locals.add();
  const limits = locals.add();
  const place = locals.add();
  const differing = xor(highestBits(equalBytes(load128(next), load128(limits, LIMITS.highest))), i32(0xffff));
  const safeDigits = load32(field, FIELD.safeDigits);
  return [
    set(digits, countDigits(next)),
    // With as many digits as the limit, the first one that differs says which is larger.
    when(isAbove(sub(digits, i32(1)), sub(safeDigits, i32(1))), [
      set(limits, load32(field, FIELD.type + TYPE.of)),
      jumpIf(differ(digits, load32(limits, LIMITS.highestLength)), stop),
      jumpIf(equal(digits, i32(VECTOR_BYTES)), stop),
      set(place, trailingZeros(or(differing, i32(1 << VECTOR_BYTES)))),
      when(isBelow(place, digits), [
        jumpIf(isAtMost(load8(add(limits, place), LIMITS.highest), load8(add(next, place))), stop),
      ]),
    ]),
    jumpIf(and(equal(load8(next), i32(ZERO)), differ(digits, i32(1))), stop),
    increase(next, digits),
  ];
}

/** Moves `next` behind a time in UTC. */
function passTime(next: Variable, locals: Locals, stop: Label): Code {
  const digits = locals.add();
  return [
    jumpIf(differ(load8(next), i32(QUOTE)), stop),
    increase(next, i32(1)),
    jumpIf(isZero(isDateTime(next)), stop),
    increase(next, i32(SECONDS_LENGTH)),
    when(equal(load8(next), i32(DOT)), passFraction(next, digits, jump(stop))),
    jumpIf(differ(load16(next), i32(Z | (QUOTE << 8))), stop),
    increase(next, i32(2)),
  ];
}

/**
 * `(at, isAny)`: passes strings of a list from the one at `at` on, as long as they are plain, and names of enums unless any
 * string will do. Gives back the address behind the last one; `at` where the first one is another.
 */
export function definePlainTexts(program: ModuleBuilder): Callee {
  return program.define(2, (locals, at, isAny) => {
    const next = locals.add();
    return [
      set(next, at),
      block((stop) =>
        loop((again) => [
          jumpIf(isZero(or(isAny, isOf(CLASS.nameStart, next, 1))), stop),
          passText(next, locals, stop),
          set(at, next),
          increase(next, i32(1)),
          jumpIf(equal(load16(at), i32(COMMA | (QUOTE << 8))), again),
        ]),
      ),
      giveBack(at),
    ];
  });
}

export function definePlainFields(program: ModuleBuilder): PlainFields {
  const expected = program.global();
  const passed = program.global("i64");
  const pass = program.define(3, (locals, at, field, end) => {
    const name = locals.add("v128");
    const next = locals.add();
    const bits = locals.add("i64");
    const first = locals.add();
    const behind = locals.add();
    const length = load32(field, FIELD.length);
    const kinds: Code[] = [];
    return [
      set(behind, at),
      set(first, field),
      block((stop) => {
        kinds[PLAIN.none] = jump(stop);
        kinds[PLAIN.text] = passText(next, locals, stop);
        kinds[PLAIN.integer] = passInteger(next, field, locals, stop);
        kinds[PLAIN.time] = passTime(next, locals, stop);
        return loop((again) => [
          set(name, load128(at)),
          loop((search) => [
            jumpIf(equal(field, end), stop),
            when(isZero(beginsWithName(name, field)), [increase(field, i32(FIELD.bytes)), jump(search)]),
          ]),
          set(first, field),
          jumpIf(isAbove(length, i32(VECTOR_BYTES)), stop),
          set(next, add(at, length)),
          jumpIf(differ(load8(next), i32(COLON)), stop),
          increase(next, i32(1)),
          choose(load32(field, FIELD.plain), kinds),
          set(bits, or64(bits, load64(field, FIELD.bit))),
          increase(field, i32(FIELD.bytes)),
          set(first, field),
          set(behind, next),
          when(equal(load16(next), i32(COMMA | (QUOTE << 8))), [set(at, add(next, i32(1))), jump(again)]),
        ]);
      }),
      set(expected, first),
      set(passed, bits),
      giveBack(behind),
    ];
  });
  return { pass, expected, passed };
}
