/** @module What a program asks before anything is copied: most calls are what no selector is about, and end here. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramBuilder } from "../../kernel/program/index.ts";
import type { Conditions } from "./conditions.ts";
import { type Glance, GlanceCode, planGlance } from "./glance.ts";
import type { Plan, PlannedSelector } from "./plan.ts";
import type { Reader } from "./reader.ts";

/** What is decided about. */
export interface CheapDecision {
  readonly plan: Plan;
  /** The program's. */
  readonly selectors: readonly PlannedSelector[];
  readonly conditions: Conditions;
  readonly reader: Reader;
  /** Is to hold the number of the first selector that may hold; `undefined` where there is one alone. */
  readonly first: HeldRegister | undefined;
}

/** Ends the program unless a selector may hold. Those before the first that may are decided. */
export function decideCheaply(b: ProgramBuilder, decision: CheapDecision): void {
  const { asm } = b;
  const { selectors, first } = decision;
  const glance = planGlance(b, selectors);
  const [look, slow] = [asm.freshLabel("glance"), asm.freshLabel("copy")];
  for (const selector of first === undefined ? [] : selectors) {
    const { index, cheap } = selector;
    const next = asm.freshLabel("next_selector");
    test(b, decision, selector, () => asm.jump(next));
    const isGlancedAt = glance?.conditions.has(selector) === true;
    asm.note(`selector ${index} may hold`).set(first!, index);
    asm.jump(isGlancedAt ? look : slow).label(next);
    if (cheap.length === 0) break;
  }
  if (first === undefined) test(b, decision, selectors[0]!, () => b.leave());
  else if (asm.isReached()) b.leave();
  if (glance !== undefined && asm.isReached(look)) {
    asm.label(look);
    glanceAt(b, decision, glance, slow);
  }
  if (asm.isReached(slow)) asm.label(slow);
}

/** A call at which the first condition of all does not hold is counted there: counting it twice would cost the most. */
function test(
  b: ProgramBuilder,
  { plan, conditions }: CheapDecision,
  { index, cheap }: PlannedSelector,
  fails: () => void,
): void {
  const [condition, ...others] = cheap;
  if (condition !== undefined) conditions.test(condition, fails);
  if (index === 0) plan.counters.emit(b, plan.passed);
  for (const other of others) conditions.test(other, fails);
}

/** Ends the program unless a selector may hold, for all that a glance says; goes to `full` where one may. */
function glanceAt(
  b: ProgramBuilder,
  { plan, selectors, conditions, reader, first }: CheapDecision,
  glance: Glance,
  full: string,
): void {
  const { asm } = b;
  using code = new GlanceCode(b, glance, full);
  code.look(reader);
  for (const selector of selectors) {
    const { index, cheap } = selector;
    const [next, holds] = [asm.freshLabel("next_selector"), asm.freshLabel("holds")];
    if (first !== undefined) asm.note(`selector ${index}`).jumpIf(first, ">", index, next);
    if (first !== undefined && index > 0) {
      if (cheap.length > 0) asm.jumpIf(first, "==", index, holds);
      for (const condition of cheap) conditions.test(condition, () => asm.jump(next));
      asm.label(holds).set(first, index);
    }
    const condition = glance.conditions.get(selector);
    if (condition === undefined) asm.jump(full);
    else {
      code.decide(condition);
      plan.counters.emit(b, condition.counter);
    }
    asm.label(next);
  }
  b.leave();
}
