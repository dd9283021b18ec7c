/** @module Fields cut out of a line's text by their names, without decoding it. */
import { CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, skipSpace } from "../scan/line.ts";
import type { Edit } from "./edit.ts";
import { findKey, keyOf } from "./keys.ts";
import { endOfValue, type LineBytes } from "./walk.ts";

/** What becomes of a field: it stays, it is cut out, or, if it holds messages, fields of those are. */
export type CutRule = "keep" | "cut" | CutPlan;

/** What becomes of the fields of one message. */
export class CutPlan {
  readonly keys: readonly Uint8Array[];
  readonly rules: readonly CutRule[];
  /** What becomes of fields that have no rule of their own. */
  readonly other: "keep" | "cut";

  /** @param rules By the names of the fields. */
  constructor(rules: ReadonlyMap<string, CutRule>, other: "keep" | "cut") {
    this.keys = [...rules.keys()].map(keyOf);
    this.rules = [...rules.values()];
    this.other = other;
  }
}

/**
 * The edits that leave of the object at `at` what `plan` keeps. Names of fields are written without escapes.
 * @returns In ascending order; none when all stays.
 */
export function cutsOf(line: LineBytes, at: number, plan: CutPlan): Edit[] {
  const edits: Edit[] = [];
  cutObject(line, at, plan, edits);
  return edits;
}

/** @returns The position after the object. */
function cutObject(line: LineBytes, at: number, plan: CutPlan, edits: Edit[]): number {
  const { bytes } = line;
  let next = skipSpace(bytes, at + 1);
  /** Where the text begins that is to be cut out, and where the field ends that was kept last. */
  let cut = -1;
  let kept = at + 1;
  while (bytes[next] === QUOTE) {
    const start = next;
    let end = start + 1;
    while (bytes[end] !== QUOTE) end++;
    end++;
    const number = findKey(plan.keys, bytes, start, end);
    const rule = number === -1 ? plan.other : plan.rules[number]!;
    if (bytes[end] !== COLON) end = skipSpace(bytes, end);
    const value = skipSpace(bytes, end + 1);
    if (rule === "cut") {
      if (cut === -1) cut = start;
      next = endOfValue(line, value);
    } else {
      // What is cut out goes with the commas behind it.
      if (cut !== -1) edits.push({ start: cut, end: start, text: "" });
      cut = -1;
      next = kept = cutValue(line, value, rule, edits);
    }
    if (bytes[next] !== COMMA) next = skipSpace(bytes, next);
    if (bytes[next] === COMMA) next = skipSpace(bytes, next + 1);
  }
  // Behind what is cut out at the end there is no comma.
  if (cut !== -1) edits.push({ start: kept, end: next, text: "" });
  return next + 1;
}

/** @returns The position after the value. */
function cutValue(line: LineBytes, at: number, rule: "keep" | CutPlan, edits: Edit[]): number {
  const { bytes } = line;
  if (rule === "keep") return endOfValue(line, at);
  if (bytes[at] === OPEN_BRACE) return cutObject(line, at, rule, edits);
  if (bytes[at] !== OPEN_BRACKET) return endOfValue(line, at);
  let next = skipSpace(bytes, at + 1);
  while (bytes[next] !== CLOSE_BRACKET) {
    // Lists in lists are no messages.
    next = bytes[next] === OPEN_BRACE ? cutObject(line, next, rule, edits) : endOfValue(line, next);
    next = skipSpace(bytes, next);
    if (bytes[next] === COMMA) next = skipSpace(bytes, next + 1);
  }
  return next + 1;
}
