/** @module Code that writes attributes by a list of steps (layout.ts), out of values whose places in the line are known. */
import { COLON, SPACE } from "../../../event/scan/line.ts";
import { unsure } from "../../../event/scan/program/text.ts";
import { pass } from "../../../event/scan/program/value.ts";
import {
  add,
  block,
  type Code,
  choose,
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
  set,
  sub,
  type Variable,
  when,
} from "../../../lib/wasm/code.ts";
import type { Locals, ModuleBuilder } from "../../../lib/wasm/module.ts";
import { STEP, WRITE } from "./layout.ts";
import { type Parts, write } from "./values.ts";

const SLASH = 0x2f;

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
  cases[WRITE.plain] = when(start, [
    set(scratch, start),
    loop((again) =>
      when(isBelow(scratch, stop), [
        when(equal(load8(scratch), i32(COLON)), unsure),
        increase(scratch, i32(1)),
        jump(again),
      ]),
    ),
    step.text,
  ]);
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

export function defineSteps(program: ModuleBuilder, parts: Parts): void {
  program.define(
    3,
    (locals, at, end, to) => {
      const step = new StepCode(parts, locals, at);
      const { start, stop, other } = step;
      const slot = locals.add();
      const cases: Code[] = [];
      for (const addCases of [textCases, pathCases]) addCases(step, cases);
      return [
        set(parts.out, to),
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
