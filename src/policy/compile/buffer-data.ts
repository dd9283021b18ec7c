/**
 * @module What of a long buffer its place in the record has no room for (`maxData`): it goes before the record of the call, in
 * records of its own. The reader joins them.
 */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import {
  outputToRing,
  type ProgramBuilder,
  type RecordMaps,
  type Scalar,
  scratchKey,
} from "../../kernel/program/index.ts";
import { defineRecord, type FieldPlace } from "../../kernel/record/index.ts";
import { callRead } from "./argument/memory.ts";
import { LONGEST_BYTES } from "./scratch.ts";

/** Bytes of a long buffer at most. Source: Tetragon takes ten records of 32,736 bytes. */
export const LONGEST_DATA = 327_360;

/** The number that such records have for their program: no program has it. */
export const DATA_HOOK = 0;

/** A piece of a buffer. It begins as all records of policies do, as far as {@link DATA_HOOK}. */
export const DATA_RECORD = defineRecord(
  {
    kind: "u32",
    hook: "u32",
    /** With thread and reading the buffer's name, which the call's record has, too. Nanoseconds of `CLOCK_BOOTTIME`. */
    id: "u64",
    tid: "u32",
    reading: "u32",
    /** Where in the buffer the piece begins. */
    offset: "u32",
  },
  { bytes: 32_736 },
);

const MOST_RECORDS = Math.ceil((LONGEST_DATA - LONGEST_BYTES) / DATA_RECORD.segments.bytes.capacity);

/** A buffer of which the first bytes were read. */
export interface LongBuffer {
  /** Position of the reading. */
  readonly index: number;
  /** What {@link fields} are offsets of. */
  readonly base: HeldRegister;
  /** How many bytes it has, and where; and where its name is to be put: 0 until then. */
  readonly fields: { readonly size: FieldPlace; readonly address: FieldPlace; readonly data: FieldPlace };
  readonly isUserMemory: boolean;
}

/** What pieces are sent with. */
export interface DataSettings {
  readonly maps: RecordMaps;
  /** The number that records of policies begin with. */
  readonly kind: number;
  /** Thread and process. */
  readonly pidTgid: Scalar;
}

/** Sends what is behind the bytes that the record has room for. It takes the memory that records are made in. */
export function sendData(b: ProgramBuilder, buffer: LongBuffer, settings: DataSettings): void {
  const { asm } = b;
  const { base, fields } = buffer;
  const [within, short] = [asm.freshLabel("within"), asm.freshLabel("short")];
  const stop: Scalar = { slot: asm.slot("data stop") };
  asm.note("more than the record has room for?").load(8, "r1", base, fields.size.offset);
  asm.jumpIf("r1", "<=", LONGEST_BYTES, short).jumpIf("r1", "<=", LONGEST_DATA, within);
  asm.set("r1", LONGEST_DATA).label(within).store(8, "r10", stop.slot, "r1");
  asm.call("ktime_get_boot_ns").store(8, base, fields.data.offset, "r0");
  b.mapLookup(settings.maps.scratch, scratchKey(b, settings.maps, "data key"));
  asm.jumpIf("r0", "==", 0, short);
  using record = asm.hold("data record");
  asm.set(record, "r0");
  const { kind, hook, id, tid, reading } = DATA_RECORD.fields;
  asm.store(4, record, kind.offset, settings.kind).store(4, record, hook.offset, DATA_HOOK);
  asm.store(4, record, reading.offset, buffer.index);
  asm.load(8, "r1", base, fields.data.offset).store(8, record, id.offset, "r1");
  b.loadSlot("r1", settings.pidTgid);
  asm.store(4, record, tid.offset, "r1");
  sendPieces(b, buffer, { record, stop, maps: settings.maps });
  asm.label(short);
}

function sendPieces(
  b: ProgramBuilder,
  { base, fields, isUserMemory }: LongBuffer,
  { record, stop, maps }: { readonly record: HeldRegister; readonly stop: Scalar; readonly maps: RecordMaps },
): void {
  const { asm } = b;
  const { capacity, lengthOffset } = DATA_RECORD.segments.bytes;
  const { offset } = DATA_RECORD.fields.offset;
  const position: Scalar = { slot: asm.slot("data position") };
  asm.store(8, "r10", position.slot, LONGEST_BYTES);
  b.loop(MOST_RECORDS, (_again, done) => {
    const fits = asm.freshLabel("fits");
    b.loadSlot("r2", stop);
    b.loadSlot("r3", position);
    asm.store(4, record, offset, "r3").alu("r2", "-=", "r3").jumpIf("r2", "==", 0, done);
    asm.jumpIf("r2", "<=", capacity, fits).set("r2", capacity).label(fits);
    asm.store(4, record, lengthOffset, "r2").set("r1", "r3").alu("r1", "+=", "r2");
    asm.store(8, "r10", position.slot, "r1").load(8, "r1", base, fields.address.offset).alu("r3", "+=", "r1");
    asm.set("r1", record).alu("r1", "+=", DATA_RECORD.headerSize);
    callRead(asm, "bytes", { isUserMemory });
    asm.jumpIf("r0", "!=", 0, done).load(4, "r3", record, lengthOffset).jumpIf("r3", ">", capacity, done);
    asm.alu("r3", "+=", DATA_RECORD.headerSize);
    outputToRing(b, maps, { record, size: "r3", lost: done });
  });
}

/** What was sent apart, by who reads records. */
export interface BufferData {
  /** Pieces of a buffer from byte `position` on, as far as none is missing. */
  take(name: DataName, position: number): readonly Uint8Array[];
}

/** The name of a buffer. */
export interface DataName {
  readonly tid: number;
  readonly id: bigint;
  readonly reading: number;
}
