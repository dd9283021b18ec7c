/** @module How much memory an event takes, about. */

/** Bytes of an object, of a member or item, and of a character, as JavaScriptCore keeps them, about. */
const OBJECT_BYTES = 32;
const MEMBER_BYTES = 16;

/** Bytes that `value` takes, about. Deeper than this is counted as nothing: an event is about ten levels deep. */
const MAX_DEPTH = 32;

export function sizeOf(value: unknown, depth = 0): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || depth === MAX_DEPTH) return 0;
  let size = OBJECT_BYTES;
  for (const field in value) {
    size += MEMBER_BYTES + sizeOf((value as Record<string, unknown>)[field], depth + 1);
  }
  return size;
}
