/** @module What to give up so that an event fits: the longest strings first, then the tails of lists. */

import { MIN_TEXT_BYTES } from "./text.ts";
import type { Group, Part, Text } from "./tree.ts";

/** How many bytes strings may cost at most. */
export interface Caps {
  readonly text: number;
  readonly last: number;
}

/** How far one attempt may go: strings are not shortened below these bytes. */
interface Attempt extends Caps {
  /** Whether the tails of lists and maps may be cut. */
  readonly isCutting: boolean;
}

/**
 * A string of the first resort keeps 128 bytes before items of lists go, one of the last resort 256; when even empty
 * lists are not enough, both give way.
 */
const ATTEMPTS: readonly Attempt[] = [
  { isCutting: false, text: MIN_TEXT_BYTES, last: 256 },
  { isCutting: true, text: 128, last: 256 },
  { isCutting: true, text: MIN_TEXT_BYTES, last: MIN_TEXT_BYTES },
];

/** A list in an item of a list gets this fraction of what the outer one gets. */
const NESTED_SHARE = 8;

/**
 * Decides what is given up so that `root` costs at most `maxBytes`. How many entries of each group stay is noted in
 * the tree.
 * @returns What strings may cost, or `undefined` when all of it would not be enough.
 */
export function planCuts(root: Part, maxBytes: number): Caps | undefined {
  for (const attempt of ATTEMPTS) {
    if (attempt.isCutting ? cutGroups(root, attempt, maxBytes) : isWhole(root, attempt, maxBytes))
      return largestCaps(root, attempt, maxBytes);
  }
  return undefined;
}

/** Whether all entries of all groups can stay. */
function isWhole(root: Part, caps: Caps, maxBytes: number): boolean {
  return partBytes(root, caps, Number.POSITIVE_INFINITY) <= maxBytes;
}

/** Finds by bisection what every group may cost, and leaves their `kept` accordingly. */
function cutGroups(root: Part, caps: Caps, maxBytes: number): boolean {
  if (partBytes(root, caps, 0) > maxBytes) return false;
  let fits = 0;
  let tooMuch = maxBytes + 1;
  while (tooMuch - fits > 1) {
    const middle = tooMuch > maxBytes ? maxBytes : (fits + tooMuch) >> 1;
    if (partBytes(root, caps, middle) <= maxBytes) fits = middle;
    else {
      tooMuch = middle;
      forgetTails(root);
    }
  }
  partBytes(root, caps, fits);
  return true;
}

/** What goes at some size of the groups goes at any smaller one: it need not be looked at again. */
function forgetTails(part: Part): void {
  for (const group of part.groups) {
    group.entries.length = group.kept;
    for (const entry of group.entries) if (typeof entry === "object") forgetTails(entry);
  }
}

/** What `part` costs when no string and no group costs more than it may. */
function partBytes(part: Part, caps: Caps, maxGroupBytes: number): number {
  let bytes = part.fixed;
  for (const text of part.texts) bytes += Math.min(text.bytes, capOf(text, caps));
  for (const group of part.groups) bytes += groupBytes(group, caps, maxGroupBytes);
  return bytes;
}

function groupBytes(group: Group, caps: Caps, maxGroupBytes: number): number {
  const { entries } = group;
  if (maxGroupBytes === Number.POSITIVE_INFINITY && entries.length < group.total) return maxGroupBytes;
  let bytes = 0;
  let kept = 0;
  while (kept < entries.length) {
    const entry = entries[kept]!;
    const more = typeof entry === "number" ? entry : partBytes(entry, caps, maxGroupBytes / NESTED_SHARE);
    if (bytes + more > maxGroupBytes) break;
    bytes += more;
    kept++;
  }
  group.kept = kept;
  return bytes;
}

function capOf(text: Text, caps: Caps): number {
  return text.kind === "last" ? caps.last : caps.text;
}

/** Gives strings all the room that is left: those of the last resort first. */
function largestCaps(root: Part, least: Caps, maxBytes: number): Caps {
  const texts: number[] = [];
  const lasts: number[] = [];
  let room = maxBytes - keptFixedBytes(root);
  for (const text of keptTexts(root)) (text.kind === "last" ? lasts : texts).push(text.bytes);
  const last = largestCap(lasts, room - capped(texts, least.text));
  room -= capped(lasts, last);
  return { last, text: largestCap(texts, room) };
}

/** The strings that are not in what is cut. */
export function keptTexts(part: Part, found: Text[] = []): Text[] {
  for (const text of part.texts) found.push(text);
  for (const group of part.groups) {
    for (let i = 0; i < group.kept; i++) {
      const entry = group.entries[i]!;
      if (typeof entry === "object") keptTexts(entry, found);
    }
  }
  return found;
}

function keptFixedBytes(part: Part): number {
  let bytes = part.fixed;
  for (const group of part.groups) {
    for (let i = 0; i < group.kept; i++) {
      const entry = group.entries[i]!;
      bytes += typeof entry === "number" ? entry : keptFixedBytes(entry);
    }
  }
  return bytes;
}

function capped(sizes: readonly number[], cap: number): number {
  let bytes = 0;
  for (const size of sizes) bytes += Math.min(size, cap);
  return bytes;
}

/** The largest common cap under which `sizes` add up to at most `room`. */
function largestCap(sizes: readonly number[], room: number): number {
  const ascending = Float64Array.from(sizes).sort();
  let left = room;
  for (const [i, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i));
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}
