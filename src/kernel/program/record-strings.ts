/** @module Takes strings of the kernel's own memory into a record. */
import type { HeldRegister, RegisterOperand } from "../asm/index.ts";
import type { SegmentPlace } from "../record/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import type { Pointer } from "./pointer.ts";

const SEGMENT_START = Symbol("segment start");

/** Where strings go. */
export interface SegmentTarget {
  /** Address of the record. */
  readonly record: HeldRegister;
  /** Bytes of the record so far, to which the segment's are added. */
  readonly end: HeldRegister;
  readonly segment: SegmentPlace;
  /** For listings. */
  readonly name: string;
}

/** Which strings are added, and how far. */
export interface StringLimits {
  /** Bytes of the longest string, its NUL included. */
  readonly longest: number;
  /** Bytes of the shortest one that is kept, its NUL included; 0 for all. */
  readonly shortest: number;
  /** Bytes of the record with this segment, at most. */
  readonly bound: number;
}

/** Adds the string that a pointer leads to; jumps to `full` when the longest one would not fit any more. */
export type AddString = (text: Pointer, full: string) => void;

/** The segment = the string that the `char *` at `path` points to, without its NUL, cut at the capacity. */
export function readString(
  builder: ProgramBuilder,
  target: SegmentTarget,
  from: Pointer,
  path: string,
): void {
  const { asm } = builder;
  const { record, end, segment } = target;
  const { text } = builder.pointerMember(from, path);
  builder.load("r3", from, path, "string");
  asm.note(`${target.name} = string ${text}`);
  readPointedTo(builder, target, segment.capacity);
  const empty = asm.freshLabel("empty");
  asm.jumpIf("r0", "==", 0, empty).alu("r0", "-=", 1).label(empty);
  asm.store(4, record, segment.lengthOffset, "r0").alu(end, "+=", "r0");
}

/**
 * The segment = strings, each with its NUL, added one at a time.
 *
 * Meanwhile the record's length lives in the record, where the segment's length will be, not in a register: what
 * is read from memory has no history, so that the verifier finds all rounds of a loop alike and looks at
 * one. With the history it would follow each sequence of lengths and give up.
 */
export function readStrings(
  builder: ProgramBuilder,
  target: SegmentTarget,
  { longest, shortest, bound }: StringLimits,
  fill: (add: AddString) => void,
): void {
  const { asm } = builder;
  const { record, end, name } = target;
  const { lengthOffset } = target.segment;
  const start = asm.slot(SEGMENT_START);
  asm.note(`${name} begins`).store(8, "r10", start, end).store(4, record, lengthOffset, end);
  fill((text, full) => {
    asm.note(`add string ${text.name}`).load(4, end, record, lengthOffset);
    asm.jumpIf(end, ">", bound - longest, full);
    builder.loadSlot("r3", text);
    readPointedTo(builder, target, longest);
    const dropped = asm.freshLabel("dropped");
    if (shortest > 0) asm.jumpIf("r0", "<", shortest, dropped);
    asm.alu(end, "+=", "r0").store(4, record, lengthOffset, end);
    if (shortest > 0) asm.label(dropped);
  });
  const bounded = asm.freshLabel("bounded");
  asm.note(`${name} ends`).load(4, end, record, lengthOffset);
  asm.jumpIf(end, "<=", bound, bounded).set(end, bound).label(bounded);
  asm.load(8, "r1", "r10", start).set("r2", end).alu("r2", "-=", "r1").store(4, record, lengthOffset, "r2");
}

/** Bytes that are copied. */
export interface CopySource {
  readonly base: RegisterOperand;
  /** Of the first byte. */
  readonly offset: number;
  /** Where from `base` a `u32` is that is added to that. */
  readonly start?: number | undefined;
  /** Where from `base` a `u32` is that says how many there are. */
  readonly length: number;
}

/** The segment = bytes that lie elsewhere. */
export function copyBytes({ asm }: ProgramBuilder, target: SegmentTarget, source: CopySource): void {
  const { record, end, segment, name } = target;
  const { base, offset, start, length } = source;
  asm.note(`${name} = bytes`).load(4, "r2", base, length);
  if ((segment.capacity & (segment.capacity + 1)) === 0) asm.alu("r2", "&=", segment.capacity);
  else {
    const fits = asm.freshLabel("fits");
    asm.jumpIf("r2", "<=", segment.capacity, fits).set("r2", segment.capacity).label(fits);
  }
  asm.store(4, record, segment.lengthOffset, "r2");
  asm.set("r1", record).alu("r1", "+=", end).alu(end, "+=", "r2");
  asm.set("r3", base).alu("r3", "+=", offset);
  if (start !== undefined) asm.load(4, "r4", base, start).alu("r3", "+=", "r4");
  asm.call("probe_read_kernel");
}

/** Reads the string that `r3` points to. `r0` = its length with the NUL, an error counting as 0. */
function readPointedTo({ asm }: ProgramBuilder, { record, end }: SegmentTarget, limit: number): void {
  asm.set("r1", record).alu("r1", "+=", end).set("r2", limit).call("probe_read_kernel_str");
  // Makes the verifier know what is known.
  const positive = asm.freshLabel("positive");
  const bounded = asm.freshLabel("bounded");
  asm.jumpIf("r0", "s>", 0, positive).set("r0", 0).label(positive);
  asm.jumpIf("r0", "<=", limit, bounded).set("r0", limit).label(bounded);
}
