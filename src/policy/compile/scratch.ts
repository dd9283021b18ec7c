/**
 * @module The memory that programs work in: one value for each processor, which all programs of policies share. What a
 * program decides about lies at offsets that are known when it is assembled, strings in regions of their own.
 */

import { BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import type { RecordMaps } from "../../kernel/program/index.ts";

/** Names of the maps that all programs of policies share. */
export const POLICY_MAPS = {
  scratch: "tetrad_policy",
  record: "tetrad_policy_r",
  /** Array with one `u64` for each entry of a policy, which may be mapped: one of {@link ENTRY_STATE}. */
  state: "tetrad_policy_s",
  /** Per-CPU array with one `u64`: calls that came while another program was at work on the processor. */
  missed: "tetrad_policy_m",
} as const;

/** What an entry does where a selector of it holds. */
export const ENTRY_STATE = {
  /** Nothing: it is not attached yet, or was disabled. */
  off: 0,
  enforce: 1,
  /** It posts, and carries nothing out. */
  monitor: 2,
} as const;

/** Entries of all policies at most: one for each hook of a policy, and another while it is swapped. */
export const MOST_ENTRIES = 4096;

/** Bytes of a processor's memory: `PCPU_MIN_UNIT_SIZE`, the most that a per-CPU map takes. */
const SCRATCH_SIZE = 1 << 15;

/** Bytes of the longest string: a mask bounds its length. */
export const LONGEST_BYTES = 4095;
/** Bytes that are the scratch's before and behind a region: conditions compare words. */
const MARGIN = 8;

/** Definitions of the shared maps, but for the ring and its counter. */
export function policyMaps(): MapDefinition[] {
  const perCpu = { type: BPF_MAP_TYPE.PERCPU_ARRAY, keySize: 4, maxEntries: 1 };
  return [
    { name: POLICY_MAPS.scratch, ...perCpu, valueSize: SCRATCH_SIZE },
    { name: POLICY_MAPS.record, ...perCpu, valueSize: SCRATCH_SIZE },
    { name: POLICY_MAPS.missed, ...perCpu, valueSize: 8 },
  ];
}

/** The maps that a record of a policy goes through. */
export function recordMaps(ring: Pick<RecordMaps, "ring" | "lost" | "wakesReader">): RecordMaps {
  return { ...ring, scratch: POLICY_MAPS.record };
}

/** Bytes of variable length in the scratch. Where they are built from their end, `start` says where they begin. */
export interface Region {
  /** Of the first byte. */
  readonly offset: number;
  readonly capacity: number;
  /** A `u32`: how many there are. */
  readonly length: number;
  /** A `u32`: how many bytes of the region lie before them. */
  readonly start: number | undefined;
}

/** Where in the scratch a `u32` is that says whether a program is at work. */
export const SCRATCH_BUSY = 0;

/** Hands out places in the scratch. */
export class Scratch {
  #end = 8;

  /** A place for a number. @throws RangeError when the scratch is full. */
  field(size: number): number {
    return this.#take(size, size);
  }

  /**
   * A place for bytes.
   * @param slack Bytes that may be written behind the capacity.
   * @throws RangeError when the scratch is full.
   */
  region(capacity: number, { isFromEnd = false, slack = 0 } = {}): Region {
    const length = this.field(4);
    const start = isFromEnd ? this.field(4) : undefined;
    const size = Math.ceil((capacity + slack) / 8) * 8;
    const offset = this.#take(MARGIN + size + MARGIN, 8) + MARGIN;
    return { offset, capacity, length, start };
  }

  #take(size: number, alignment: number): number {
    const offset = Math.ceil(this.#end / alignment) * alignment;
    if (offset + size > SCRATCH_SIZE) throw new RangeError("the memory for arguments is used up");
    this.#end = offset + size;
    return offset;
  }
}
