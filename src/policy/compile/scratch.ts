/**
 * @module The memory that programs work in: one value for each processor, which all programs of policies share. What a
 * program decides about lies at offsets that are known when it is assembled, strings in regions of their own.
 *
 * Where the kernel may take the processor from a program, which is at functions that call theirs, security modules and probes in
 * programs, others run before it ends. So these have several values for each processor, and take one that is free.
 */

import type { RegisterOperand } from "../../kernel/asm/index.ts";
import { BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import type { ProgramBuilder, RecordMaps } from "../../kernel/program/index.ts";
import type { AttachPoint } from "./attach-point.ts";

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

/** The maps of programs that may be preempted, which are made once there is one. */
export function preemptibleMaps(): MapDefinition[] {
  const { scratch, record, count } = SEVERAL;
  const type = BPF_MAP_TYPE.PERCPU_ARRAY;
  return [scratch, record].map((name) => ({
    name,
    type,
    keySize: 4,
    valueSize: SCRATCH_SIZE,
    maxEntries: count,
  }));
}

/** The memory of a program. */
export interface ScratchMaps {
  readonly scratch: string;
  readonly record: string;
  /** Values for each processor. */
  readonly count: number;
}

const ONE: ScratchMaps = { scratch: POLICY_MAPS.scratch, record: POLICY_MAPS.record, count: 1 };
/** As many programs of a processor may wait for it at a time; another one is counted as missed. */
const SEVERAL: ScratchMaps = { scratch: "tetrad_policy_p", record: "tetrad_policy_q", count: 8 };

/**
 * The memory of the programs at a place.
 * @param isPreemptive Whether the kernel takes the processor from programs.
 */
export function scratchMaps({ program, user }: AttachPoint, isPreemptive: boolean): ScratchMaps {
  const canBePreempted = program === "fentry" || program === "lsm" || user !== undefined;
  return isPreemptive && canBePreempted ? SEVERAL : ONE;
}

/** The maps that a record of a policy goes through. */
export function recordMaps(
  ring: Pick<RecordMaps, "ring" | "lost" | "wakesReader">,
  { record, count }: ScratchMaps,
): RecordMaps {
  return { ...ring, scratch: record, scratchKey: count > 1 ? KEY : undefined };
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

/** Where in the scratch a `u32` is that says whether a program is at work, and where of several its number is. */
const BUSY = 0;
const NUMBER = 4;
/** The stack slot with the number of the one of several that the program has. */
const KEY = "scratch key";

/** `r0` = the scratch, 0 where there is none: of several, that which the program has taken. Uses `r1` to `r5`. */
export function lookUpScratch(b: ProgramBuilder, { scratch, count }: ScratchMaps): void {
  const key = b.asm.slot(KEY, count > 1 ? 8 : 4);
  if (count === 1) b.asm.store(4, "r10", key, 0);
  b.mapLookup(scratch, key);
}

/**
 * `r0` = a scratch that is the program's own until {@link giveScratchBack}. Uses `r1` to `r5`.
 * @param onNone Adds the code for a kernel without the map: `r0` is 0 then.
 * @param onMissed Adds the code for a processor on which other programs have all; it is left there.
 */
export function takeScratch(
  b: ProgramBuilder,
  maps: ScratchMaps,
  { onNone, onMissed }: { readonly onNone: () => void; readonly onMissed: () => void },
): void {
  const { asm } = b;
  const ours = asm.freshLabel("ours");
  if (maps.count === 1) {
    lookUpScratch(b, maps);
    onNone();
    asm.note("is another program at work?").load(4, "r1", "r0", BUSY).jumpIf("r1", "==", 0, ours);
    onMissed();
    asm.label(ours).store(4, "r0", BUSY, 1);
    return;
  }
  const key = asm.slot(KEY, 8);
  for (let number = 0; number < maps.count; number++) {
    const next = asm.freshLabel("taken");
    asm.store(8, "r10", key, number);
    b.mapLookup(maps.scratch, key);
    onNone();
    // In one step: the processor may be taken away between a look and a mark.
    asm.note("is another program at work?").set("r1", 1).atomicExchange(4, "r0", BUSY, "r1");
    asm.jumpIf("r1", "!=", 0, next).store(4, "r0", NUMBER, number).jump(ours).label(next);
  }
  onMissed();
  // A number from memory has no history: the verifier goes on from here once, not once for each.
  asm.label(ours).load(4, "r1", "r0", NUMBER).store(8, "r10", key, "r1");
}

/** Lets others have it. */
export function giveScratchBack({ asm }: ProgramBuilder, scratch: RegisterOperand): void {
  asm.store(4, scratch, BUSY, 0);
}

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
