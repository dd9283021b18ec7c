/** @module The program that writes attributes of a line, as WebAssembly: values are those that the walk over it has noted. */
import { BACKSLASH, SPACE } from "../../../event/scan/line.ts";
import { unsure, VECTOR_BYTES } from "../../../event/scan/program/text.ts";
import { pass } from "../../../event/scan/program/value.ts";
import {
  add,
  and,
  block,
  type Code,
  choose,
  equal,
  equalBytes,
  fillBytes,
  giveBack,
  highestBits,
  i32,
  increase,
  isAbove,
  isBelow,
  isZero,
  jump,
  jumpIf,
  load8,
  load32,
  load128,
  loop,
  multiply,
  or,
  set,
  shiftRight,
  splat,
  store8,
  store32,
  sub,
  trailingZeros,
  type Variable,
  when,
} from "../../../lib/wasm/code.ts";
import { type Callee, type Locals, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { MAX_SLOTS, SLOT_BYTES, SLOTS, TYPE } from "../../ecs/fast/layout.ts";
import { defineIsSame } from "../../ecs/fast/program/compose.ts";
import { defineTextMakers } from "../../ecs/fast/program/texts.ts";
import { defineWalk } from "../../ecs/fast/program/walk.ts";
import { definePut } from "../../ecs/fast/program/write.ts";
import { defineFind } from "../../protobuf/transcode/program/name.ts";
import { STEP, WRITE } from "./layout.ts";

/** What the program exports. */
export interface RecordProgram {
  /**
   * Goes over the line from `line` on, which ends in a newline and is an event of which all is known, and notes where values
   * are. @param to Where attributes will be written. @param event Address of its group.
   * @returns The address behind the event; -1 where another way has to be found.
   */
  walk(line: number, to: number, event: number): number;
  /** Writes what the steps `[step, end)` say. @returns The address behind it; -1 where another way has to be found. */
  attributes(step: number, end: number): number;
}

/** `LogRecord.attributes`, `AnyValue.string_value` and `.int_value`, with their wire types. */
const [ATTRIBUTE, STRING, INT] = [0x32, 0x0a, 0x18];
const [DIGIT_0, SLASH, U] = [0x30, 0x2f, 0x75];
/** Of an integer that has room in 32 bits whatever its digits are. */
const MOST_DIGITS = 9;
/** What stands behind a backslash, and what is meant by it, where that is not the same. */
const ESCAPES: Readonly<Record<string, number>> = { b: 8, f: 12, n: 10, r: 13, t: 9 };

/** The functions that steps are written with. */
interface Parts {
  readonly out: Variable;
  readonly put: Callee;
  readonly base: Callee;
  readonly extension: Callee;
  readonly isSame: Callee;
  /** `(start, end)`: bytes of a text of JSON, without its quotes and escapes. */
  readonly length: Callee;
  /** `(start, end)`: writes them. */
  readonly content: Callee;
  /** `(value)`: writes a varint. */
  readonly varint: Callee;
  /** `(step, length)`: writes all that stands before a text of so many bytes. */
  readonly begin: Callee;
  /** `(step, start, end)`: writes an integer; none is 0. */
  readonly int: Callee;
}

/** The program as a module, which imports its memory as `host.memory`. */
export function recordProgram(): Uint8Array<ArrayBuffer> {
  const program = new ModuleBuilder();
  const out = program.global();
  const isPlainOnly = program.global();
  const put = definePut(program, out);
  const { taken, string } = defineWalk(program, { out, put, find: defineFind(program) });
  const { base, extension } = defineTextMakers(program, { out, put, string, isPlainOnly });
  program.define(
    3,
    (locals, line, to, event) => {
      const at = locals.add();
      return [
        set(out, to),
        fillBytes(i32(SLOTS), i32(0), i32(MAX_SLOTS * SLOT_BYTES)),
        store32(i32(TYPE), i32(0)),
        pass(at, taken(line, event)),
        set(out, to),
        giveBack(at),
      ];
    },
    "walk",
  );
  const varint = defineVarint(program, out);
  const begin = defineBegin(program, { out, put, varint });
  const length = defineLength(program);
  defineSteps(program, {
    ...{ out, put, base, extension, varint, begin, length },
    isSame: defineIsSame(program),
    content: defineContent(program, out, put),
    int: defineInt(program, { out, put, varint }),
  });
  return program.build();
}

const write = (out: Variable, byte: number): Code => [store8(out, i32(byte)), increase(out, i32(1))];

function defineVarint(program: ModuleBuilder, out: Variable): Callee {
  return program.define(1, (_, value) => [
    loop((again) =>
      when(isAbove(value, i32(0x7f)), [
        store8(out, or(and(value, i32(0x7f)), i32(0x80))),
        increase(out, i32(1)),
        set(value, shiftRight(value, i32(7))),
        jump(again),
      ]),
    ),
    store8(out, value),
    increase(out, i32(1)),
    giveBack(out),
  ]);
}

/** Bytes of a varint. Comparisons give 1 or 0. */
const sizeOf = (value: Code): Code =>
  add(
    add(i32(1), isAbove(value, i32(0x7f))),
    add(add(isAbove(value, i32(0x3fff)), isAbove(value, i32(0x1f_ffff))), isAbove(value, i32(0xfff_ffff))),
  );

type Writers = Pick<Parts, "out" | "put" | "varint">;

/** `inner`: bytes of the value. Up to its length. */
function writeName({ out, put, varint }: Writers, step: Variable, inner: Variable, scratch: Variable): Code {
  const name = load32(step, STEP.name);
  return [
    write(out, ATTRIBUTE),
    set(scratch, varint(add(add(load32(step, STEP.nameLength), sizeOf(inner)), inner))),
    set(out, put(name, add(name, load32(step, STEP.nameLength)))),
    set(scratch, varint(inner)),
  ];
}

function defineBegin(program: ModuleBuilder, writers: Writers): Callee {
  const { out, varint } = writers;
  return program.define(2, (locals, step, length) => {
    const inner = locals.add();
    const scratch = locals.add();
    return [
      set(inner, add(add(i32(1), sizeOf(length)), length)),
      writeName(writers, step, inner, scratch),
      write(out, STRING),
      giveBack(varint(length)),
    ];
  });
}

function defineInt(program: ModuleBuilder, writers: Writers): Callee {
  const { out, varint } = writers;
  return program.define(3, (locals, step, at, end) => {
    const value = locals.add();
    const inner = locals.add();
    const scratch = locals.add();
    return [
      when(at, [
        when(isAbove(sub(end, at), i32(MOST_DIGITS)), unsure),
        loop((again) =>
          when(isBelow(at, end), [
            set(value, add(multiply(value, i32(10)), sub(load8(at), i32(DIGIT_0)))),
            increase(at, i32(1)),
            jump(again),
          ]),
        ),
      ]),
      set(inner, add(i32(1), sizeOf(value))),
      writeName(writers, step, inner, scratch),
      write(out, INT),
      giveBack(varint(value)),
    ];
  });
}

function defineLength(program: ModuleBuilder): Callee {
  return program.define(2, (locals, at, end) => {
    const length = locals.add();
    const marks = locals.add();
    return [
      increase(at, i32(1)),
      set(end, sub(end, i32(1))),
      set(length, sub(end, at)),
      loop((again) =>
        when(isBelow(at, end), [
          set(marks, highestBits(equalBytes(load128(at), splat(BACKSLASH)))),
          when(isZero(marks), [increase(at, i32(VECTOR_BYTES)), jump(again)]),
          increase(at, trailingZeros(marks)),
          when(isBelow(at, end), [
            when(equal(load8(at, 1), i32(U)), unsure),
            set(length, sub(length, i32(1))),
            increase(at, i32(2)),
            jump(again),
          ]),
        ]),
      ),
      giveBack(length),
    ];
  });
}

/** Without an escape that is a copy. */
function defineContent(program: ModuleBuilder, out: Variable, put: Callee): Callee {
  const plain = definePlainLength(program);
  return program.define(2, (locals, at, end) => {
    const byte = locals.add();
    const isEscaped = Object.entries(ESCAPES).map(([letter, code]) =>
      when(equal(byte, i32(letter.charCodeAt(0))), set(byte, i32(code))),
    );
    return [
      increase(at, i32(1)),
      set(end, sub(end, i32(1))),
      loop((again) => [
        set(byte, plain(at, end)),
        set(out, put(at, byte)),
        set(at, byte),
        when(isBelow(at, end), [
          set(byte, load8(at, 1)),
          isEscaped,
          store8(out, byte),
          increase(out, i32(1)),
          increase(at, i32(2)),
          when(isBelow(at, end), jump(again)),
        ]),
      ]),
      giveBack(out),
    ];
  });
}

/** `(at, end)`: the next backslash, or the end. */
function definePlainLength(program: ModuleBuilder): Callee {
  return program.define(2, (locals, at, end) => {
    const marks = locals.add();
    return [
      loop((again) =>
        when(isBelow(at, end), [
          set(marks, highestBits(equalBytes(load128(at), splat(BACKSLASH)))),
          when(isZero(marks), [increase(at, i32(VECTOR_BYTES)), jump(again)]),
          increase(at, trailingZeros(marks)),
          when(isBelow(at, end), giveBack(at)),
        ]),
      ),
      giveBack(end),
    ];
  });
}

/** What the code of one step is written with. */
class StepCode {
  readonly parts: Parts;
  readonly at: Variable;
  readonly start: Variable;
  readonly stop: Variable;
  readonly other: Variable;
  readonly scratch: Variable;
  readonly length: Variable;

  constructor(parts: Parts, locals: Locals, at: Variable) {
    this.parts = parts;
    this.at = at;
    this.start = locals.add();
    this.stop = locals.add();
    this.other = locals.add();
    this.scratch = locals.add();
    this.length = locals.add();
  }

  begin(length: Code): Code {
    return set(this.scratch, this.parts.begin(this.at, length));
  }

  /** A text of bytes that are there as they are. */
  copy(from: Code, end: Code): Code {
    return set(this.parts.out, this.parts.put(from, end));
  }

  get text(): Code {
    const { parts, start, stop, length, scratch } = this;
    return when(start, [
      pass(length, parts.length(start, stop)),
      this.begin(length),
      set(scratch, parts.content(start, stop)),
    ]);
  }
}

function textCases(step: StepCode, cases: Code[]): void {
  const { parts, at, start, stop, other, scratch, length } = step;
  const hasOther = load32(other);
  cases[WRITE.text] = step.text;
  cases[WRITE.int] = when(start, pass(scratch, parts.int(at, start, stop)));
  cases[WRITE.digits] = when(start, [step.begin(sub(stop, start)), step.copy(start, stop)]);
  cases[WRITE.either] = [when(isZero(start), [set(start, hasOther), set(stop, load32(other, 4))]), step.text];
  cases[WRITE.status] = when(or(start, isZero(hasOther)), pass(scratch, parts.int(at, start, stop)));
  const both = [
    pass(length, parts.length(start, stop)),
    pass(scratch, parts.length(hasOther, load32(other, 4))),
    step.begin(add(add(length, scratch), i32(1))),
    set(scratch, parts.content(start, stop)),
    write(parts.out, SPACE),
    set(scratch, parts.content(hasOther, load32(other, 4))),
  ];
  cases[WRITE.command] = when(start, when(hasOther, both, step.text));
  const wanted = load32(at, STEP.wantedLength);
  cases[WRITE.where] = when(
    equal(sub(load32(other, 4), hasOther), wanted),
    when(parts.isSame(hasOther, load32(at, STEP.wanted), wanted), step.text),
  );
}

function pathCases(step: StepCode, cases: Code[]): void {
  const { parts, start, stop, scratch, length } = step;
  const last = sub(stop, i32(1));
  cases[WRITE.base] = when(start, [
    pass(length, parts.base(start, stop)),
    when(isBelow(length, last), [step.begin(sub(last, length)), step.copy(length, last)]),
  ]);
  cases[WRITE.extension] = when(start, [
    pass(length, parts.extension(start, stop)),
    when(length, [step.begin(sub(last, length)), step.copy(length, last)]),
  ]);
  cases[WRITE.directory] = when(start, [
    pass(length, parts.base(start, stop)),
    // Of what lies at the root that is all there is.
    when(
      equal(length, add(start, i32(2))),
      [step.begin(i32(1)), write(parts.out, SLASH)],
      when(isBelow(add(start, i32(1)), length), [
        step.begin(sub(length, add(start, i32(2)))),
        step.copy(add(start, i32(1)), sub(length, i32(1))),
      ]),
    ),
    set(scratch, i32(0)),
  ]);
}

function defineSteps(program: ModuleBuilder, parts: Parts): void {
  program.define(
    2,
    (locals, at, end) => {
      const step = new StepCode(parts, locals, at);
      const { start, stop, other } = step;
      const slot = locals.add();
      const cases: Code[] = [];
      for (const addCases of [textCases, pathCases]) addCases(step, cases);
      return [
        block((done) =>
          loop((again) => [
            jumpIf(isZero(isBelow(at, end)), done),
            set(slot, load32(at, STEP.slot)),
            set(start, load32(slot)),
            set(stop, load32(slot, 4)),
            set(other, load32(at, STEP.other)),
            choose(load32(at, STEP.kind), cases),
            increase(at, i32(STEP.bytes)),
            jump(again),
          ]),
        ),
        giveBack(parts.out),
      ];
    },
    "attributes",
  );
}
