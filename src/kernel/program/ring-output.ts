/** @module Copies a record that lies elsewhere to the ring buffer, or counts it as lost. */
import type { HeldRegister, RegisterOperand } from "../asm/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import { countIn } from "./count.ts";

/** `BPF_RB_NO_WAKEUP`: the reader looks at the ring by itself. Without it, a record that finds the ring read to its end wakes whoever waits. */
const BPF_RB_NO_WAKEUP = 1;

/** Names of the maps that a writer needs. */
export interface RecordMaps {
  /** Ring buffer that the record goes to. */
  readonly ring: string;
  /** Per-CPU array with one `u64`: records that found no room. */
  readonly lost: string;
  /** Per-CPU array whose values have room for the longest record. */
  readonly scratch: string;
  /** Name of the stack slot, 8 bytes, that says which of the values. @default the first */
  readonly scratchKey?: string | undefined;
  /** Whether the first record after the reader has read all wakes one that waits for the ring. */
  readonly wakesReader?: boolean;
}

/** Flags of the helpers that make a record visible. */
export function ringFlags({ wakesReader }: RecordMaps): number {
  return wakesReader === true ? 0 : BPF_RB_NO_WAKEUP;
}

/** The slot of {@link RecordMaps.scratchKey}, or one of the caller's for the first value. */
export function scratchKey(
  { asm }: ProgramBuilder,
  { scratchKey: name }: RecordMaps,
  own: string | symbol,
): number {
  if (name !== undefined) return asm.slot(name, 8);
  const key = asm.slot(own, 4);
  asm.store(4, "r10", key, 0);
  return key;
}

/**
 * Copies `size` bytes of a record to the ring. One that finds no room is counted, and the program goes on at `lost`.
 * @param size A register other than `r1`, `r2` and `r4`.
 */
export function outputToRing(
  builder: ProgramBuilder,
  maps: RecordMaps,
  {
    record,
    size,
    lost,
    onLost,
  }: {
    readonly record: HeldRegister;
    readonly size: RegisterOperand;
    readonly lost?: string | undefined;
    /** Adds code for one that found no room. Uses `r0` to `r5`. */
    readonly onLost?: (() => void) | undefined;
  },
): void {
  const { asm } = builder;
  const sent = asm.freshLabel("sent");
  asm.note(`send ${maps.ring}`).loadMap("r1", maps.ring).set("r2", record);
  if (size !== "r3") asm.set("r3", size);
  asm.set("r4", ringFlags(maps)).call("ringbuf_output").jumpIf("r0", "==", 0, sent);
  countIn(builder, maps.lost);
  onLost?.();
  if (lost !== undefined) asm.jump(lost);
  asm.label(sent);
}
