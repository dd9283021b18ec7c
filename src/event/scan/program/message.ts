/** @module Code that scans values of which a descriptor says what they are: layout.ts says how it is written in memory. */
import {
  add,
  and,
  and64,
  block,
  type Code,
  choose,
  differ,
  differ64,
  equal,
  giveBack,
  i32,
  increase,
  isAbove,
  isAtMost,
  isBelow,
  isZero,
  isZero64,
  jump,
  jumpIf,
  load8,
  load16,
  load32,
  load64,
  load128,
  loop,
  multiply,
  or,
  or64,
  select,
  set,
  shiftLeft,
  store32,
  sub,
  type Variable,
  when,
} from "../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { CLASS, ENTRIES, FIELD, INT32, KIND, MAX_ENTRIES, MESSAGE, TYPE } from "../layout.ts";
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from "../line.ts";
import type { NumberScanners } from "./number.ts";
import { beginsWithName, definePlainFields, definePlainTexts } from "./plain-fields.ts";
import { isOf, type TextScanners, unsure, VECTOR_BYTES } from "./text.ts";
import { expect, isByte, pass, separated, toToken, type ValueScanners } from "./value.ts";

/** What typed values are made of. */
export interface Scanners extends TextScanners, NumberScanners, ValueScanners {
  readonly time: Callee;
}

/** Numbers that all functions share. */
export interface Findings {
  /** Whether every field is known, and stands once. */
  readonly isWhole: Variable;
  /** Members of an event that are one, or may be: it has a single one. */
  readonly alternatives: Variable;
  /** Whether one of the known types is an object. */
  readonly hasType: Variable;
}

const LOWER_N = 0x6e;
const WORD_BYTES = 8;
/** Odd, and large enough for its bits to get everywhere. */
const HASH_FACTOR = 0x9e3779b1;

/**
 * `(at, field)`: whether the name at `at` is the field's, of which {@link beginsWithName} is known. Words are of eight bytes;
 * the last one overlaps the one before it, so that it ends where the name ends.
 */
function defineSameName(program: ModuleBuilder): Callee {
  return program.define(2, (locals, at, field) => {
    const offset = locals.add();
    const last = locals.add();
    const differs = differ64(load64(add(at, offset)), load64(add(field, offset), FIELD.name));
    return [
      set(offset, i32(WORD_BYTES)),
      set(last, sub(load32(field, FIELD.length), i32(WORD_BYTES))),
      loop((again) => [
        increase(offset, i32(WORD_BYTES)),
        when(isZero(isBelow(offset, load32(field, FIELD.length))), giveBack(i32(1))),
        when(isAbove(offset, last), set(offset, last)),
        when(differs, giveBack(i32(0))),
        jump(again),
      ]),
    ];
  });
}

/**
 * `(at, message, expected)`: the address of the field whose name is at `at`, or 0. Fields come in the order of the
 * descriptor, some left out: the search begins at the one that is expected next, and goes round once.
 */
function defineFind(program: ModuleBuilder, sameName: Callee): Callee {
  return program.define(3, (locals, at, message, expected) => {
    const field = locals.add();
    const first = add(message, i32(MESSAGE.fields));
    const end = load32(message, MESSAGE.end);
    return [
      when(equal(first, end), giveBack(i32(0))),
      set(expected, select(equal(expected, end), first, expected)),
      set(field, expected),
      loop((again) => [
        when(beginsWithName(load128(at), field), [
          when(isAtMost(load32(field, FIELD.length), i32(VECTOR_BYTES)), giveBack(field)),
          when(sameName(at, field), giveBack(field)),
        ]),
        set(field, next(field, first, end)),
        jumpIf(differ(field, expected), again),
      ]),
      giveBack(i32(0)),
    ];
  });
}

/** The field after `field`; after the last one, the first. */
function next(field: Variable, first: Code, end: Code): Code {
  const after = add(field, i32(FIELD.bytes));
  return select(equal(after, end), first, after);
}

/** Whether the value at `at` may be an event, or hold one as text. No means no. */
function mayHoldEvent(at: Variable): Code {
  return or(isByte(at, OPEN_BRACE), and(isByte(at, QUOTE), differ(isOf(CLASS.documentStart, at, 1), i32(0))));
}

/** `(at, message)`: an object with the fields of the message at an address, and others. */
function defineMessage(
  program: ModuleBuilder,
  scanners: Scanners,
  typed: Callee,
  { isWhole, alternatives, hasType }: Findings,
): Callee {
  const { space } = scanners;
  const find = defineFind(program, defineSameName(program));
  const plain = definePlainFields(program);
  return program.define(2, (locals, at, message) => {
    const expected = locals.add();
    const field = locals.add();
    const behind = locals.add();
    const seen = locals.add("i64");
    const first = add(message, i32(MESSAGE.fields));
    const countAlternative = [when(alternatives, unsure), set(alternatives, i32(1))];
    const typedValue = [
      when(load32(field, FIELD.isAlternative), [countAlternative, set(hasType, isByte(at, OPEN_BRACE))]),
      when(
        isByte(at, LOWER_N),
        pass(at, scanners.null(at)),
        pass(at, typed(at, add(field, i32(FIELD.type)))),
      ),
    ];
    const noteSeen = (bits: Code) => [
      when(isZero(isZero64(and64(seen, bits))), set(isWhole, i32(0))),
      set(seen, or64(seen, bits)),
    ];
    const passKnown = [
      noteSeen(load64(field, FIELD.bit)),
      set(expected, add(field, i32(FIELD.bytes))),
      increase(at, load32(field, FIELD.length)),
      toToken(at, space),
      expect(at, COLON, space),
      typedValue,
    ];
    const passUnknown = [
      set(isWhole, i32(0)),
      pass(at, scanners.plainName(add(at, i32(1)))),
      toToken(at, space),
      expect(at, COLON, space),
      when(load32(message, MESSAGE.isEvent), when(mayHoldEvent(at), countAlternative)),
      pass(at, scanners.value(at, i32(0))),
    ];
    return [
      when(isZero(isByte(at, OPEN_BRACE)), unsure),
      set(expected, first),
      separated(at, CLOSE_BRACE, space, [
        when(isZero(isByte(at, QUOTE)), unsure),
        block((end) => [
          set(behind, plain.pass(at, expected, load32(message, MESSAGE.end))),
          set(expected, plain.expected),
          when(differ(behind, at), [
            set(at, behind),
            noteSeen(plain.passed),
            jumpIf(differ(load16(at), i32(COMMA | (QUOTE << 8))), end),
            increase(at, i32(1)),
          ]),
          set(field, find(at, message, expected)),
          when(field, passKnown, passUnknown),
        ]),
      ]),
    ];
  });
}

