/** @module Takes a piece of a process's own memory into a record. */
import { PAGE_SIZE } from "../../os/mapping.ts";
import type { HeldRegister } from "../asm/index.ts";
import type { FieldPlace, RecordLayout } from "../record/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import type { Pointer, Scalar } from "./pointer.ts";
import type { SegmentTarget } from "./record-strings.ts";

/** Of `<linux/binfmts.h>`: bytes of the longest argument, its NUL included. */
const MAX_ARG_STRLEN = 32 * PAGE_SIZE;

/** One set of slots serves every piece that a program takes. */
const SLOT = {
  start: Symbol("start"),
  end: Symbol("end"),
  position: Symbol("position"),
  stop: Symbol("stop"),
} as const;

/** A piece of user memory: the addresses of its first byte and of the one after its last. */
export interface UserMemory {
  readonly start: Scalar;
  readonly end: Scalar;
}

/** Where the piece goes. */
interface UserMemoryTarget extends SegmentTarget {
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

/** The record, and its bytes that are free: what is written there does not stay. */
interface Room {
  readonly record: HeldRegister;
  readonly end: HeldRegister;
  /** How many bytes are free. */
  readonly room: number;
}

/** Finds a piece. One whose first string cannot be read becomes one that cannot be read, of one byte. */
export function locateUserMemory(
  builder: ProgramBuilder,
  room: Room,
  { from, startPath, endPath, skipsString }: UserMemorySource,
): UserMemory {
  const start = builder.scalar(from, startPath, SLOT.start);
  const end = builder.scalar(from, endPath, SLOT.end);
  if (skipsString) skipString(builder, room, { start, end });
  return { start, end };
}

/** Adds a piece to the record, cut at the segment's capacity; nothing when it cannot be read. */
export function takeUserMemory(
  builder: ProgramBuilder,
  target: UserMemoryTarget,
  { start, end }: UserMemory,
): void {
  const { asm } = builder;
  const { record, end: recordEnd, segment, size } = target;
  using length = asm.hold(`length of ${target.name}`, "r9");
  asm.note(`${target.name} = user memory`);
  builder.loadSlot(length, end);
  builder.loadSlot("r3", start);
  asm.alu(length, "-=", "r3").store(size.size, record, size.offset, length);
  const fits = asm.freshLabel("fits");
  const read = asm.freshLabel("read");
  asm.jumpIf(length, "<=", segment.capacity, fits).set(length, segment.capacity).label(fits);
  asm.set("r1", record).alu("r1", "+=", recordEnd).set("r2", length).call("probe_read_user");
  asm.jumpIf("r0", "==", 0, read).set(length, 0).label(read);
  asm.store(4, record, segment.lengthOffset, length).alu(recordEnd, "+=", length);
}

/** The record of which copies are sent, which is empty but for fields, and the segment that they have. */
interface Beyond {
  readonly record: HeldRegister;
  readonly end: HeldRegister;
  readonly layout: RecordLayout;
  readonly capacity: number;
  readonly lengthOffset: number;
}

/** Sends what of a piece is beyond the capacity of its segment, in as many records as it takes. */
export function sendBeyond(
  builder: ProgramBuilder,
  { record, end: recordEnd, layout, capacity, lengthOffset }: Beyond,
  { start, end }: UserMemory,
  {
    limit,
    offset,
    send,
  }: { readonly limit: number; readonly offset: number; readonly send: (done: string) => void },
): void {
  const room = layout.maxSize - layout.headerSize;
  const rounds = Math.ceil((limit - capacity) / room);
  if (rounds <= 0) return;
  const { asm } = builder;
  const position: Scalar = { slot: asm.slot(SLOT.position) };
  const stop: Scalar = { slot: asm.slot(SLOT.stop) };
  const short = asm.freshLabel("short");
  const within = asm.freshLabel("within");
  asm.note("more than the record has room for?");
  builder.loadSlot("r1", end);
  builder.loadSlot("r2", start);
  asm.set("r3", "r1").alu("r3", "-=", "r2").jumpIf("r3", "<=", capacity, short);
  asm.jumpIf("r3", "<=", limit, within).set("r1", "r2").alu("r1", "+=", limit).label(within);
  asm.store(8, "r10", stop.slot, "r1").alu("r2", "+=", capacity).store(8, "r10", position.slot, "r2");
  for (const segment of Object.values(layout.segments)) asm.store(4, record, segment.lengthOffset, 0);
  builder.loop(rounds, (_again, done) => {
    const fits = asm.freshLabel("fits");
    builder.loadSlot(recordEnd, stop);
    builder.loadSlot("r3", position);
    asm.alu(recordEnd, "-=", "r3").jumpIf(recordEnd, "==", 0, done);
    asm.jumpIf(recordEnd, "<=", room, fits).set(recordEnd, room).label(fits);
    asm.store(4, record, lengthOffset, recordEnd);
    asm.set("r1", record).alu("r1", "+=", layout.headerSize).set("r2", recordEnd);
    asm.call("probe_read_user").jumpIf("r0", "!=", 0, done);
    builder.loadSlot("r1", position);
    asm.set("r2", "r1").alu("r2", "+=", recordEnd).store(8, "r10", position.slot, "r2");
    builder.loadSlot("r2", start);
    asm.alu("r1", "-=", "r2").store(4, record, offset, "r1").alu(recordEnd, "+=", layout.headerSize);
    send(done);
  });
  asm.set(recordEnd, layout.headerSize).label(short);
}

/**
 * Moves `start` behind the first NUL of the user memory there, at most to `end`. The string itself is written to where
 * there is room, and overwritten.
 */
function skipString(
  builder: ProgramBuilder,
  { record, end: recordEnd, room }: Room,
  { start, end }: UserMemory,
): void {
  const { asm } = builder;
  const cut = asm.freshLabel("cut");
  const found = asm.freshLabel("found");
  const inside = asm.freshLabel("inside");
  asm.note("skip a string");
  builder.loop(Math.ceil(MAX_ARG_STRLEN / (room - 1)), (_again, done) => {
    asm.set("r1", record).alu("r1", "+=", recordEnd).set("r2", room);
    builder.loadSlot("r3", start);
    // Older kernels (5.10 to 6.12 do) answer 0 for an empty string, as if it had no NUL.
    const counted = asm.freshLabel("counted");
    asm.call("probe_read_user_str").jumpIf("r0", "s<", 0, done);
    asm.jumpIf("r0", "!=", 0, counted).set("r0", 1).label(counted);
    builder.loadSlot("r1", start);
    asm.alu("r1", "+=", "r0").jumpIf("r0", ">=", room, cut);
    asm.store(8, "r10", start.slot, "r1").jump(found).label(cut);
    // As long as there was room for: its last byte was written as the NUL, which it need not be.
    asm.alu("r1", "-=", 1).store(8, "r10", start.slot, "r1");
  });
  asm.note("no such string: a byte that cannot be read");
  asm.store(8, "r10", start.slot, 0).store(8, "r10", end.slot, 1).jump(inside).label(found);
  builder.loadSlot("r1", start);
  builder.loadSlot("r2", end);
  asm.jumpIf("r1", "<=", "r2", inside).store(8, "r10", start.slot, "r2").label(inside);
}
