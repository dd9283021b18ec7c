/**
 * @module Whether a line is all that an event says, found while it is scanned: every field is known, has its name of the
 * proto files and stands once. Fields in the expected order stand once; others are remembered.
 */
import { hashedKey, keyHash } from "./key.ts";

/** Set false by scanners where a line may say more than the event that is made of it. Who asks begins with true. */
export const wholeness = { isWhole: true };

/** Entries of a map that are compared with one another. */
const COMPARED_ENTRIES = 64;

/** Hashes of the names in the map at hand. No map in an event has maps in it. */
const hashes = new Int32Array(COMPARED_ENTRIES);
let count = 0;

/** Looks at an entry of a map whose name is `[start, end)`. @param isFirst Whether it is the map's first one. */
export function noteEntry(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  isFirst: boolean,
): void {
  if (isFirst) count = 0;
  if (count === COMPARED_ENTRIES) {
    wholeness.isWhole = false;
    return;
  }
  const hash = keyHash(bytes, view, start, end);
  if (hashedKey.hasEscape) wholeness.isWhole = false;
  for (let i = 0; i < count; i++) if (hashes[i] === hash) wholeness.isWhole = false;
  hashes[count++] = hash;
}

/** Looks at a field of a message. @param seen Fields that were there before, a bit for each. @returns Those, and the field. */
export function noteField(seen: number, field: number): number {
  const bit = 1 << field;
  if (field < 0 || (seen & bit) !== 0) wholeness.isWhole = false;
  return seen | bit;
}
