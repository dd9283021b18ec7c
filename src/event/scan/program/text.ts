/** @module Code that scans strings. Each function begins behind the opening quote. */
import {
  add,
  and,
  and64,
  assign,
  bytesAtMost,
  type Code,
  equal,
  equalBytes,
  extend,
  giveBack,
  hasBits,
  highestBits,
  i32,
  i64,
  increase,
  isAbove,
  isNegative,
  isZero,
  isZero64,
  jump,
  load8,
  load128,
  loop,
  lowerBytes,
  or,
  or64,
  or128,
  set,
  shiftLeft,
  shiftLeft64,
  shiftRight64,
  splat,
  sub,
  sub64,
  trailingZeros,
  trailingZeros64,
  type Variable,
  when,
  wrap,
  xor64,
  xor128,
} from "../../../lib/wasm/code.ts";
import type { Callee, Locals, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { CLASS, CLASSES } from "../layout.ts";
import { BACKSLASH, QUOTE, SPACE } from "../line.ts";

/** What every function gives back when it is not sure. */
export const unsure: Code = giveBack(i32(-1));

export const VECTOR_BYTES = 16;
/** Bytes of long texts that are looked at together: as many as a number has bits. */
const BLOCK_BYTES = 64;
/** Of the vectors of a block. */
const OFFSETS = [0, 16, 32, 48] as const;
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

/** Which bytes of vectors that follow each other are as `test` says, a bit each. */
function bitsOf(vectors: readonly Code[], test: (vector: Code) => Code): Code {
  return vectors
    .map((vector, i) => {
      const bits = extend(highestBits(test(vector)));
      return i === 0 ? bits : shiftLeft64(bits, i64(BigInt(i * VECTOR_BYTES)));
    })
    .reduce(or64);
}

const isQuote = (vector: Code): Code => equalBytes(vector, splat(QUOTE));
const isBackslash = (vector: Code): Code => equalBytes(vector, splat(BACKSLASH));
const isControl = (vector: Code): Code => bytesAtMost(vector, splat(SPACE - 1));

/**
 * What plain text ends with: a quote, a backslash, a control character. With one bit turned, quotes are where spaces were,
 * and control characters stay below that. The vector is computed once.
 */
export function isMark(vector: Variable, value: Code): Code {
  const quoteOrControl = bytesAtMost(xor128(assign(vector, value), splat(QUOTE ^ SPACE)), splat(SPACE));
  return or128(quoteOrControl, isBackslash(vector));
}

/** Which of the 16 bytes at an address are marks, a bit each. */
export const marksAt = (at: Variable, vector: Variable, offset = 0): Code =>
  highestBits(isMark(vector, load128(at, offset)));

/** Moves `at` to the next quote, backslash or control character. */
function passPlainText(at: Variable, locals: Locals): Code {
  const vector = locals.add("v128");
  const marks = locals.add("i64");
  const block = OFFSETS.map((offset) => load128(at, offset));
  return [
    loop((again) => [
      set(
        marks,
        bitsOf(block, (value) => isMark(vector, value)),
      ),
      when(isZero64(marks), [increase(at, i32(BLOCK_BYTES)), jump(again)]),
    ]),
    increase(at, wrap(trailingZeros64(marks))),
  ];
}

/** Any string. Whether its bytes are UTF-8 is not looked at. */
function defineString(program: ModuleBuilder, escapedText: Callee): Callee {
  const long = program.define(1, (locals, at) => [
    passPlainText(at, locals),
    when(equal(load8(at), i32(QUOTE)), giveBack(add(at, i32(1)))),
    when(equal(load8(at), i32(BACKSLASH)), giveBack(escapedText(at))),
    unsure,
  ]);
  // Most strings are short.
  return program.define(1, (locals, at) => {
    const vector = locals.add("v128");
    const more = shiftLeft(marksAt(at, vector, VECTOR_BYTES), i32(VECTOR_BYTES));
    return [
      increase(at, trailingZeros(or(marksAt(at, vector), more))),
      when(equal(load8(at), i32(QUOTE)), giveBack(add(at, i32(1)))),
      giveBack(long(at)),
    ];
  });
}

/**
 * The rest of a string, from an escape on: where there is one there are many, so which bytes are escaped is computed for a
 * block at once. A run of backslashes escapes every second byte from its second one on. Subtraction finds where runs of odd
 * length end: the borrow of a run's first bit goes through all of it, and what is left tells even places from odd ones (as
 * json_escape_scanner.h of simdjson does). Blocks follow each other at fixed places, so that the next one is read while it
 * is not yet known whether its first byte is escaped.
 */
function defineEscapedText(program: ModuleBuilder, skipEscape: Callee): Callee {
  return program.define(1, (locals, at) => {
    const vectors = OFFSETS.map(() => locals.add("v128"));
    const quotes = locals.add("i64");
    const backslashes = locals.add("i64");
    /** Whether the block's first byte is escaped by the last one before it. */
    const carried = locals.add("i64");
    /** Where a backslash begins an escape, and what it escapes. */
    const codes = locals.add("i64");
    const escaped = locals.add("i64");
    /** Quotes that are not escaped, and the bytes before the first of them. */
    const ends = locals.add("i64");
    const text = locals.add("i64");
    const odd = i64(0xaaaaaaaaaaaaaaaan);
    const not = (bits: Code) => xor64(bits, i64(-1n));
    const isAny = (bits: Code) => isZero(isZero64(bits));
    const addressOf = (bits: Variable) => add(at, wrap(trailingZeros64(bits)));
    const begins = and64(backslashes, not(carried));
    const lowest = vectors.slice(1).reduce<Code>((low, vector) => lowerBytes(low, vector), vectors[0]!);
    return loop((again) => [
      vectors.map((vector, i) => set(vector, load128(at, OFFSETS[i]))),
      set(quotes, bitsOf(vectors, isQuote)),
      set(backslashes, bitsOf(vectors, isBackslash)),
      set(codes, xor64(sub64(or64(shiftLeft64(begins, i64(1n)), odd), begins), odd)),
      set(escaped, xor64(codes, or64(backslashes, carried))),
      set(carried, shiftRight64(and64(codes, backslashes), i64(63n))),
      set(ends, and64(quotes, not(escaped))),
      set(text, and64(sub64(ends, i64(1n)), not(ends))),
      when(hasBits(isControl(lowest)), when(isAny(and64(bitsOf(vectors, isControl), text)), unsure)),
      // What is escaped is a quote or a backslash most often.
      set(escaped, and64(and64(escaped, text), not(or64(quotes, backslashes)))),
      loop((next) =>
        when(isAny(escaped), [
          when(isNegative(skipEscape(sub(addressOf(escaped), i32(1)))), unsure),
          set(escaped, and64(escaped, sub64(escaped, i64(1n)))),
          jump(next),
        ]),
      ),
      when(isAny(ends), giveBack(add(addressOf(ends), i32(1)))),
      increase(at, i32(BLOCK_BYTES)),
      jump(again),
    ]);
  });
}

/** An escape, from its backslash on. Sets `isNumbered` where it is a character's number. */
function defineEscape(program: ModuleBuilder, isNumbered: Variable): Callee {
  return program.define(1, (_, at) => {
    const isHex = (offset: number) => isOf(CLASS.hex, at, offset);
    return [
      when(isOf(CLASS.escaped, at, 1), giveBack(add(at, i32(2)))),
      when(equal(load8(at, 1), i32(U)), [
        set(isNumbered, i32(1)),
        when(and(and(isHex(2), isHex(3)), and(isHex(4), isHex(5))), giveBack(add(at, i32(6)))),
      ]),
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

/** @param isNumbered Set to 1 by a character that is written by its number. */
export function defineText(program: ModuleBuilder, isNumbered: Variable): TextScanners {
  const string = defineString(program, defineEscapedText(program, defineEscape(program, isNumbered)));
  const enumName = program.define(1, (_, at) => [
    when(isOf(CLASS.nameStart, at), giveBack(string(add(at, i32(1))))),
    unsure,
  ]);
  return { string, enumName, base64: defineBase64(program), plainName: definePlainName(program) };
}
