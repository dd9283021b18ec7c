/** @module `Equal`, `GT`, `LT`, `InRange` and `Mask` on integers, at the width and sign of their type. */
import type { AccessSize } from "../../../kernel/asm/index.ts";
import type { IntegerRange, OperandOf } from "../../policy.ts";
import type { ConditionContext, Lowering } from "../context.ts";
import type { NumberKind } from "../decision-tree.ts";
import { type IntegerLocation, isMemory, loadPlace } from "../location.ts";
import { decide } from "../outcome.ts";
import { searchedRanges, searchRanges } from "../range-set.ts";

type IntegerOperand = OperandOf<"Equal" | "GT" | "LT" | "InRange">;

/** All that these operators ask is whether the number is in some ranges. */
export const lowerInteger: Lowering<IntegerOperand, IntegerLocation> = (
  context,
  operand,
  location,
  outcome,
) => {
  // One and two bytes without their sign are loaded as they are; equality does not need it.
  const isSigned = location.isSigned && (operand.operator !== "Equal" || location.size >= 4);
  const kind = numberKind(location.size, isSigned);
  const ranges = searchedRanges(context, rangesOf(operand, kind), kind);
  loadInteger(context, { ...location, isSigned });
  searchRanges(context, { register: "r1", kind, ranges }, outcome);
};

/** A bit in common with one of the masks is one in common with all of them together. */
export const lowerMask: Lowering<OperandOf<"Mask">, IntegerLocation> = (
  context,
  { integers },
  location,
  outcome,
) => {
  const { asm } = context;
  const mask = BigInt.asUintN(
    location.size * 8,
    integers.reduce((all, one) => all | one, 0n),
  );
  loadInteger(context, { ...location, isSigned: false });
  const immediate = Number(BigInt.asIntN(32, mask));
  if (mask <= 0xffff_ffffn) {
    decide(asm, { register: "r1", condition: "&", value: immediate, is32: true }, outcome);
    return;
  }
  asm.setWide("r0", mask);
  decide(asm, { register: "r1", condition: "&", value: "r0" }, outcome);
};

/** What an integer of so many bytes can be, and how it is compared. */
export function numberKind(size: AccessSize, isSigned: boolean): NumberKind {
  const bits = BigInt(size * 8);
  const [min, max] = isSigned ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  return { bits: size === 8 ? 64 : 32, isSigned, min, max };
}

/** `r1` = an integer; of one that has less than 4 bytes, its low 32 bits are the number. */
export function loadInteger({ asm }: ConditionContext, { place, size, isSigned }: IntegerLocation): void {
  loadPlace(asm, "r1", place);
  if (size >= 4) return;
  const unused = 32 - size * 8;
  if (isSigned) asm.alu32("r1", "<<=", unused).alu32("r1", "s>>=", unused);
  else if (!isMemory(place) || place.size > size) asm.alu32("r1", "&=", 2 ** (size * 8) - 1);
}

function rangesOf(operand: IntegerOperand, kind: NumberKind): readonly IntegerRange[] {
  switch (operand.operator) {
    case "InRange":
      return operand.ranges;
    case "Equal":
      return operand.integers.map((integer) => point(cut(integer, kind)));
    case "GT":
      // More than one of them is more than the smallest.
      return [{ first: least(operand.integers) + 1n, last: kind.max }];
    case "LT":
      return [{ first: kind.min, last: -least(operand.integers.map((integer) => -integer)) - 1n }];
  }
}

/** The number at the width and sign of a type. */
function cut(integer: bigint, { isSigned, max }: NumberKind): bigint {
  const width = max.toString(2).length;
  return isSigned ? BigInt.asIntN(width + 1, integer) : BigInt.asUintN(width, integer);
}

function point(value: bigint): IntegerRange {
  return { first: value, last: value };
}

function least(integers: readonly bigint[]): bigint {
  return integers.reduce((one, other) => (one < other ? one : other));
}
