/**
 * @module Looks strings up in a trie of the kernel's (`BPF_MAP_TYPE_LPM_TRIE`), where there are too many to compare with.
 * It finds the longest entry that a key begins with, and looks at as many of the key's bits as the key says: so the bytes
 * are the key where they lie, behind a length that is written into their margin, and nothing is copied.
 */
import { BPF_MAP_TYPE } from "../../kernel/map/index.ts";
import type { Bytes } from "./bytes.ts";
import type { ConditionContext } from "./context.ts";
import type { MapEntry } from "./maps.ts";
import { foundValue, lookUpValue } from "./marked.ts";
import type { Outcome } from "./outcome.ts";

/** `LPM_DATA_SIZE_MAX` of the kernel's `kernel/bpf/lpm_trie.c`: bytes of an entry. */
const LONGEST_ENTRY = 256;
/** Bytes of the number of bits that a key begins with, and of the length that keys have which must be equal. */
const BITS_SIZE = 4;
const LENGTH_SIZE = 4;
/** Bytes of what is turned around: they lie on the stack. */
const LONGEST_REVERSED = 128;
const WORD = 8;

/** Bytes of the longest string that can be looked up, by what it is looked up for. */
export const LONGEST_LOOKED_UP = {
  EqualString: LONGEST_ENTRY - LENGTH_SIZE,
  Prefix: LONGEST_ENTRY,
  Postfix: LONGEST_REVERSED,
} as const;

const KEY = Symbol("reversed");

/** Values that are looked up in bytes that are open. */
export interface StringLookUp {
  readonly values: readonly Uint8Array[];
  readonly bytes: Bytes;
}

/** Holds when the bytes begin with one of the values. */
export function lookUpPrefix(
  context: ConditionContext,
  { values, bytes }: StringLookUp,
  outcome: Outcome,
): void {
  const { asm } = context;
  const longest = longestOf(values);
  bytes.resolve();
  cutKey(context, longest);
  asm.alu("r2", "+=", bytes.offset - BITS_SIZE).store(4, "r2", 0, "r1");
  lookUp(context, longest, values.map(prefixEntry(context, longest)), outcome);
}

/** Holds when the bytes are one of the values: the key has their number before them, so that an entry that fits has it, too. */
export function lookUpEqual(
  context: ConditionContext,
  { values, bytes }: StringLookUp,
  outcome: Outcome,
): void {
  const { asm } = context;
  const longest = longestOf(values);
  bytes.resolve();
  asm.jumpIf("r1", ">", longest, outcome.failed);
  asm.alu("r2", "+=", bytes.offset - BITS_SIZE - LENGTH_SIZE).store(4, "r2", BITS_SIZE, "r1");
  asm.alu("r1", "+=", LENGTH_SIZE).alu("r1", "<<=", 3).store(4, "r2", 0, "r1");
  const size = longest + LENGTH_SIZE;
  const withLength = values.map((value) => {
    const bytes = new Uint8Array(LENGTH_SIZE + value.length);
    new DataView(bytes.buffer).setUint32(0, value.length, true);
    bytes.set(value, LENGTH_SIZE);
    return bytes;
  });
  lookUp(context, size, withLength.map(prefixEntry(context, size)), outcome);
}

/** Holds when the bytes end with one of the values: both are turned around, the bytes eight at a time, from their end. */
export function lookUpPostfix(
  context: ConditionContext,
  { values, bytes }: StringLookUp,
  outcome: Outcome,
): void {
  const { asm } = context;
  const size = Math.ceil(longestOf(values) / WORD) * WORD;
  const key = asm.slot(KEY, WORD + LONGEST_REVERSED);
  const turned = asm.freshLabel("turned");
  asm.set("r3", 0);
  for (let at = 0; at < size; at += WORD) asm.store(8, "r10", key + WORD + at, "r3");
  for (let at = 0; at < size; at += WORD) {
    bytes.jumpIfFewer(at + 1, turned);
    bytes.pointToBack();
    bytes.loadFromBack("r3", WORD, at);
    asm.toBigEndian(8, "r3").store(8, "r10", key + WORD + at, "r3");
  }
  asm.label(turned);
  bytes.resolve();
  cutKey(context, size);
  asm.store(4, "r10", key + WORD - BITS_SIZE, "r1");
  asm.set("r2", "r10").alu("r2", "+=", key + WORD - BITS_SIZE);
  const turnedAround = values.map((value) => value.toReversed());
  lookUp(context, size, turnedAround.map(prefixEntry(context, size)), outcome);
}

/** `r1` = bits of a key of so many bytes, of which no entry has more than `most`. */
function cutKey({ asm }: ConditionContext, most: number): void {
  const short = asm.freshLabel("short");
  asm.jumpIf("r1", "<=", most, short).set("r1", most).label(short).alu("r1", "<<=", 3);
}

/** Looks the key at `r2` up. */
function lookUp(
  context: ConditionContext,
  size: number,
  entries: readonly MapEntry[],
  outcome: Outcome,
): void {
  lookUpValue(context, { type: BPF_MAP_TYPE.LPM_TRIE, keySize: BITS_SIZE + size }, entries, outcome);
}

/** Makes an entry for all keys that begin with some bytes. @param size Bytes of a key. */
function prefixEntry(
  context: ConditionContext,
  size: number,
): (bytes: Uint8Array, number: number) => MapEntry {
  return (bytes, number) => {
    const key = new Uint8Array(BITS_SIZE + size);
    new DataView(key.buffer).setUint32(0, bytes.length * 8, true);
    key.set(bytes, BITS_SIZE);
    return [key, foundValue(context, number)];
  };
}

function longestOf(values: readonly Uint8Array[]): number {
  return Math.max(...values.map(({ length }) => length));
}
