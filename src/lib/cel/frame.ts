/** @module What an expression sees while it is evaluated, and how much it may do. */
import type { JsonObject } from "../json/object.ts";
import { CelEvaluationError } from "./error.ts";
import type { Type, Value } from "./value.ts";

/**
 * Steps that one evaluation may take: elements that macros go through, and text and lists that it
 * builds. A few milliseconds; an expression that needs more has no value.
 */
export const MAX_STEPS = 100_000;
/** Characters, bytes or elements that cost a step when they are copied. */
const COPIED_PER_STEP = 64;

/** One evaluation. Reused for the next one. */
export class Frame {
  /** The messages in the environment's variables, as JSON. */
  variables: JsonObject = {};
  /** Variables of macros, by how deep they are nested. */
  readonly locals: Value[] = [];
  #steps = 0;

  /** Begins an evaluation with `variables`. */
  begin(variables: JsonObject, steps: number): void {
    this.variables = variables;
    this.#steps = steps;
  }

  /** Steps that are left; below 0 when there were not enough. */
  get stepsLeft(): number {
    return this.#steps;
  }

  /** Takes a step. @throws CelEvaluationError when there is none left */
  step(): void {
    if (--this.#steps < 0) throw new CelEvaluationError("takes too many steps");
  }

  /** Takes the steps for a value that was built. @throws CelEvaluationError when there are not enough left */
  built(value: Value): void {
    if (typeof value === "string" || value instanceof Uint8Array || Array.isArray(value)) {
      this.#steps -= Math.ceil(value.length / COPIED_PER_STEP);
      this.step();
    }
  }
}

/** Evaluates an expression. @throws CelEvaluationError */
export type Evaluate = (frame: Frame) => Value;

/** A compiled expression, or part of one. */
export interface Compiled {
  readonly type: Type;
  readonly evaluate: Evaluate;
}
