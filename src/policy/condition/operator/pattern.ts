/** @module `SubString`, `SubStringIgnCase` and paths with `*`. */
import type { OperandOf } from "../../policy.ts";
import { globPatterns, literalPattern } from "../automaton/pattern.ts";
import { searchPatterns } from "../automaton/search.ts";
import type { Lowering } from "../context.ts";
import type { BytesLocation } from "../location.ts";

/** The bytes contain one of the texts. @throws RangeError when one is too long. */
export const lowerSubString: Lowering<OperandOf<"SubString" | "SubStringIgnCase">, BytesLocation> = (
  context,
  { operator, strings },
  location,
  outcome,
) => {
  const ignoresCase = operator === "SubStringIgnCase";
  const patterns = strings.map((text) => literalPattern(text, ignoresCase));
  const set = { patterns, isAtFront: false, isAtBack: false, ignoresCase };
  searchPatterns(context, set, location, outcome);
};

/** The bytes are, begin or end with a path in which each `*` is any text without a slash. @throws RangeError when one is too intricate. */
export const lowerGlob: Lowering<OperandOf<"Glob">, BytesLocation> = (
  context,
  operand,
  location,
  outcome,
) => {
  searchPatterns(context, globPatterns(operand), location, outcome);
};
