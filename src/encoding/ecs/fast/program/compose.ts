/** @module Code that writes a document by a list of steps (layout.ts), out of values whose places in the line are known. */
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
} from "../../../../event/scan/line.ts";
import { unsure } from "../../../../event/scan/program/text.ts";
import { isByte, pass } from "../../../../event/scan/program/value.ts";
import {
  add,
  and,
  block,
  type Code,
  choose,
  differ,
  divide,
  equal,
  giveBack,
  i32,
  increase,
  isBelow,
  isZero,
  jump,
  jumpIf,
  load8,
  load32,
  loop,
  or,
  remainder,
  set,
  store8,
  store32,
  sub,
  type Variable,
  when,
} from "../../../../lib/wasm/code.ts";
import type { Callee, Locals, ModuleBuilder } from "../../../../lib/wasm/module.ts";
import { STEP, WRITE } from "../layout.ts";
import type { TextMakers } from "./texts.ts";

const [SLASH, DIGIT_0] = [0x2f, 0x30];

/** What steps are made of. */
export interface Parts extends TextMakers {
  readonly out: Variable;
  readonly put: Callee;
  /** `(start, end, to)`: writes a text as a text within JSON; 0 where it cannot. */
  readonly escape: Callee;
  /** `(one, two, length)`: whether the bytes are the same. */
  readonly isSame: Callee;
}

/** `(one, two, length)` */
export function defineIsSame(program: ModuleBuilder): Callee {
  return program.define(3, (_, one, two, length) => [
    loop((again) =>
      when(length, [
        when(differ(load8(one), load8(two)), giveBack(i32(0))),
        increase(one, i32(1)),
        increase(two, i32(1)),
        set(length, sub(length, i32(1))),
        jump(again),
      ]),
    ),
    giveBack(i32(1)),
  ]);
}

/** What the code of one step is written with. */
class StepCode {
  readonly parts: Parts;
  readonly at: Variable;
  readonly line: readonly [start: Variable, end: Variable];
  /** The value of the step's slot; 0 where there is none. */
  readonly start: Variable;
  readonly stop: Variable;
  /** What the step says of another slot or step. */
  readonly other: Variable;
  readonly scratch: Variable;
  /** Arguments that were taken apart last. */
  readonly count: Variable;

  constructor(parts: Parts, locals: Locals, at: Variable, line: StepCode["line"]) {
    this.parts = parts;
    this.at = at;
    this.line = line;
    this.start = locals.add();
    this.stop = locals.add();
    this.other = locals.add();
    this.scratch = locals.add();
    this.count = locals.add();
  }

  write(byte: number): Code {
    const { out } = this.parts;
    return [store8(out, i32(byte)), increase(out, i32(1))];
  }

  copy(from: Code, end: Code): Code {
    return set(this.parts.out, this.parts.put(from, end));
  }

  get value(): Code {
    return this.copy(this.start, this.stop);
  }

  get quoted(): Code {
    return [this.write(QUOTE), this.value, this.write(QUOTE)];
  }

  /** The step's text. */
  get name(): Code {
    const text = load32(this.at, STEP.text);
    return this.copy(text, add(text, load32(this.at, STEP.textLength)));
  }

  get comma(): Code {
    return this.write(COMMA);
  }

  whenThere(code: Code): Code {
    return when(this.start, [this.name, code, this.comma]);
  }

  /** The last byte that was written becomes another one. */
  replaceLast(byte: number): Code {
    return store8(sub(this.parts.out, i32(1)), i32(byte));
  }
}

function objectCases(step: StepCode, cases: Code[]): void {
  const { at, other, parts } = step;
  const { out } = parts;
  const begin = load32(other, STEP.begin);
  cases[WRITE.literal] = step.name;
  cases[WRITE.open] = [store32(at, out, STEP.begin), step.name];
  cases[WRITE.close] = when(equal(out, add(begin, load32(other, STEP.textLength))), set(out, begin), [
    step.replaceLast(CLOSE_BRACE),
    step.comma,
  ]);
}

function valueCases(step: StepCode, cases: Code[]): void {
  const { at, start, stop, other, parts } = step;
  const hasOther = load32(other);
  cases[WRITE.value] = step.whenThere(step.value);
  cases[WRITE.either] = [
    when(isZero(start), [set(start, hasOther), set(stop, load32(other, 4))]),
    step.whenThere(step.value),
  ];
  cases[WRITE.quoted] = step.whenThere(step.quoted);
  cases[WRITE.status] = when(or(start, isZero(hasOther)), [
    step.name,
    when(start, step.value, step.write(DIGIT_0)),
    step.comma,
  ]);
  const text = load32(at, STEP.text);
  const wanted = load32(at, STEP.otherLength);
  // What is compared stands behind the name.
  const isWanted = parts.isSame(load32(other), add(text, load32(at, STEP.textLength)), wanted);
  cases[WRITE.where] = when(
    and(start, hasOther),
    when(equal(sub(load32(other, 4), load32(other)), wanted), when(isWanted, step.whenThere(step.value))),
  );
}

