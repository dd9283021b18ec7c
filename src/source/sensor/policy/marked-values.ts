/** @module Which values of conditions have never matched, of policies that ask for it. */

import type { PlannedSelector } from "../../../policy/compile/index.ts";
import type { TaskCondition } from "../../../policy/condition/process/index.ts";
import type { Condition, Operand, ValueCondition } from "../../../policy/policy.ts";
import type { MarkedValues } from "../../../policy/registry/index.ts";
import { completeMarks, valueTexts } from "../../../policy/single-values.ts";

/** Which values have matched, a byte for each. */
export type MarksOf = (condition: Condition, operand: Operand) => Uint8Array;

/** Of all conditions of a selector whose values are marked. */
export function markedValues(selector: PlannedSelector, marksOf: MarksOf): MarkedValues[] {
  const { cheap, others, returnConditions } = selector;
  return [...cheap, ...others, ...returnConditions].flatMap(({ condition }) => {
    if (!("operand" in condition) || condition.operand.isMarked !== true) return [];
    const { operand } = condition;
    const marks = marksOf(condition, operand);
    const texts = valueTexts(operand);
    completeMarks(operand, marks);
    const written = texts.slice(0, operand.links?.written);
    return {
      filter: filterName(condition),
      operator: `${operand.isNegated ? "Not" : ""}${operand.operator}`,
      count: written.length,
      unmatched: written.filter((_, position) => marks[position] !== 1),
    };
  });
}

const FILTERS = {
  argument: "matchArgs",
  data: "matchData",
  return: "matchReturnArgs",
  "command-argument": "matchCmdArgs",
} as const;

function filterName(
  condition: Extract<TaskCondition | ValueCondition, { readonly operand: Operand }>,
): string {
  if (condition.kind !== "binary") return FILTERS[condition.kind];
  return condition.of === "parent" ? "matchParentBinaries" : "matchBinaries";
}
