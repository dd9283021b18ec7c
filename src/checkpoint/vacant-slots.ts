/** @module Which slots of a checkpoint a stream can be given. */

/** What is known of the slots. */
export interface SlotStates {
  isUsed(slot: number): boolean;
  /** Whether this process reads for the slot's stream. */
  isHeld(slot: number): boolean;
  /** The turn in which it was last seen. */
  lastSeen(slot: number): number;
}

/** Free slots, and those that can be freed. */
export class VacantSlots {
  readonly #states: SlotStates;
  /** Those that were taken back; the one to be given away next at the end. */
  readonly #free: number[] = [];
  /** Slots `[next, end)` have not been looked at: a start need not look at all. */
  #next = 0;
  #end = 0;
  /** Those not held when they were looked for, the oldest at the end. */
  #spare: number[] = [];

  constructor(states: SlotStates) {
    this.#states = states;
  }

  /** From now on there are so many slots. */
  extend(slotCount: number): void {
    this.#end = slotCount;
  }

  /** Takes a slot back that is not in use any more. */
  give(slot: number): void {
    if (slot < this.#next) this.#free.push(slot);
  }

  /** A free slot; -1 when there is none. */
  take(): number {
    const taken = this.#free.pop();
    if (taken !== undefined) return taken;
    while (this.#next < this.#end) {
      const slot = this.#next++;
      if (!this.#states.isUsed(slot)) return slot;
    }
    return -1;
  }

  /** The slot in use that was not seen for longest, of those that nobody holds; -1 when there is none. */
  oldest(slotCount: number): number {
    const { lastSeen } = this.#states;
    if (this.#spare.length === 0) {
      for (let slot = 0; slot < slotCount; slot++) if (this.#isSpare(slot)) this.#spare.push(slot);
      this.#spare.sort((a, b) => lastSeen(b) - lastSeen(a));
    }
    for (;;) {
      const slot = this.#spare.pop();
      if (slot === undefined || this.#isSpare(slot)) return slot ?? -1;
    }
  }

  #isSpare(slot: number): boolean {
    return this.#states.isUsed(slot) && !this.#states.isHeld(slot);
  }
}
