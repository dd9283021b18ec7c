/** @module Takes a piece of a process's own memory into a record. */
import { PAGE_SIZE } from "../../os/mapping.ts";
import type { FieldPlace } from "../record/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import type { Pointer, Scalar } from "./pointers.ts";
import type { SegmentTarget } from "./record-strings.ts";

/** Of `<linux/binfmts.h>`: bytes of the longest argument, its NUL included. */
const MAX_ARG_STRLEN = 32 * PAGE_SIZE;

/** One set of slots serves every piece that a program takes. */
const SLOT = { start: Symbol("start"), end: Symbol("end") } as const;

/** Where the piece goes. */
export interface UserMemoryTarget extends SegmentTarget {
  /** Where the number goes that says how much there was. */
  readonly size: FieldPlace;
  /** Its name, for listings. */
  readonly sizeField: string;
}

/** Where the piece lies: between two addresses that the kernel remembers. */
export interface UserMemorySource {
  readonly from: Pointer;
  readonly startPath: string;
  readonly endPath: string;
  /** Whether it begins after the first NUL. */
  readonly skipsString: boolean;
}

/** Adds user memory to the record, cut at the segment's capacity; nothing when it cannot be read. */
export function readUserMemory(
  builder: ProgramBuilder,
  target: UserMemoryTarget,
  { from, startPath, endPath, skipsString }: UserMemorySource,
): void {
  const { asm } = builder;
  const { record, end: recordEnd, segment, size } = target;
  const start = builder.scalar(from, startPath, SLOT.start);
  const end = builder.scalar(from, endPath, SLOT.end);
  const unread = asm.freshLabel("unread");
  if (skipsString) skipString(builder, target, { start, end, failed: unread });
  using length = asm.hold(`length of ${target.name}`, "r9");
  asm.note(`${target.name} = user memory ${startPath}..${endPath}`);
  builder.loadSlot(length, end);
  builder.loadSlot("r3", start);
  asm.alu(length, "-=", "r3").store(size.size, record, size.offset, length);
  const fits = asm.freshLabel("fits");
  const read = asm.freshLabel("read");
  asm.jumpIf(length, "<=", segment.capacity, fits).set(length, segment.capacity).label(fits);
  asm.set("r1", record).alu("r1", "+=", recordEnd).set("r2", length).call("probe_read_user");
  asm.jumpIf("r0", "==", 0, read).label(unread).set(length, 0).label(read);
  asm.store(4, record, segment.lengthOffset, length).alu(recordEnd, "+=", length);
}

/**
 * Moves `start` behind the first NUL of the user memory there, at most to `end`. The string itself is written to where
 * the segment will be, and overwritten. Where it cannot be read to its end, goes to `failed`: the size is not 0.
 */
function skipString(
  builder: ProgramBuilder,
  { record, end: recordEnd, segment: { capacity }, size, sizeField }: UserMemoryTarget,
  { start, end, failed }: { start: Scalar; end: Scalar; failed: string },
): void {
  const { asm } = builder;
  const cut = asm.freshLabel("cut");
  const found = asm.freshLabel("found");
  const inside = asm.freshLabel("inside");
  asm.note("skip a string");
  builder.loop(Math.ceil(MAX_ARG_STRLEN / (capacity - 1)), (_again, done) => {
    asm.set("r1", record).alu("r1", "+=", recordEnd).set("r2", capacity);
    builder.loadSlot("r3", start);
    // Older kernels (5.10 to 6.12 do) answer 0 for an empty string, as if it had no NUL.
    const counted = asm.freshLabel("counted");
    asm.call("probe_read_user_str").jumpIf("r0", "s<", 0, done);
    asm.jumpIf("r0", "!=", 0, counted).set("r0", 1).label(counted);
    builder.loadSlot("r1", start);
    asm.alu("r1", "+=", "r0").jumpIf("r0", ">=", capacity, cut);
    asm.store(8, "r10", start.slot, "r1").jump(found).label(cut);
    // As long as there was room for: its last byte was written as the NUL, which it need not be.
    asm.alu("r1", "-=", 1).store(8, "r10", start.slot, "r1");
  });
  asm.note(sizeField).store(size.size, record, size.offset, 1);
  asm.jump(failed).label(found);
  builder.loadSlot("r1", start);
  builder.loadSlot("r2", end);
  asm.jumpIf("r1", "<=", "r2", inside).store(8, "r10", start.slot, "r2").label(inside);
}
