/**
 * @module Compares bytes with strings that are in the instructions: a trie whose steps are eight bytes long, so that a
 * path of forty takes five loads, and siblings are told apart by a binary search. It reads from the front for what begins
 * with a string, from the end for what ends with one.
 */
import type { AccessSize, Assembler } from "../../kernel/asm/index.ts";
import { type Bytes, littleEndian } from "./bytes.ts";
import { searchIntervals } from "./decision-tree.ts";
import { goTo, type Outcome, settle } from "./outcome.ts";

/** Bytes of a step. */
const WORD = 8;

/** What is searched, in bytes that are open. */
export interface TrieSearch {
  /** None of them begins (or ends) with another. */
  readonly values: readonly Uint8Array[];
  readonly end: "front" | "back";
  readonly bytes: Bytes;
  /** How many bytes there are at least, as the program knows when the search begins. */
  readonly known: number;
}

/** The last piece of a value: a load of `size` bytes, `at` bytes from the value's front or back, of which some bits do not count. */
interface Piece {
  readonly at: number;
  readonly size: AccessSize;
  readonly unusedBits: number;
}

/** Where in the trie the code is. */
interface Step {
  /** Words that were compared: in these all values of the step are alike. */
  readonly depth: number;
  /** How many bytes there are at least, as the program knows by now. */
  readonly known: number;
  /** The label that is placed behind the step's code. */
  readonly next: string;
}

/** Holds when the bytes begin (or end) with one of the values. Uses `r0`, `r3` and `r4`. */
export function searchTrie(asm: Assembler, search: TrieSearch, outcome: Outcome): void {
  const step = { depth: 0, known: search.known, next: outcome.next };
  // Of the empty one nothing is compared.
  if (search.values.some(({ length }) => length === 0)) settle(asm, outcome.held, outcome.next);
  else {
    if (search.known > 0) search.bytes.pointToFront();
    new TrieCompiler(asm, search, outcome).step(search.values, step);
  }
}

/** How many comparisons the trie has, about. */
export function trieSize(values: readonly Uint8Array[]): number {
  return values.reduce((sum, value) => sum + Math.ceil(value.length / WORD), 0);
}

class TrieCompiler {
  readonly #asm: Assembler;
  readonly #search: TrieSearch;
  readonly #outcome: Outcome;

  constructor(asm: Assembler, search: TrieSearch, outcome: Outcome) {
    this.#asm = asm;
    this.#search = search;
    this.#outcome = outcome;
  }

