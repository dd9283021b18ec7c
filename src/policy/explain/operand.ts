/** @module What an operand asks, in words. */
import type { Operand } from "../policy.ts";
import { valueTexts } from "../single-values.ts";

/** Values that are named; there may be thousands. */
const MAX_NAMED = 6;

/** `a, b or c`, and how many more there are. */
export function listed(words: readonly string[], join: "or" | "and" = "or"): string {
  if (words.length > MAX_NAMED) {
    return `${words.slice(0, MAX_NAMED).join(", ")} ${join} ${words.length - MAX_NAMED} more`;
  }
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${join} ${words.at(-1)}`;
}

/** To follow the name of a value: `is 1 or 2`, `does not begin with "/etc"`. */
export function wordsOf(operand: Operand): string {
  const { isNegated } = operand;
  const is = isNegated ? "is not" : "is";
  const verb = (positive: string, stem: string) => (isNegated ? `does not ${stem}` : positive);
  const values = listed(valueTexts(operand));
  switch (operand.operator) {
    case "Equal":
    case "InRange":
    case "EqualString":
    case "FileType":
      return `${is} ${values}`;
    case "GT":
      return `${is} greater than ${values}`;
    case "LT":
      return `${is} less than ${values}`;
    case "Mask":
      return `${verb("has", "have")} a bit of ${values}`;
    case "Prefix":
      return `${verb("begins", "begin")} with ${values}`;
    case "Postfix":
      return `${verb("ends", "end")} with ${values}`;
    case "SubString":
    case "SubStringIgnCase": {
      const ending = operand.operator === "SubString" ? "" : ", in upper or lower case";
      return `${verb("contains", "contain")} ${values}${ending}`;
    }
    case "Glob": {
      const how = { nowhere: "", end: ", or begins so", start: ", or ends so" }[operand.opensAt];
      return `${verb("is", "be").replace("does not be", "is not")} like ${values}${how} (* is any name or part of one)`;
    }
    case "CapabilitiesGained":
      return "has capabilities that the first set lacks";
    case "CelExpr":
      return operand.expression;
    case "SAddr":
    case "DAddr":
      return `has a ${SUBJECTS[operand.operator]} that ${is} in ${values}`;
    default:
      return `has a ${SUBJECTS[operand.operator]} that ${is} ${values}`;
  }
}

const SUBJECTS: Readonly<Record<string, string>> = {
  SAddr: "source address",
  DAddr: "destination address",
  SPort: "source port",
  DPort: "destination port",
  Protocol: "protocol",
  Family: "address family",
  State: "state",
};
