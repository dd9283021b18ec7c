/** @module Code that writes texts, and bytes that JSON has in base64. */

import { BACKSLASH, QUOTE } from "../../../../event/scan/line.ts";
import { isMark, unsure, VECTOR_BYTES } from "../../../../event/scan/program/text.ts";
import { isByte, pass } from "../../../../event/scan/program/value.ts";
import {
  add,
  and,
  assign,
  type Code,
  differ,
  equal,
  giveBack,
  highestBits,
  i32,
  increase,
  isBelow,
  isZero,
  jump,
  load8,
  load128,
  loop,
  or,
  or128,
  set,
  shiftLeft,
  shiftRight,
  store8,
  store128,
  trailingZeros,
  type Variable,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { BASE64, HEX, NO_DIGIT, UNESCAPED, VALUE } from "../layout.ts";
import { type Output, writeTag } from "./output.ts";

const U = 0x75;
const EQUALS = 0x3d;

/** The functions of this file, each `(at, value)`. */
export interface TextWriters {
  readonly text: Callee;
  readonly base64: Callee;
}

/** What the byte at an address stands for in a table of 256. */
const lookUp = (table: number, address: Code, offset = 0): Code => load8(load8(address, offset), table);

/**
 * `(at)`: writes plain text up to the next quote, backslash or control character, and notes whether it may have bytes of more
 * than seven bits; gives back the address of that character. Up to 15 bytes more are written, which what follows covers.
 */
function definePlain(program: ModuleBuilder, { out }: Output, highBytes: Variable): Callee {
  return program.define(1, (locals, at) => {
    const to = locals.add();
    const text = locals.add("v128");
    const all = locals.add("v128");
    const vector = locals.add("v128");
    const marks = locals.add();
    const count = locals.add();
    return [
      set(to, out),
      loop((again) => [
        store128(to, assign(text, load128(at))),
        set(all, or128(all, text)),
        set(marks, highestBits(isMark(vector, text))),
        when(isZero(marks), [increase(at, i32(VECTOR_BYTES)), increase(to, i32(VECTOR_BYTES)), jump(again)]),
      ]),
      set(highBytes, or(highBytes, highestBits(all))),
      set(count, trailingZeros(marks)),
      set(out, add(to, count)),
      giveBack(add(at, count)),
    ];
  });
}

/** `(at)`: writes what the escape at an address stands for. Half of a character is left to others. */
function defineEscape(program: ModuleBuilder, { out }: Output): Callee {
  return program.define(1, (locals, at) => {
    const byte = locals.add();
    const code = locals.add();
    const digits = [2, 3, 4, 5].map((offset) => lookUp(HEX, at, offset));
    const write = (offset: number, value: Code) => store8(out, value, offset);
    const sixBits = (shift: number) => or(and(shiftRight(code, i32(shift)), i32(0x3f)), i32(0x80));
    const done = (bytes: number) => [increase(out, i32(bytes)), giveBack(add(at, i32(6)))];
    return [
      when(assign(byte, lookUp(UNESCAPED, at, 1)), [
        store8(out, byte),
        increase(out, i32(1)),
        giveBack(add(at, i32(2))),
      ]),
      when(differ(load8(at, 1), i32(U)), unsure),
      when(equal(digits.reduce(or), i32(NO_DIGIT)), unsure),
      set(
        code,
        digits.reduce((number, digit) => or(shiftLeft(number, i32(4)), digit)),
      ),
      when(isBelow(code, i32(0x80)), [write(0, code), done(1)]),
      when(isBelow(code, i32(0x800)), [
        write(0, or(shiftRight(code, i32(6)), i32(0xc0))),
        write(1, sixBits(0)),
        done(2),
      ]),
      when(equal(and(code, i32(0xf800)), i32(0xd800)), unsure),
      write(0, or(shiftRight(code, i32(12)), i32(0xe0))),
      write(1, sixBits(6)),
      write(2, sixBits(0)),
      done(3),
    ];
  });
}

/** A text, from its quote on. */
function defineWholeText(program: ModuleBuilder, output: Output, highBytes: Variable): Callee {
  const { out, finish } = output;
  const plain = definePlain(program, output, highBytes);
  const escaped = defineEscape(program, output);
  return program.define(2, (locals, at, value) => {
    const before = locals.add();
    const begin = locals.add();
    const isDropped = isZero(or(differ(out, add(begin, i32(1))), load8(value, VALUE.keepsDefault)));
    return [
      when(isZero(isByte(at, QUOTE)), unsure),
      increase(at, i32(1)),
      set(before, out),
      writeTag(out, value),
      set(begin, out),
      increase(out, i32(1)),
      loop((again) => [
        set(at, plain(at)),
        when(isByte(at, BACKSLASH), [pass(at, escaped(at)), jump(again)]),
      ]),
      when(isZero(isByte(at, QUOTE)), unsure),
      when(isDropped, set(out, before), set(out, finish(begin, i32(1), out))),
      giveBack(add(at, i32(1))),
    ];
  });
}

/** Bytes in base64, from the quote on, in any of its alphabets, padded or not. */
function defineBase64(program: ModuleBuilder, { out, finish }: Output): Callee {
  return program.define(2, (locals, at, value) => {
    const begin = locals.add();
    const digit = [0, 1, 2, 3].map((offset) => lookUp(BASE64, at, offset));
    const isDigit = (place: number) => differ(digit[place]!, i32(NO_DIGIT));
    /** Writes the byte whose upper bits one digit has, and its lower bits the next one. */
    const write = (place: number) =>
      store8(
        out,
        or(shiftLeft(digit[place]!, i32(2 + 2 * place)), shiftRight(digit[place + 1]!, i32(4 - 2 * place))),
        place,
      );
    const isPadding = (offset: number) => equal(load8(at, offset), i32(EQUALS));
    return [
      when(isZero(isByte(at, QUOTE)), unsure),
      increase(at, i32(1)),
      when(and(isByte(at, QUOTE), isZero(load8(value, VALUE.keepsDefault))), giveBack(add(at, i32(1)))),
      writeTag(out, value),
      set(begin, out),
      increase(out, i32(1)),
      loop((again) =>
        when(and(and(isDigit(0), isDigit(1)), and(isDigit(2), isDigit(3))), [
          [write(0), write(1), write(2)],
          increase(at, i32(4)),
          increase(out, i32(3)),
          jump(again),
        ]),
      ),
      when(isDigit(0), [
        when(isZero(isDigit(1)), unsure),
        when(
          isDigit(2),
          [write(0), write(1), increase(out, i32(2)), increase(at, add(i32(3), isPadding(3)))],
          [
            write(0),
            increase(out, i32(1)),
            increase(at, i32(2)),
            when(isPadding(0), [when(isZero(isPadding(1)), unsure), increase(at, i32(2))]),
          ],
        ),
      ]),
      when(isZero(isByte(at, QUOTE)), unsure),
      set(out, finish(begin, i32(1), out)),
      giveBack(add(at, i32(1))),
    ];
  });
}

/** @param highBytes Not 0 once a text may have bytes of more than seven bits. */
export function defineTexts(program: ModuleBuilder, output: Output, highBytes: Variable): TextWriters {
  return {
    text: defineWholeText(program, output, highBytes),
    base64: defineBase64(program, output),
  };
}