  /** Compares what comes after `depth` words. */
  step(values: readonly Uint8Array[], step: Step): void {
    const { held, failed } = this.#outcome;
    const { depth, next } = step;
    const compared = depth * WORD;
    if (values.some(({ length }) => length === compared)) {
      goTo(this.#asm, held, next);
      return;
    }
    // The shorter ones first: what is too short for them is too short for the others.
    const longer = values.filter(({ length }) => length >= compared + WORD);
    const ending = values.filter(({ length }) => length < compared + WORD);
    const groups = [...Map.groupBy(ending, ({ length }) => length)].sort(([one], [other]) => one - other);
    let { known } = step;
    for (const [index, [length, group]] of groups.entries()) {
      const isLast = longer.length === 0 && index === groups.length - 1;
      const otherwise = isLast ? failed : this.#asm.freshLabel("other");
      this.#compareEnds(group, { depth, known, next: isLast ? next : otherwise }, otherwise);
      if (!isLast) this.#asm.label(otherwise);
      known = Math.max(known, length);
    }
    if (longer.length > 0) this.#compareWords(longer, { depth, known, next });
  }

  /** Compares the last pieces of values of one length. */
  #compareEnds(values: readonly Uint8Array[], { depth, known, next }: Step, otherwise: string): void {
    const { length } = values[0]!;
    const piece = lastPiece(length, depth);
    this.#load(piece, length, known);
    const { held } = this.#outcome;
    const cases = values.map((value) => ({ number: this.#expected(value, piece), label: held }));
    this.#compare(cases, piece.size, { otherwise, next });
  }

  /** Compares the next word of values that have one, and goes on with those of them that have it. */
  #compareWords(values: readonly Uint8Array[], { depth, known, next }: Step): void {
    const piece = { at: depth * WORD, size: WORD, unusedBits: 0 } as const;
    const shortest = Math.min(...values.map(({ length }) => length));
    this.#load(piece, shortest, known);
    const children = [...Map.groupBy(values, (value) => this.#expected(value, piece))].map(
      ([number, group]) => ({ number, group, label: this.#asm.freshLabel("word") }),
    );
    const { failed } = this.#outcome;
    this.#compare(children, WORD, { otherwise: failed, next: children[0]!.label });
    for (const [index, { group, label }] of children.entries()) {
      this.#asm.label(label);
      const after = children[index + 1]?.label ?? next;
      this.step(group, { depth: depth + 1, known: Math.max(known, shortest), next: after });
    }
  }

  #compare(
    cases: readonly { readonly number: bigint; readonly label: string }[],
    size: AccessSize,
    labels: { readonly otherwise: string; readonly next: string },
  ): void {
    const bits = size === WORD ? 64 : 32;
    const kind = { bits, isSigned: false, min: 0n, max: (1n << BigInt(bits)) - 1n } as const;
    const intervals = cases
      .map(({ number, label }) => ({ first: number, last: number, label }))
      .sort((one, other) => (one.first < other.first ? -1 : 1));
    searchIntervals(this.#asm, { register: "r3", kind, ...labels }, intervals);
  }

  /** `r3` = a piece of the bytes, which must be as many as `least`, and are as many as `known`. */
  #load({ at, size, unusedBits }: Piece, least: number, known: number): void {
    const { end, bytes } = this.#search;
    const asm = this.#asm;
    if (least > known) {
      bytes.jumpIfFewer(least, this.#outcome.failed);
      // From here on the verifier knows that as many bytes can be read there.
      if (end === "front") bytes.pointToFront();
      else bytes.pointToBack();
    }
    if (end === "front") bytes.loadFromFront("r3", size, at);
    else bytes.loadFromBack("r3", size, at);
    if (unusedBits === 0) return;
    const shift = end === "front" ? "<<=" : ">>=";
    if (size === WORD) asm.alu("r3", shift, unusedBits);
    else asm.alu32("r3", shift, unusedBits);
  }

  /** What a piece is in a value. */
  #expected(value: Uint8Array, { at, size, unusedBits }: Piece): bigint {
    if (this.#search.end === "front")
      return littleEndian(value.subarray(at, at + size)) << BigInt(unusedBits);
    const last = value.length - at;
    return littleEndian(value.subarray(Math.max(last - size, 0), last));
  }
}

/**
 * The piece that a value of that length ends with. One that reaches back into the word before it is one load, where
 * just the bytes that are left would take two or three.
 */
function lastPiece(length: number, depth: number): Piece {
  const left = length - depth * WORD;
  const size = left <= 2 ? (left as 1 | 2) : left <= 4 ? 4 : 8;
  if (length >= size) return { at: length - size, size, unusedBits: 0 };
  return { at: 0, size, unusedBits: (size - length) * 8 };
}

/** Those of some values that do not begin (or end) with another of them: what they hold for, that one holds for. */
export function withoutSubsumed(values: readonly Uint8Array[], end: "front" | "back"): Uint8Array[] {
  // As text of one character a byte, each ending there where it is compared last.
  const texts = values.map((value) => (end === "front" ? value : value.toReversed()).toHex());
  const kept = new Set<string>();
  const lengths = [...new Set(texts.map(({ length }) => length))].sort((one, other) => one - other);
  const shortestFirst = [...values.keys()].sort((one, other) => texts[one]!.length - texts[other]!.length);
  return shortestFirst
    .filter((index) => {
      const text = texts[index]!;
      if (lengths.some((length) => length <= text.length && kept.has(text.slice(0, length)))) return false;
      kept.add(text);
      return true;
    })
    .map((index) => values[index]!);
}