/**
 * Hashes of names of entries that are looked for wherever they stand: to redaction, whatever has them is a process. A map
 * that may have one says more than its event.
 */
const LOOKED_FOR = ["arguments", "environment_variables", "environmentVariables"].map((name) =>
  Buffer.from(name).reduce((hash, byte) => (Math.imul(hash, HASH_FACTOR) + byte) | 0, 0),
);

/**
 * `(at, end, count)`: notes the name of a map's entry behind `count` others, and gives back how many there are now. Names
 * are compared by their hashes: two that are the same have one, and others seldom. No map in an event has maps in it.
 */
function defineNote(program: ModuleBuilder, { isWhole }: Findings): Callee {
  return program.define(3, (locals, at, end, count) => {
    const hash = locals.add();
    const other = locals.add();
    const address = add(shiftLeft(count, i32(2)), i32(ENTRIES));
    const notWhole = set(isWhole, i32(0));
    return [
      when(equal(count, i32(MAX_ENTRIES)), [notWhole, giveBack(count)]),
      loop((again) =>
        when(differ(at, end), [
          // With escapes, one name is written in many ways.
          when(isByte(at, BACKSLASH), notWhole),
          set(hash, add(multiply(hash, i32(HASH_FACTOR)), load8(at))),
          increase(at, i32(1)),
          jump(again),
        ]),
      ),
      ...LOOKED_FOR.map((looked) => when(equal(hash, i32(looked)), notWhole)),
      store32(address, hash),
      loop((again) =>
        when(differ(other, count), [
          when(equal(load32(shiftLeft(other, i32(2)), ENTRIES), hash), notWhole),
          increase(other, i32(1)),
          jump(again),
        ]),
      ),
      giveBack(add(count, i32(1))),
    ];
  });
}

/** `(at, type)`: a value of the type at an address. */
export function defineTyped(program: ModuleBuilder, scanners: Scanners, findings: Findings): Callee {
  const { space } = scanners;
  const plainTexts = definePlainTexts(program);
  const list: Callee = program.define(2, (locals, at, type) => {
    const behind = locals.add();
    const isString = equal(load32(type, TYPE.kind), i32(KIND.string));
    const isEnum = equal(load32(type, TYPE.kind), i32(KIND.enum));
    return [
      when(isZero(isByte(at, OPEN_BRACKET)), unsure),
      separated(at, CLOSE_BRACKET, space, [
        set(behind, at),
        when(or(isString, isEnum), set(behind, plainTexts(at, isString))),
        when(differ(behind, at), set(at, behind), pass(at, typed(at, type))),
      ]),
    ];
  });
  const note = defineNote(program, findings);
  const map: Callee = program.define(2, (locals, at, type) => {
    const count = locals.add();
    const name = locals.add();
    return [
      when(isZero(isByte(at, OPEN_BRACE)), unsure),
      separated(at, CLOSE_BRACE, space, [
        when(isZero(isByte(at, QUOTE)), unsure),
        set(name, add(at, i32(1))),
        pass(at, scanners.string(name)),
        set(count, note(name, sub(at, i32(1)), count)),
        toToken(at, space),
        expect(at, COLON, space),
        pass(at, typed(at, type)),
      ]),
    ];
  });
  const typed: Callee = program.define(2, (_, at, type) => {
    const of = load32(type, TYPE.of);
    const quoted = (scan: Callee) => when(isByte(at, QUOTE), giveBack(scan(add(at, i32(1)))));
    const cases: Code[] = [];
    cases[KIND.any] = [set(findings.isWhole, i32(0)), giveBack(scanners.value(at, i32(0)))];
    cases[KIND.string] = [quoted(scanners.string), unsure];
    cases[KIND.bool] = giveBack(scanners.bool(at));
    cases[KIND.bytes] = [quoted(scanners.base64), unsure];
    cases[KIND.integer] = giveBack(scanners.integer(at, of));
    cases[KIND.timestamp] = [quoted(scanners.time), unsure];
    cases[KIND.enum] = [quoted(scanners.enumName), giveBack(scanners.integer(at, i32(INT32)))];
    cases[KIND.message] = giveBack(message(at, of));
    cases[KIND.list] = giveBack(list(at, of));
    cases[KIND.map] = giveBack(map(at, of));
    cases[KIND.nothing] = unsure;
    return choose(load32(type, TYPE.kind), cases);
  });
  const message = defineMessage(program, scanners, typed, findings);
  return typed;
}
