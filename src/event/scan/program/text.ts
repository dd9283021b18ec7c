/** @module Code that scans strings. Each function begins behind the opening quote. */
import {
  add,
  and,
  bytesBelow,
  type Code,
  equal,
  equalBytes,
  giveBack,
  highestBits,
  i32,
  increase,
  isAbove,
  isZero,
  jump,
  jumpIf,
  load8,
  load128,
  loop,
  or,
  or128,
  set,
  splat,
  sub,
  trailingZeros,
  type Variable,
  when,
} from "../../../lib/wasm/code.ts";
import type { Callee, Locals, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { CLASS, CLASSES } from "../layout.ts";
import { BACKSLASH, QUOTE, SPACE } from "../line.ts";

/** What every function gives back when it is not sure. */
export const unsure: Code = giveBack(i32(-1));

const VECTOR_BYTES = 16;
const U = 0x75;
const EQUALS = 0x3d;

/** Not 0 where the byte at `address` is of one of the classes. */
export const isOf = (classes: number, address: Code, offset = 0): Code =>
  and(load8(load8(address, offset), CLASSES), i32(classes));

/** The functions of this file. */
export interface TextScanners {
  readonly string: Callee;
  /** The name of an enum's value: text that begins as an identifier does. */
  readonly enumName: Callee;
  /** In one of its alphabets, padded or not. */
  readonly base64: Callee;
  /** A name that no descriptor has, written as it is: one with escapes may be a known one in disguise. */
  readonly plainName: Callee;
}

/**
 * Moves `at` to the next quote, backslash or control character, 16 bytes at a time: each byte that is one becomes a bit,
 * and vectors without such a bit are passed at once.
 */
function passPlainText(at: Variable, locals: Locals): Code {
  const vector = locals.add("v128");
  const marks = locals.add();
  const isQuoteOrBackslash = or128(equalBytes(vector, splat(QUOTE)), equalBytes(vector, splat(BACKSLASH)));
  return [
    loop((again) => [
      set(vector, load128(at)),
      set(marks, highestBits(or128(isQuoteOrBackslash, bytesBelow(vector, splat(SPACE))))),
      when(isZero(marks), [increase(at, i32(VECTOR_BYTES)), jump(again)]),
    ]),
    increase(at, trailingZeros(marks)),
  ];
}

/** Any string. Whether its bytes are UTF-8 is not looked at. */
function defineString(program: ModuleBuilder, skipEscape: Callee): Callee {
  return program.define(1, (locals, at) =>
    loop((again) => [
      passPlainText(at, locals),
      when(equal(load8(at), i32(QUOTE)), giveBack(add(at, i32(1)))),
      when(equal(load8(at), i32(BACKSLASH)), [
        set(at, skipEscape(at)),
        // Not 0, unless it is -1.
        jumpIf(add(at, i32(1)), again),
      ]),
      unsure,
    ]),
  );
}

/** An escape, from its backslash on. */
function defineEscape(program: ModuleBuilder): Callee {
  return program.define(1, (_, at) => {
    const isHex = (offset: number) => isOf(CLASS.hex, at, offset);
    return [
      when(isOf(CLASS.escaped, at, 1), giveBack(add(at, i32(2)))),
      when(
        equal(load8(at, 1), i32(U)),
        when(and(and(isHex(2), isHex(3)), and(isHex(4), isHex(5))), giveBack(add(at, i32(6)))),
      ),
      unsure,
    ];
  });
}

function definePlainName(program: ModuleBuilder): Callee {
  return program.define(1, (locals, at) => [
    passPlainText(at, locals),
    when(equal(load8(at), i32(QUOTE)), giveBack(add(at, i32(1)))),
    unsure,
  ]);
}

function defineBase64(program: ModuleBuilder): Callee {
  return program.define(1, (locals, at) => {
    const start = locals.add();
    const padding = locals.add();
    const letter = locals.add();
    const seen = locals.add();
    const rest = locals.add();
    const eitherAlphabet = CLASS.base64Standard | CLASS.base64Url;
    const skipPadding = when(equal(load8(at), i32(EQUALS)), increase(at, i32(1)));
    const isWhole = isZero(rest);
    const isWholeUnpadded = and(equal(padding, at), isAbove(rest, i32(1)));
    return [
      set(start, at),
      loop((again) => [
        set(letter, isOf(CLASS.base64 | eitherAlphabet, at)),
        set(seen, or(seen, letter)),
        when(letter, [increase(at, i32(1)), jump(again)]),
      ]),
      when(equal(and(seen, i32(eitherAlphabet)), i32(eitherAlphabet)), unsure),
      set(padding, at),
      skipPadding,
      skipPadding,
      set(rest, and(sub(at, start), i32(3))),
      when(or(isWhole, isWholeUnpadded), [when(equal(load8(at), i32(QUOTE)), giveBack(add(at, i32(1))))]),
      unsure,
    ];
  });
}

export function defineText(program: ModuleBuilder): TextScanners {
  const string = defineString(program, defineEscape(program));
  const enumName = program.define(1, (_, at) => [
    when(isOf(CLASS.nameStart, at), giveBack(string(add(at, i32(1))))),
    unsure,
  ]);
  return { string, enumName, base64: defineBase64(program), plainName: definePlainName(program) };
}
