/**
 * @module Code that goes over a line: it writes what stays of the event, and notes where in the line the values are that have
 * a place of their own. The line is a valid event, all of which is known.
 *
 * Functions take the address of a value's first byte, and give back that behind its last one; -1 where they are not sure.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
} from "../../../../event/scan/line.ts";
import { unsure, VECTOR_BYTES } from "../../../../event/scan/program/text.ts";
import { isByte, isOneOf, pass } from "../../../../event/scan/program/value.ts";
import {
  add,
  and,
  type Code,
  choose,
  differ,
  equal,
  equalBytes,
  giveBack,
  highestBits,
  i32,
  increase,
  isAbove,
  isAtMost,
  isZero,
  jump,
  load8,
  load16,
  load32,
  load128,
  loop,
  or,
  or128,
  set,
  splat,
  store8,
  store32,
  sub,
  trailingZeros,
  type Variable,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { GROUP, ENTRY as NAME_ENTRY } from "../../../protobuf/transcode/layout.ts";
import { ENTRY, KIND, TYPE } from "../layout.ts";

const [DIGIT_0, DIGIT_9, LOWER_N] = [0x30, 0x39, 0x6e];
/** From a brace or bracket that opens to the one that closes. */
const TO_CLOSING = 2;
const word = (text: string) => i32(text.charCodeAt(0) | (text.charCodeAt(1) << 8));

/** Passes a comma, and the one space that some of Tetragon's builds write behind it. */
const passComma = (at: Variable): Code => [
  increase(at, i32(1)),
  when(isByte(at, SPACE), increase(at, i32(1))),
];

/** `(at)`: a text with something in it. */
function defineString(program: ModuleBuilder): Callee {
  return program.define(1, (locals, at) => {
    const vector = locals.add("v128");
    const marks = locals.add();
    return [
      increase(at, i32(1)),
      when(isByte(at, QUOTE), unsure),
      loop((again) => [
        set(vector, load128(at)),
        set(
          marks,
          highestBits(or128(equalBytes(vector, splat(QUOTE)), equalBytes(vector, splat(BACKSLASH)))),
        ),
        when(isZero(marks), [increase(at, i32(VECTOR_BYTES)), jump(again)]),
        increase(at, trailingZeros(marks)),
        when(isByte(at, BACKSLASH), [increase(at, i32(2)), jump(again)]),
      ]),
      giveBack(add(at, i32(1))),
    ];
  });
}

/** `(at)`: any value that has something in it, and all of whose values have. */
function defineAny(program: ModuleBuilder, string: Callee): Callee {
  return program.define(1, (locals, at) => {
    const depth = locals.add();
    const byte = locals.add();
    const isScalar = and(
      and(isAbove(load8(at), i32(COMMA)), differ(load8(at), i32(CLOSE_BRACKET))),
      and(differ(load8(at), i32(CLOSE_BRACE)), differ(load8(at), i32(COLON))),
    );
    return loop((again) => [
      set(byte, load8(at)),
      when(
        equal(byte, i32(QUOTE)),
        pass(at, string(at)),
        when(
          or(equal(byte, i32(OPEN_BRACE)), equal(byte, i32(OPEN_BRACKET))),
          [
            increase(at, i32(1)),
            when(or(equal(load8(at), add(byte, i32(TO_CLOSING))), isAtMost(load8(at), i32(SPACE))), unsure),
            increase(depth, i32(1)),
            jump(again),
          ],
          when(
            or(equal(byte, i32(CLOSE_BRACE)), equal(byte, i32(CLOSE_BRACKET))),
            [increase(at, i32(1)), set(depth, sub(depth, i32(1)))],
            when(
              or(or(equal(byte, i32(COMMA)), equal(byte, i32(COLON))), equal(byte, i32(SPACE))),
              [increase(at, i32(1)), jump(again)],
              [
                when(or(equal(byte, i32(LOWER_N)), isAtMost(byte, i32(SPACE))), unsure),
                loop((next) => when(isScalar, [increase(at, i32(1)), jump(next)])),
              ],
            ),
          ),
        ),
      ),
      when(isZero(depth), giveBack(at)),
      jump(again),
    ]);
  });
}

/** `(at)`: an integer, not as a text. */
function defineInteger(program: ModuleBuilder): Callee {
  return program.define(1, (_, at) => {
    const isDigit = and(isAbove(load8(at), i32(DIGIT_0 - 1)), isAtMost(load8(at), i32(DIGIT_9)));
    return [
      when(isZero(isDigit), unsure),
      loop((again) => when(isDigit, [increase(at, i32(1)), jump(again)])),
      when(isZero(isOneOf(at, COMMA, CLOSE_BRACE, CLOSE_BRACKET)), unsure),
      giveBack(at),
    ];
  });
}

/** `(at)`: a time of this century, which servers take: not a day that there is not, or a leap second. */
function defineTime(program: ModuleBuilder, string: Callee): Callee {
  return program.define(1, (_, at) => {
    const month = load16(at, 6);
    const [day, ones] = [load8(at, 9), load8(at, 10)];
    const isDay = (text: string) =>
      and(equal(day, i32(text.charCodeAt(0))), equal(ones, i32(text.charCodeAt(1))));
    const isShort = ["02", "04", "06", "09", "11"].map((text) => equal(month, word(text))).reduce(or);
    return [
      when(differ(load16(at, 1), word("20")), unsure),
      when(equal(load8(at, 18), i32(0x36)), unsure),
      when(and(isDay("31"), isShort), unsure),
      when(and(or(isDay("30"), isDay("29")), equal(month, word("02"))), unsure),
      giveBack(string(at)),
    ];
  });
}