function pathCases(step: StepCode, cases: Code[]): void {
  const { start, stop, scratch, parts } = step;
  const rest = [step.name, step.write(QUOTE), step.copy(scratch, stop), step.comma];
  cases[WRITE.base] = when(start, [
    pass(scratch, parts.base(start, stop)),
    when(isBelow(add(scratch, i32(1)), stop), rest),
  ]);
  cases[WRITE.directory] = when(start, [
    pass(scratch, parts.base(start, stop)),
    when(isBelow(add(start, i32(1)), scratch), [
      step.name,
      step.copy(start, sub(scratch, i32(1))),
      // Of what lies at the root that is all there is.
      when(equal(scratch, add(start, i32(2))), step.write(SLASH)),
      step.write(QUOTE),
      step.comma,
    ]),
  ]);
  cases[WRITE.extension] = when(start, [pass(scratch, parts.extension(start, stop)), when(scratch, rest)]);
}

function commandCases(step: StepCode, cases: Code[]): void {
  const { start, stop, other, scratch, count, parts } = step;
  const { out } = parts;
  cases[WRITE.arguments] = [
    set(count, i32(0)),
    when(start, [
      set(scratch, out),
      step.name,
      step.write(OPEN_BRACKET),
      pass(count, parts.split(start, stop)),
      when(count, [step.replaceLast(CLOSE_BRACKET), step.comma], set(out, scratch)),
    ]),
  ];
  cases[WRITE.count] = when(count, [step.name, writeNumber(out, count, scratch, other), step.comma]);
  const withArguments = [
    step.copy(start, sub(stop, i32(1))),
    step.write(SPACE),
    step.copy(add(load32(other), i32(1)), load32(other, 4)),
  ];
  cases[WRITE.command] = step.whenThere(when(count, withArguments, step.value));
}

function otherCases(step: StepCode, cases: Code[]): void {
  const { start, stop, other, scratch, parts, line } = step;
  const hasOther = load32(other);
  cases[WRITE.pairs] = when(start, [
    step.name,
    step.write(OPEN_BRACKET),
    pass(scratch, parts.pairs(start, stop)),
    step.replaceLast(CLOSE_BRACKET),
    step.comma,
  ]);
  cases[WRITE.both] = when(or(start, hasOther), [
    step.name,
    step.write(OPEN_BRACKET),
    when(start, [when(isByte(start, QUOTE), step.value, step.quoted), when(hasOther, step.comma)]),
    when(hasOther, step.copy(hasOther, load32(other, 4))),
    step.write(CLOSE_BRACKET),
    step.comma,
  ]);
  cases[WRITE.line] = [
    step.name,
    step.write(QUOTE),
    set(scratch, parts.escape(line[0], line[1], parts.out)),
    when(isZero(scratch), unsure),
    set(parts.out, scratch),
    step.write(QUOTE),
  ];
}

/** `(at, end, line, lineEnd)`: runs the steps from `at` to `end`. Gives back where the document ends. */
export function defineCompose(program: ModuleBuilder, parts: Parts, exported: string): Callee {
  return program.define(
    4,
    (locals, at, end, line, lineEnd) => {
      const step = new StepCode(parts, locals, at, [line, lineEnd]);
      const { start, stop, other } = step;
      const slot = locals.add();
      const cases: Code[] = [];
      for (const add of [objectCases, valueCases, pathCases, commandCases, otherCases]) add(step, cases);
      return [
        block((done) =>
          loop((again) => [
            jumpIf(isZero(isBelow(at, end)), done),
            set(slot, load32(at, STEP.slot)),
            set(start, i32(0)),
            when(slot, [set(start, load32(slot)), set(stop, load32(slot, 4))]),
            set(other, load32(at, STEP.other)),
            choose(load32(at, STEP.kind), cases),
            increase(at, i32(STEP.bytes)),
            jump(again),
          ]),
        ),
        giveBack(parts.out),
      ];
    },
    exported,
  );
}

/** Writes a number of up to five digits. */
function writeNumber(out: Variable, number: Variable, divisor: Variable, digit: Variable): Code {
  return [
    set(divisor, i32(10000)),
    loop((again) => [
      when(isZero(isBelow(number, divisor)), [
        set(digit, divide(number, divisor)),
        store8(out, add(remainder(digit, i32(10)), i32(DIGIT_0))),
        increase(out, i32(1)),
      ]),
      set(divisor, divide(divisor, i32(10))),
      when(divisor, jump(again)),
    ]),
  ];
}
