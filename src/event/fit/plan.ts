/** @module What to give up so that an event fits: the longest strings first, then the tails of lists. */
import { MIN_TEXT_BYTES } from "./text.ts";
import type { Group, Part, Text } from "./tree.ts";

/** What a string may cost at most, without its quotes. */
export interface Caps {
  readonly text: number;
  readonly last: number;
}

/** How far one attempt may go: strings are not shortened below these bytes. */
interface Attempt extends Caps {
  /** Whether the tails of lists and maps may be cut. */
  readonly isCutting: boolean;
}

const WHOLE: Caps = { text: Number.POSITIVE_INFINITY, last: Number.POSITIVE_INFINITY };

/**
 * Before the tails of lists go, a string keeps 128 bytes, and one that says what the event is about 256; when empty
 * lists are not enough, both give way.
 */
const ATTEMPTS: readonly Attempt[] = [
  { isCutting: false, text: MIN_TEXT_BYTES, last: 256 },
  { isCutting: true, text: 128, last: 256 },
  { isCutting: true, text: MIN_TEXT_BYTES, last: MIN_TEXT_BYTES },
];

/** Of this many entries of a list each gets its share for the lists in it; the ones after them get what is left. */
const MAX_SHARES = 8;

/** What `root` costs when nothing is given up. */
export function wholeBytes(root: Part): number {
  return partBytes(root, WHOLE, Number.POSITIVE_INFINITY);
}

/**
 * Decides what is given up so that `root` costs at most `maxBytes`. How many entries of each group stay is noted in
 * the tree.
 * @returns What strings may cost, or `undefined` when all of it would not be enough.
 */
export function planCuts(root: Part, maxBytes: number): Caps | undefined {
  for (const attempt of ATTEMPTS) {
    const isEnough = attempt.isCutting
      ? cutGroups(root, attempt, maxBytes)
      : partBytes(root, attempt, Number.POSITIVE_INFINITY) <= maxBytes;
    if (isEnough) return largestCaps(root, attempt, maxBytes);
  }
  return undefined;
}

/** Finds what a group may cost, and leaves the groups cut to it. @returns Whether cutting is enough. */
function cutGroups(root: Part, caps: Caps, maxBytes: number): boolean {
  const isEnough = (groupBytes: number) => partBytes(root, caps, groupBytes) <= maxBytes;
  if (!isEnough(0)) return false;
  let enough = maxBytes;
  while (!isEnough(enough)) {
    forgetTails(root);
    enough >>= 1;
  }
  // Nothing is forgotten from here on, so that the same answer comes again for what was found to be enough.
  let tooMuch = Math.min(2 * enough + 2, maxBytes + 1);
  while (tooMuch - enough > 1) {
    const middle = (enough + tooMuch) >> 1;
    if (isEnough(middle)) enough = middle;
    else tooMuch = middle;
  }
  return isEnough(enough);
}

/** Forgets what goes: a list of a million entries is looked at once, not at every try. */
function forgetTails(part: Part): void {
  for (const group of part.groups) {
    group.entries.length = group.kept;
    for (const entry of group.entries) if (typeof entry === "object") forgetTails(entry);
  }
}

/** What `part` costs when no string and no group costs more than it may. */
function partBytes(part: Part, caps: Caps, maxGroupBytes: number): number {
  let bytes = bytesWithoutGroups(part, caps);
  for (const group of part.groups) bytes += groupBytes(group, caps, maxGroupBytes);
  return bytes;
}

function bytesWithoutGroups(part: Part, caps: Caps): number {
  let bytes = part.fixed;
  for (const text of part.texts) bytes += Math.min(text.bytes, capOf(text, caps));
  return bytes;
}

/** What the entries cost that fit into `maxBytes`; notes how many they are. */
function groupBytes(group: Group, caps: Caps, maxBytes: number): number {
  const { entries, total } = group;
  if (maxBytes === Number.POSITIVE_INFINITY && entries.length < total) return maxBytes;
  let bytes = -group.spareComma;
  let kept = 0;
  while (kept < entries.length) {
    const entry = entries[kept]!;
    const room = maxBytes - bytes;
    const more =
      typeof entry === "number" ? entry : entryBytes(entry, caps, room, Math.min(total - kept, MAX_SHARES));
    if (more > room) break;
    bytes += more;
    kept++;
  }
  group.kept = kept;
  return kept === 0 ? 0 : bytes;
}

/** What an entry costs whose groups may have one of so many `shares` of the `room`. */
function entryBytes(entry: Part, caps: Caps, room: number, shares: number): number {
  const bytes = bytesWithoutGroups(entry, caps);
  if (bytes > room || entry.groups.length === 0) return bytes;
  const share = (room - bytes) / shares / entry.groups.length;
  let withGroups = bytes;
  for (const group of entry.groups) withGroups += groupBytes(group, caps, share);
  return withGroups;
}

function capOf(text: Text, caps: Caps): number {
  return text.kind === "last" ? caps.last : caps.text;
}

/** Gives strings all the room that is left, those of the last resort first. */
function largestCaps(root: Part, least: Caps, maxBytes: number): Caps {
  const texts: number[] = [];
  const lasts: number[] = [];
  for (const text of keptTexts(root)) (text.kind === "last" ? lasts : texts).push(text.bytes);
  const room = maxBytes - keptFixedBytes(root);
  const last = largestCap(lasts, room - cappedBytes(texts, least.text));
  return { last, text: largestCap(texts, room - cappedBytes(lasts, last)) };
}

/** The strings that are in no tail that goes. */
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
    if (group.kept > 0) bytes -= group.spareComma;
    for (let i = 0; i < group.kept; i++) {
      const entry = group.entries[i]!;
      bytes += typeof entry === "number" ? entry : keptFixedBytes(entry);
    }
  }
  return bytes;
}

function cappedBytes(sizes: readonly number[], cap: number): number {
  let bytes = 0;
  for (const size of sizes) bytes += Math.min(size, cap);
  return bytes;
}

/** The largest common cap under which `sizes` add up to at most `room`. */
function largestCap(sizes: readonly number[], room: number): number {
  const ascending = Float64Array.from(sizes).sort();
  let left = room;
  for (let i = 0; i < ascending.length; i++) {
    const share = Math.floor(left / (ascending.length - i));
    if (ascending[i]! > share) return share;
    left -= ascending[i]!;
  }
  return Number.POSITIVE_INFINITY;
}
