/** @module What the slots of a checkpoint from an earlier run say. */
import { type CheckpointViews, isPosition, LAST_SEEN, POSITION, SLOT_QUADS, SLOT_WORDS } from "./layout.ts";

/** Earlier runs may have noted milliseconds since 1970: a count goes on from there as well as from anywhere. */
export function lastTurn({ slotCount, slotFloats, slotWords }: CheckpointViews): number {
  let last = 0;
  for (let slot = 0; slot < slotCount; slot++) {
    const seen = slotFloats[slot * SLOT_QUADS + LAST_SEEN]!;
    if (isUsed(slotWords, slot) && Number.isSafeInteger(seen) && seen > last) last = seen;
  }
  return last;
}

/** Whether each slot in use has a position. */
export function areSlotsSound({ slotCount, slotFloats, slotWords }: CheckpointViews): boolean {
  for (let slot = 0; slot < slotCount; slot++) {
    if (isUsed(slotWords, slot) && !isPosition(slotFloats[slot * SLOT_QUADS + POSITION]!)) return false;
  }
  return true;
}

function isUsed(slotWords: Int32Array, slot: number): boolean {
  return (slotWords[slot * SLOT_WORDS]! & 1) === 1;
}
