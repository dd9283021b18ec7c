/** @module Code that scans values of which no descriptor says what they are, and white space between tokens. */
import {
  add,
  type Code,
  equal,
  giveBack,
  i32,
  increase,
  isAbove,
  isNegative,
  isZero,
  jump,
  load8,
  load16,
  load32,
  loop,
  or,
  set,
  type Variable,
  when,
} from "../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { MAX_DEPTH } from "../layout.ts";
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
  wordAt,
} from "../line.ts";
import { unsure } from "./text.ts";

const TAB = 0x09;
const RETURN = 0x0d;

export const isByte = (at: Code, character: number): Code => equal(load8(at), i32(character));
export const isOneOf = (at: Code, ...characters: number[]): Code =>
  characters.map((character) => isByte(at, character)).reduce(or);

/** The functions of this file. */
export interface ValueScanners {
  /** The position of the next token; a newline is one, as it ends the line. */
  readonly space: Callee;
  readonly bool: Callee;
  readonly null: Callee;
  /** `(at, depth)`: any JSON value. @param depth Objects and lists that it lies in. */
  readonly value: Callee;
  /** `(at, depth)`: any JSON object. */
  readonly object: Callee;
}

/** What values are made of. */
export interface Parts {
  readonly string: Callee;
  readonly number: Callee;
}

/** Moves `at` to the next token. Most stand side by side, which is seen without a call. */
export const toToken = (at: Variable, space: Callee): Code =>
  when(isAbove(i32(SPACE + 1), load8(at)), set(at, space(at)));

/** Moves `at` behind what `scanned` scans there, or gives up. */
export const pass = (at: Variable, scanned: Code): Code => [set(at, scanned), when(isNegative(at), unsure)];

/** Moves `at` behind a character and to the token after it, or gives up where another one stands. */
export const expect = (at: Variable, character: number, space: Callee): Code => [
  when(isZero(isByte(at, character)), unsure),
  increase(at, i32(1)),
  toToken(at, space),
];

/**
 * Passes parts of an object or a list, behind its opening brace or bracket, until it closes.
 * @param part Moves `at` from the first byte of a part behind its last one.
 */
export function separated(at: Variable, close: number, space: Callee, part: Code): Code {
  const isClosed = when(isByte(at, close), giveBack(add(at, i32(1))));
  return [
    increase(at, i32(1)),
    toToken(at, space),
    isClosed,
    loop((again) => [
      part,
      // Most parts that follow begin with a quote.
      when(equal(load16(at), i32(COMMA | (QUOTE << 8))), [increase(at, i32(1)), jump(again)]),
      toToken(at, space),
      isClosed,
      expect(at, COMMA, space),
      jump(again),
    ]),
  ];
}

function defineSpace(program: ModuleBuilder): Callee {
  return program.define(1, (_, at) => [
    loop((again) => when(isOneOf(at, SPACE, TAB, RETURN), [increase(at, i32(1)), jump(again)])),
    giveBack(at),
  ]);
}

function defineLiterals(program: ModuleBuilder): Pick<ValueScanners, "bool" | "null"> {
  const isWord = (at: Variable, word: string, offset = 0) => equal(load32(at, offset), i32(wordAt(word, 0)));
  const bool = program.define(1, (_, at) => [
    when(isWord(at, "true"), giveBack(add(at, i32(4)))),
    when(isWord(at, "fals"), when(equal(load8(at, 4), i32(0x65)), giveBack(add(at, i32(5))))),
    unsure,
  ]);
  const none = program.define(1, (_, at) => [when(isWord(at, "null"), giveBack(add(at, i32(4)))), unsure]);
  return { bool, null: none };
}

export function defineValues(program: ModuleBuilder, { string, number }: Parts): ValueScanners {
  const space = defineSpace(program);
  const literals = defineLiterals(program);
  const isTooDeep = (depth: Variable) => when(equal(depth, i32(MAX_DEPTH)), unsure);
  const value: Callee = program.define(2, (_, at, depth) => [
    when(isByte(at, QUOTE), giveBack(string(add(at, i32(1))))),
    when(isByte(at, OPEN_BRACE), giveBack(object(at, depth))),
    when(isByte(at, OPEN_BRACKET), giveBack(list(at, depth))),
    when(isOneOf(at, 0x74, 0x66), giveBack(literals.bool(at))),
    when(isByte(at, 0x6e), giveBack(literals.null(at))),
    giveBack(number(at)),
  ]);
  const object: Callee = program.define(2, (_, at, depth) => [
    isTooDeep(depth),
    when(isZero(isByte(at, OPEN_BRACE)), unsure),
    separated(at, CLOSE_BRACE, space, [
      when(isZero(isByte(at, QUOTE)), unsure),
      pass(at, string(add(at, i32(1)))),
      toToken(at, space),
      expect(at, COLON, space),
      pass(at, value(at, add(depth, i32(1)))),
    ]),
  ]);
  const list: Callee = program.define(2, (_, at, depth) => [
    isTooDeep(depth),
    separated(at, CLOSE_BRACKET, space, pass(at, value(at, add(depth, i32(1))))),
  ]);
  return { space, ...literals, value, object };
}
