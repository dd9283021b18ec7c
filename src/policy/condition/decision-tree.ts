/**
 * @module Finds which of many intervals a number lies in, by comparing with constants: a binary search that is written
 * out, so that a thousand intervals take ten comparisons and no memory.
 */
import type { Assembler, JumpCondition, RegisterOperand } from "../../kernel/asm/index.ts";
import { branch, goTo, jumpWhen, type Test } from "./outcome.ts";

/** Numbers from `first` to `last`, and where the program goes on with them. */
export interface Interval {
  readonly first: bigint;
  readonly last: bigint;
  readonly label: string;
}

/** What kind of number is looked at. */
export interface NumberKind {
  /** How many low bits of the register are compared. */
  readonly bits: 32 | 64;
  readonly isSigned: boolean;
  /** What it can be. */
  readonly min: bigint;
  readonly max: bigint;
}

/** What the search is given. */
export interface Search {
  readonly register: RegisterOperand;
  readonly kind: NumberKind;
  /** Where a number that is in none goes on. */
  readonly otherwise: string;
  /** The label that is placed behind the code. */
  readonly next: string;
}

/** Few enough to be tried one after the other. */
const FEW = 3;

/**
 * Goes on where the interval says that has the register's number.
 * @param intervals Sorted, and apart from each other.
 */
export function searchIntervals(asm: Assembler, search: Search, intervals: readonly Interval[]): void {
  if (intervals.length <= FEW) {
    tryInTurn(asm, search, intervals);
    return;
  }
  const middle = intervals.length >> 1;
  const { kind } = search;
  const pivot = intervals[middle]!.first;
  const upper = asm.freshLabel("upper");
  jumpWhen(asm, comparison(asm, search, ">=", pivot), upper);
  const below = { ...kind, max: pivot - 1n };
  searchIntervals(asm, { ...search, kind: below, next: upper }, intervals.slice(0, middle));
  asm.label(upper);
  searchIntervals(asm, { ...search, kind: { ...kind, min: pivot } }, intervals.slice(middle));
}

function tryInTurn(asm: Assembler, search: Search, intervals: readonly Interval[]): void {
  const { otherwise, next, kind } = search;
  let { min } = kind;
  for (const [index, { first, last, label }] of intervals.entries()) {
    const isLast = index === intervals.length - 1;
    // Where it goes on unless it is in this one.
    const test = intervalTest(asm, { ...search, kind: { ...kind, min } }, { first, last });
    // A comparison with one number says nothing of those below it.
    if (first < last || first === min) min = last + 1n;
    if (test === undefined) {
      goTo(asm, label, next);
      return;
    }
    if (isLast) branch(asm, test, label, otherwise, next);
    else jumpWhen(asm, test, label);
  }
  if (intervals.length === 0) goTo(asm, otherwise, next);
}

/** Leaves for `otherwise` below an interval, and gives the comparison that is left; `undefined` when it is all there is. */
function intervalTest(
  asm: Assembler,
  search: Search,
  { first, last }: Omit<Interval, "label">,
): Test | undefined {
  const { min, max } = search.kind;
  if (first <= min && last >= max) return undefined;
  if (first === last) return comparison(asm, search, "==", first);
  if (last >= max) return comparison(asm, search, ">=", first);
  if (first > min) jumpWhen(asm, comparison(asm, search, "<", first), search.otherwise);
  return comparison(asm, search, "<=", last);
}

/** A comparison with a constant, which is put into `r0` where an instruction has no room for it. */
export function comparison(
  asm: Assembler,
  { register, kind: { bits, isSigned } }: Pick<Search, "register" | "kind">,
  operator: "==" | "!=" | ">=" | "<" | "<=",
  value: bigint,
): Test {
  const condition = (isSigned && /[<>]/.test(operator) ? `s${operator}` : operator) as JumpCondition;
  if (bits === 32) return { register, condition, value: Number(BigInt.asIntN(32, value)), is32: true };
  const signed = BigInt.asIntN(64, value);
  if (signed === BigInt.asIntN(32, value)) return { register, condition, value: Number(signed) };
  asm.setWide("r0", signed);
  return { register, condition, value: "r0" };
}
