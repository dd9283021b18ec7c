/** @module Whether a number is in a set of ranges: by comparing with constants, or in a map where there are very many. */
import { BPF_MAP_TYPE } from "../../kernel/map/index.ts";
import type { IntegerRange } from "../policy.ts";
import type { ConditionContext } from "./context.ts";
import { type NumberKind, searchIntervals } from "./decision-tree.ts";
import type { MapEntry } from "./maps.ts";
import { foundValue, lookUpValue } from "./marked.ts";
import { type Outcome, settle } from "./outcome.ts";

/**
 * Ranges that are compared with constants: a thousand take ten comparisons, 1 or 2 ns where a look-up takes 7 (of a number)
 * to 70 (of a range), and up to 40 KB of code. More would bring a program that has several such sets near the longest
 * jump, of 32,767 instructions.
 */
export const MOST_COMPARED = 1024;

/** Instructions that a range takes, about, by the width of the number. */
export const RANGE_CODE = { 32: 3, 64: 6 } as const;

const KEY = Symbol("number");

/** A set to search. */
export interface RangeSearch {
  readonly register: "r1";
  readonly kind: NumberKind;
  /** Sorted, and apart from each other. */
  readonly ranges: readonly IntegerRange[];
}

/** Holds when the number in `r1` is in one of the ranges. */
export function searchRanges(context: ConditionContext, search: RangeSearch, outcome: Outcome): void {
  const { register, kind, ranges } = search;
  const { held, failed, next } = outcome;
  const [only] = ranges;
  if (only === undefined || (only.first === kind.min && only.last === kind.max)) {
    settle(context.asm, only === undefined ? failed : held, next);
    return;
  }
  const isFew =
    context.firstMark === undefined &&
    ranges.length <= MOST_COMPARED &&
    context.maps.takeCode(ranges.length * RANGE_CODE[kind.bits]);
  if (!isFew) {
    lookUp(context, search, outcome);
    return;
  }
  const intervals = ranges.map((range) => ({ ...range, label: held }));
  searchIntervals(context.asm, { register, kind, otherwise: failed, next }, intervals);
}

/** Ranges to search: as in {@link normalRanges}, or where they are marked each as it is. */
export function searchedRanges(
  { firstMark }: ConditionContext,
  ranges: readonly IntegerRange[],
  kind: NumberKind,
): readonly IntegerRange[] {
  return firstMark === undefined ? normalRanges(ranges, kind) : ranges;
}

/** Ranges as they are in a set: cut to what the number can be, sorted, overlapping and adjacent ones joined. */
export function normalRanges(
  ranges: readonly IntegerRange[],
  { min, max }: Pick<NumberKind, "min" | "max">,
): IntegerRange[] {
  const inside = ranges
    .map(({ first, last }) => ({ first: first < min ? min : first, last: last > max ? max : last }))
    .filter(({ first, last }) => first <= last)
    .sort((one, other) => (one.first < other.first ? -1 : Number(one.first > other.first)));
  const joined: { first: bigint; last: bigint }[] = [];
  for (const { first, last } of inside) {
    const before = joined.at(-1);
    if (before === undefined || first > before.last + 1n) joined.push({ first, last });
    else if (last > before.last) before.last = last;
  }
  return joined;
}

/** Numbers as 8 bytes in network order, which a trie has by their first bits. */
function lookUp(context: ConditionContext, { register, kind, ranges }: RangeSearch, outcome: Outcome) {
  const { asm } = context;
  const isAllPoints = ranges.every(({ first, last }) => first === last);
  if (context.firstMark !== undefined && !isAllPoints)
    throw new RangeError(`${ranges.length} values, ranges among them, are too many for mark-values`);
  const bits = BigInt(kind.bits);
  const unsigned = ranges.flatMap(({ first, last }) => split(first, last, bits));
  const key = asm.slot(KEY, 16);
  if (kind.bits === 32) asm.alu32(register, "=", register);
  asm.toBigEndian(8, register).store(8, "r10", key + 8, register);
  if (!isAllPoints) asm.store(4, "r10", key + 4, 64);
  const isTrie = !isAllPoints;
  const points = unsigned.map(({ first }, at): MapEntry => [bigEndian(first), foundValue(context, at)]);
  const entries = isTrie
    ? unsigned.flatMap(({ first, last }) => prefixes(first, last)).map(trieEntry)
    : points;
  asm.set("r2", "r10").alu("r2", "+=", key + (isTrie ? 4 : 8));
  const map = isTrie ? { type: BPF_MAP_TYPE.LPM_TRIE, keySize: 12 } : { type: BPF_MAP_TYPE.HASH, keySize: 8 };
  lookUpValue(context, map, entries, outcome);
}

/** The range as unsigned numbers of so many bits: of one that begins below zero and ends above, two. */
function split(first: bigint, last: bigint, bits: bigint): IntegerRange[] {
  const unsigned = (value: bigint) => BigInt.asUintN(Number(bits), value);
  if (first < 0n && last >= 0n)
    return [
      { first: 0n, last },
      { first: unsigned(first), last: unsigned(-1n) },
    ];
  return [{ first: unsigned(first), last: unsigned(last) }];
}

/** A number, and how many of its lowest bits do not matter. */
interface Prefix {
  readonly value: bigint;
  readonly freeBits: bigint;
}

/** The fewest prefixes that have the numbers of a range and no others. */
function prefixes(first: bigint, last: bigint): Prefix[] {
  const found: Prefix[] = [];
  for (let at = first; at <= last; ) {
    let freeBits = 0n;
    while (at % (2n << freeBits) === 0n && at + (2n << freeBits) - 1n <= last && freeBits < 64n) freeBits++;
    found.push({ value: at, freeBits });
    at += 1n << freeBits;
  }
  return found;
}

function trieEntry({ value, freeBits }: Prefix): MapEntry {
  const key = new Uint8Array(12);
  new DataView(key.buffer).setUint32(0, 64 - Number(freeBits), true);
  key.set(bigEndian(value), 4);
  return [key, Uint8Array.of(1)];
}

function bigEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}
