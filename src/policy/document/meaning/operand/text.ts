/** @module Operators on strings, buffers and paths. */
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../../../argument-type.ts";
import type { Operand, OperandOf } from "../../../policy.ts";
import { quote, type Remark } from "../../finding.ts";
import type { Context } from "../context.ts";
import { type Filter, readValues } from "./filter.ts";

/** Bytes of a value that are compared at most. */
const LONGEST: Readonly<Record<string, number>> = {
  Equal: 4096,
  Prefix: 255,
  Postfix: 127,
  SubString: 99,
  SubStringIgnCase: 99,
};

/** What is read of a filter. */
export interface TextFilter {
  readonly values: readonly string[];
  readonly operator: string;
}

/** What a text is compared with: paths have rules of their own. */
export interface TextRules {
  readonly isPath: boolean;
  /** Longest value by operator. */
  readonly longest: number;
}

const PATH_TYPES: readonly ArgumentTypeName[] = ["dentry", "linux_binprm"];

/** Reads the operand; `undefined` when something in it is wrong. */
export function textOperand(filter: Filter, context: Context): Operand | undefined {
  const { operator, isNegated, values, type } = filter;
  const isPath = ARGUMENT_TYPES[type].operands === "file" || PATH_TYPES.includes(type);
  const longest = LONGEST[operator];
  if (longest === undefined) return undefined;
  const texts = readTexts({ values, operator }, { isPath, longest }, context);
  if (texts.length < values.length) return undefined;
  if (operator === "SubString" || operator === "SubStringIgnCase") {
    return { operator, isNegated, strings: texts.map(bytesOf) };
  }
  return pathOperand(operator as "Equal" | "Prefix" | "Postfix", { isNegated, texts, isPath });
}

/** The operand of paths and strings alike: a pattern where a path has `*`. */
export function pathOperand(
  operator: "Equal" | "Prefix" | "Postfix",
  { isNegated, texts, isPath }: { isNegated: boolean; texts: readonly string[]; isPath: boolean },
): OperandOf<"Glob" | "EqualString" | "Prefix" | "Postfix"> {
  if (isPath && texts.some((text) => text.includes("*"))) {
    const opensAt = { Equal: "nowhere", Prefix: "end", Postfix: "start" } as const;
    return { operator: "Glob", isNegated, globs: texts, opensAt: opensAt[operator] };
  }
  return {
    operator: operator === "Equal" ? "EqualString" : operator,
    isNegated,
    strings: texts.map(bytesOf),
  };
}

/**
 * Reads texts by the rules; those that are wrong are left out. A value that can never match is a warning beside others
 * that can, and an error where none can: then the filter is dead.
 */
export function readTexts(filter: TextFilter, rules: TextRules, context: Context): string[] {
  const { values, operator } = filter;
  const dead = new Map<number, Remark>();
  const texts = readValues(filter, context, (value, refuse, index) => {
    // C's strings end with a zero, which some write.
    const text = operator === "Equal" && value.endsWith("\0") ? value.slice(0, -1) : value;
    const wrong = wrongText(text, operator, rules);
    if (wrong !== undefined) return refuse(wrong);
    const never = rules.isPath ? neverMatches(text, operator) : undefined;
    if (never !== undefined) dead.set(index, never);
    const wildcard = wildcardIn(text, rules);
    if (wildcard !== undefined) {
      const cure = `${wildcard} is no wildcard here: the text is compared character by character`;
      context.warn(values, index, { found: quote(text), cure });
    }
    return text;
  });
  const isDead = dead.size > 0 && dead.size === values.length;
  for (const [index, remark] of dead) {
    if (isDead) context.error(values, index, remark);
    else context.warn(values, index, remark);
  }
  return isDead ? [] : texts;
}

function wrongText(text: string, operator: string, { isPath, longest }: TextRules): Remark | undefined {
  const length = Buffer.byteLength(text);
  if (length > longest) {
    const expected = `at most ${longest} bytes with ${operator}: more are not compared`;
    return { found: `${length} bytes`, expected, cure: "it can never match" };
  }
  if (text !== "" || (!isPath && operator === "Equal")) return undefined;
  const cure = operator === "Equal" ? "no path is empty: it can never match" : "it matches everything";
  return { found: '""', expected: "some characters", cure };
}

/** A character that others take for a wildcard, and that stands for itself. */
function wildcardIn(text: string, { isPath }: TextRules): string | undefined {
  if (isPath) return text.includes("?") ? "?" : undefined;
  return /^\/.*\*/.test(text) ? "*" : undefined;
}

/** Why a path can never match, if so. */
function neverMatches(text: string, operator: string): Remark | undefined {
  const never = (expected: string, cure: string): Remark => ({
    found: quote(text),
    expected,
    cure: `it can never match: ${cure}`,
  });
  const isWhole = operator === "Equal";
  if ((isWhole || operator === "Prefix") && !text.startsWith("/")) {
    if (text.startsWith("~"))
      return never("an absolute path", "write the whole path: /home/*/... for every home");
    const end = `/${text.replace(/^\.\//, "")}`;
    return never("an absolute path", `write the whole path, or Postfix with ${quote(end)}`);
  }
  // What a prefix ends in may go on: "/root/." is that of hidden files.
  if (/\/\/|\/\.\.?\//.test(text) || (isWhole && /\/\.\.?$/.test(text))) {
    return never("a path as the kernel has it, without //, /./ and /../", "write it without them");
  }
  if (text.length > 1 && text.endsWith("/") && (isWhole || operator === "Postfix")) {
    return never("a path without / at the end", `write ${quote(text.replace(/\/+$/, ""))}, or Prefix`);
  }
  return undefined;
}

/** Bytes of a value. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}
