/** @module What an expression sees while it is evaluated, and how much it may do. */
import type { JsonObject } from "../../event/batch.ts";
import { CelEvaluationError } from "./error.ts";
import type { Value } from "./value.ts";

/**
 * Steps that an expression may take for one event: elements that macros go through, and text and lists that it
 * builds. A few milliseconds; an expression that needs more has no value.
 */
const MAX_STEPS = 100_000;
/** Characters, bytes or elements that cost a step when they are copied. */
const COPIED_PER_STEP = 64;

/** One evaluation. Reused for the next one. */
export class Frame {
  event: JsonObject = {};
  /** Variables of macros, by how deep they are nested. */
  readonly locals: Value[] = [];
  #steps = 0;

  /** Begins the evaluation for `event`. */
  begin(event: JsonObject): void {
    this.event = event;
    this.#steps = MAX_STEPS;
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
