/** @module What conditions are compiled with. */
import type { Assembler } from "../../kernel/asm/index.ts";
import type { ConditionMaps } from "./maps.ts";
import type { Outcome } from "./outcome.ts";

/** The program that a condition is in, and where it puts its maps. */
export interface ConditionContext {
  readonly asm: Assembler;
  readonly maps: ConditionMaps;
  /** Where the marks of the values begin that are looked up. @default they are not marked */
  readonly firstMark?: number;
}

/** Adds the code that decides whether a value is what an operand says. Uses `r0` to `r5`. */
export type Lowering<O, L> = (context: ConditionContext, operand: O, location: L, outcome: Outcome) => void;
