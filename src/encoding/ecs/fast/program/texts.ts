/** @module Code that makes texts of texts: parts of paths, arguments, pairs. All take places of texts with their quotes. */
import { BACKSLASH, COLON, COMMA, OPEN_BRACE, QUOTE, SPACE } from "../../../../event/scan/line.ts";
import { unsure, VECTOR_BYTES } from "../../../../event/scan/program/text.ts";
import { isByte, pass } from "../../../../event/scan/program/value.ts";
import {
  add,
  and,
  type Code,
  differ,
  equal,
  equalBytes,
  giveBack,
  highestBits,
  i32,
  increase,
  isAtMost,
  isBelow,
  isZero,
  jump,
  load8,
  load128,
  loop,
  or,
  or128,
  set,
  splat,
  store8,
  sub,
  trailingZeros,
  type Variable,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";

const SLASH = 0x2f;
const DOT = 0x2e;

/** The functions of this file; -1 says that they are not sure. */
export interface TextMakers {
  /** `(start, end)`: where the last element of a path begins. */
  readonly base: Callee;
  /** `(start, end)`: where what stands behind the last dot of the last element begins; 0 where there is none. */
  readonly extension: Callee;
  /** `(start, end)`: writes arguments, each with a comma, and gives back how many there are. */
  readonly split: Callee;
  /** `(start, end)`: writes the members of an object as texts, each with a comma. */
  readonly pairs: Callee;
}

/** `(start, end)`: whether the text has an escape. */
function defineHasEscape(program: ModuleBuilder): Callee {
  return program.define(2, (locals, at, end) => {
    const marks = locals.add();
    return [
      loop((again) => [
        set(marks, highestBits(equalBytes(load128(at), splat(BACKSLASH)))),
        when(marks, giveBack(isBelow(add(at, trailingZeros(marks)), end))),
        increase(at, i32(VECTOR_BYTES)),
        when(isBelow(at, end), jump(again)),
      ]),
      giveBack(i32(0)),
    ];
  });
}

function definePathParts(program: ModuleBuilder): Pick<TextMakers, "base" | "extension"> {
  const hasEscape = defineHasEscape(program);
  const base = program.define(2, (locals, start, end) => {
    const at = locals.add();
    return [
      when(hasEscape(start, end), unsure),
      set(at, sub(end, i32(1))),
      loop((again) =>
        when(and(isBelow(add(start, i32(1)), at), differ(load8(sub(at, i32(1))), i32(SLASH))), [
          set(at, sub(at, i32(1))),
          jump(again),
        ]),
      ),
      giveBack(at),
    ];
  });
  const extension = program.define(2, (locals, start, end) => {
    const from = locals.add();
    const at = locals.add();
    return [
      pass(from, base(start, end)),
      set(at, sub(end, i32(1))),
      loop((again) =>
        when(and(isBelow(from, at), differ(load8(sub(at, i32(1))), i32(DOT))), [
          set(at, sub(at, i32(1))),
          jump(again),
        ]),
      ),
      // A dot in front makes no extension, and one at the end has none behind it.
      when(or(isAtMost(at, add(from, i32(1))), equal(at, sub(end, i32(1)))), giveBack(i32(0))),
      giveBack(at),
    ];
  });
  return { base, extension };
}

/** Moves `at` to the next of the characters. */
const toNext = (at: Variable, marks: Variable, vector: Variable, ...characters: number[]): Code => [
  loop((again) => [
    set(vector, load128(at)),
    set(
      marks,
      highestBits(characters.map((character) => equalBytes(vector, splat(character))).reduce(or128)),
    ),
    when(isZero(marks), [increase(at, i32(VECTOR_BYTES)), jump(again)]),
  ]),
  increase(at, trailingZeros(marks)),
];

/** Passes an escape, but for one of white space, or of a character by its number. */
const passEscape = (at: Variable): Code => [
  when(
    isZero([QUOTE, BACKSLASH, SLASH].map((character) => equal(load8(at, 1), i32(character))).reduce(or)),
    unsure,
  ),
  increase(at, i32(2)),
];

const isEscapedQuote = (at: Code): Code => and(isByte(at, BACKSLASH), equal(load8(at, 1), i32(QUOTE)));

/** `(at, end)`: where the quoted argument ends whose text begins at an address; 0 where its quote is a character. */
function defineQuoted(program: ModuleBuilder): Callee {
  return program.define(2, (locals, at, end) => {
    const marks = locals.add();
    const vector = locals.add("v128");
    const isEnd = or(equal(load8(at, 2), i32(SPACE)), equal(add(at, i32(2)), end));
    return [
      loop((again) => [
        toNext(at, marks, vector, QUOTE, BACKSLASH),
        when(isByte(at, QUOTE), giveBack(i32(0))),
        when(and(isEscapedQuote(at), isEnd), giveBack(at)),
        passEscape(at),
        jump(again),
      ]),
    ];
  });
}

/** `(at)`: the end of an argument that is not quoted. */
function definePlain(program: ModuleBuilder): Callee {
  return program.define(1, (locals, at) => {
    const marks = locals.add();
    const vector = locals.add("v128");
    return [
      loop((again) => [
        toNext(at, marks, vector, QUOTE, BACKSLASH, SPACE),
        when(isByte(at, BACKSLASH), [passEscape(at), jump(again)]),
      ]),
      giveBack(at),
    ];
  });
}

function defineSplit(program: ModuleBuilder, out: Variable, put: Callee, isPlainOnly: Variable): Callee {
  const quoted = defineQuoted(program);
  const plain = definePlain(program);
  return program.define(2, (locals, at, end) => {
    const count = locals.add();
    const to = locals.add();
    /** Whether no quote can end an argument any more. */
    const isOver = locals.add();
    const write = (byte: number) => [store8(out, i32(byte)), increase(out, i32(1))];
    const add1 = [increase(count, i32(1))];
    const argument = (from: Code) => [
      write(QUOTE),
      set(out, put(from, to)),
      write(QUOTE),
      write(COMMA),
      add1,
    ];
    return [
      increase(at, i32(1)),
      set(end, sub(end, i32(1))),
      set(isOver, isPlainOnly),
      loop((again) => [
        loop((next) => when(isByte(at, SPACE), [increase(at, i32(1)), jump(next)])),
        when(isBelow(at, end), [
          when(and(isEscapedQuote(at), isZero(isOver)), [
            pass(to, quoted(add(at, i32(2)), end)),
            when(
              to,
              [
                when(isBelow(add(at, i32(2)), to), argument(add(at, i32(2)))),
                set(at, add(to, i32(2))),
                jump(again),
              ],
              set(isOver, i32(1)),
            ),
          ]),
          pass(to, plain(at)),
          argument(at),
          set(at, to),
          jump(again),
        ]),
      ]),
      giveBack(count),
    ];
  });
}

function definePairs(program: ModuleBuilder, out: Variable, put: Callee, string: Callee): Callee {
  return program.define(2, (locals, at, end) => {
    const to = locals.add();
    const write = (byte: number) => [store8(out, i32(byte)), increase(out, i32(1))];
    return [
      when(isZero(isByte(at, OPEN_BRACE)), unsure),
      increase(at, i32(1)),
      loop((again) => [
        when(isZero(isByte(at, QUOTE)), unsure),
        pass(to, string(at)),
        // Without its second quote, and the value without its first one.
        set(out, put(at, sub(to, i32(1)))),
        write(COLON),
        set(at, to),
        when(isZero(isByte(at, COLON)), unsure),
        increase(at, i32(1)),
        when(isZero(isByte(at, QUOTE)), unsure),
        pass(to, string(at)),
        set(out, put(add(at, i32(1)), to)),
        write(COMMA),
        set(at, to),
        when(isByte(at, COMMA), [
          increase(at, i32(1)),
          when(isByte(at, SPACE), increase(at, i32(1))),
          jump(again),
        ]),
      ]),
      when(differ(add(at, i32(1)), end), unsure),
      giveBack(at),
    ];
  });
}

/** @param isPlainOnly A number that is not 0 where quotes mean nothing. */
export function defineTextMakers(
  program: ModuleBuilder,
  { out, put, string, isPlainOnly }: { out: Variable; put: Callee; string: Callee; isPlainOnly: Variable },
): TextMakers {
  return {
    ...definePathParts(program),
    split: defineSplit(program, out, put, isPlainOnly),
    pairs: definePairs(program, out, put, string),
  };
}