/** What goes over lines. */
export interface Walk {
  /** `(at, group)`: an object of which something may be moved, written; where nothing is left, nothing is. */
  readonly taken: Callee;
  readonly string: Callee;
}

/** What objects are gone over with. */
interface ObjectParts {
  readonly out: Variable;
  /** `(from, end)`: writes bytes of the line, and gives back where they end. */
  readonly put: Callee;
  /** `(at, group)`: the entry of a name. */
  readonly find: Callee;
  /** `(at, entry)`: the value of a field. */
  readonly value: Callee;
}

const toFirst = (group: Variable): Code => store32(group, add(group, i32(GROUP.entries)), GROUP.next);

/** Moves `at` from a member's name to its value. */
const toValue = (at: Variable, entry: Variable, found: Code): Code => [
  set(entry, found),
  when(isZero(entry), unsure),
  increase(at, load32(entry, NAME_ENTRY.length)),
  when(isZero(isByte(at, COLON)), unsure),
  increase(at, i32(1)),
];

/** `(at, group)`: an object of which nothing is moved, and a list of such. */
function defineObjects(program: ModuleBuilder, { find, value }: ObjectParts) {
  const object: Callee = program.define(2, (locals, at, group) => {
    const entry = locals.add();
    return [
      when(isZero(isByte(at, OPEN_BRACE)), unsure),
      toFirst(group),
      increase(at, i32(1)),
      loop((again) => [
        toValue(at, entry, find(at, group)),
        pass(at, value(at, entry)),
        when(isByte(at, COMMA), [passComma(at), jump(again)]),
      ]),
      when(isZero(isByte(at, CLOSE_BRACE)), unsure),
      giveBack(add(at, i32(1))),
    ];
  });
  const list: Callee = program.define(2, (_, at, group) => [
    when(isZero(isByte(at, OPEN_BRACKET)), unsure),
    increase(at, i32(1)),
    loop((again) => [pass(at, object(at, group)), when(isByte(at, COMMA), [passComma(at), jump(again)])]),
    when(isZero(isByte(at, CLOSE_BRACKET)), unsure),
    giveBack(add(at, i32(1))),
  ]);
  return { object, list };
}

/** `(at, group)`: an object of which something may be moved. */
function defineTaken(program: ModuleBuilder, { out, put, find, value }: ObjectParts): Callee {
  const write = (byte: number): Code => [store8(out, i32(byte)), increase(out, i32(1))];
  const taken: Callee = program.define(2, (locals, at, group) => {
    const entry = locals.add();
    const begin = locals.add();
    const member = locals.add();
    const before = locals.add();
    const after = locals.add();
    const type = load8(entry, ENTRY.type);
    const takeWithin = [
      set(before, out),
      set(out, put(member, at)),
      set(after, out),
      pass(at, taken(at, load32(entry, ENTRY.of))),
      when(equal(out, after), set(out, before), write(COMMA)),
    ];
    const take = [
      pass(at, value(at, entry)),
      when(isZero(load8(entry, ENTRY.isMoved)), [set(out, put(member, at)), write(COMMA)]),
    ];
    return [
      when(isZero(isByte(at, OPEN_BRACE)), unsure),
      toFirst(group),
      set(begin, out),
      write(OPEN_BRACE),
      increase(at, i32(1)),
      loop((again) => [
        set(member, at),
        toValue(at, entry, find(at, group)),
        when(type, store32(i32(TYPE), type)),
        when(equal(load32(entry, ENTRY.kind), i32(KIND.taken)), takeWithin, take),
        when(isByte(at, COMMA), [passComma(at), jump(again)]),
      ]),
      when(isZero(isByte(at, CLOSE_BRACE)), unsure),
      when(equal(out, add(begin, i32(1))), set(out, begin), store8(sub(out, i32(1)), i32(CLOSE_BRACE))),
      giveBack(add(at, i32(1))),
    ];
  });
  return taken;
}

/** @param common What writes, and what finds names. */
export function defineWalk(program: ModuleBuilder, common: Pick<ObjectParts, "out" | "put" | "find">): Walk {
  const string = defineString(program);
  const any = defineAny(program, string);
  const integer = defineInteger(program);
  const time = defineTime(program, string);
  /** Its place is noted; the first one counts. */
  const value: Callee = program.define(2, (locals, at, entry) => {
    const end = locals.add();
    const slot = locals.add();
    const isText = when(isZero(isByte(at, QUOTE)), unsure);
    const cases: Code[] = [];
    cases[KIND.any] = set(end, any(at));
    cases[KIND.text] = [isText, set(end, string(at))];
    cases[KIND.integer] = set(end, integer(at));
    cases[KIND.time] = [isText, set(end, time(at))];
    cases[KIND.object] = set(end, object(at, load32(entry, ENTRY.of)));
    cases[KIND.list] = set(end, list(at, load32(entry, ENTRY.of)));
    cases[KIND.taken] = unsure;
    cases[KIND.unsure] = unsure;
    return [
      choose(load32(entry, ENTRY.kind), cases),
      set(slot, load32(entry, ENTRY.slot)),
      when(slot, [
        when(load32(slot), increase(slot, load16(entry, ENTRY.second))),
        when(isZero(load32(slot)), [store32(slot, at), store32(slot, end, 4)]),
      ]),
      giveBack(end),
    ];
  });
  const { object, list } = defineObjects(program, { ...common, value });
  return { taken: defineTaken(program, { ...common, value }), string };
}
