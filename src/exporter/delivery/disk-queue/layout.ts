/**
 * @module Where things lie in a queue on disk. Integers are little-endian; each header has a CRC-32 of its own in its last
 * four bytes, so that what follows it can be skipped even when that is damaged.
 *
 * A segment, `<first sequence>-<time>.events` in hex, is a header and records:
 *
 * | offset | bytes | of a segment |
 * | --- | --- | --- |
 * | 0 | 8 | magic `tetradQS` |
 * | 8 | 4 | version of this layout |
 * | 12 | 4 | tag: a random number that each of its records has, too |
 * | 16 | 8 | the queue's own random number |
 * | 24 | 8 | sequence number of its first event (float64) |
 * | 32 | 16 | what ids of its events begin with, in base64url |
 *
 * | offset | bytes | of a record |
 * | --- | --- | --- |
 * | 0 | 4 | magic `tdQR` |
 * | 4 | 4 | CRC-32 of what follows the header |
 * | 8 | 4 | bytes that follow the header |
 * | 12 | 4 | events in it |
 * | 16 | 8 | sequence number of the first one (float64) |
 * | 24 | 8 | position in the stream after the last one (float64) |
 * | 32 | 8 | identity of the checkpoint that the stream's number is of |
 * | 40 | 4 | the stream's number; -1 for none |
 * | 44 | 4 | what it is: {@link RECORD} |
 * | 48 | 8 | when it was written, milliseconds since 1970 (float64) |
 * | 56 | 4 | the segment's tag |
 */

import { TetradError } from "../../../os/error.ts";
import { HEADER_BYTES, isSealed, seal } from "./checksum.ts";

export const LAYOUT_VERSION = 1;
export const SEGMENT_BYTES = HEADER_BYTES;
export const RECORD_BYTES = HEADER_BYTES;
/** Characters that the ids of one segment's events begin with. */
export const PREFIX_BYTES = 16;
const SEGMENT_MAGIC = Buffer.from("tetradQS");
/** What records begin with, to look for the next one behind damage. */
export const RECORD_MAGIC: Buffer = Buffer.from("tdQR");

/** What a record holds. */
export const RECORD = {
  events: 0,
  /** One line that says who is speaking. */
  metadata: 1,
  /** How far each stream is in the queue: 4 bytes of stream, 4 of nothing, 8 of position each. It has no events. */
  positions: 2,
  /** Events, of each of which it is known that its line is whole: who reads them need not look again. */
  wholeEvents: 3,
} as const;

/** The header of a segment. */
export interface SegmentHeader {
  readonly tag: number;
  readonly queueId: bigint;
  readonly first: number;
  readonly prefix: string;
}

/** The header of a record. */
export interface RecordHeader {
  readonly payloadCrc: number;
  readonly length: number;
  readonly count: number;
  readonly first: number;
  readonly position: number;
  readonly checkpointId: bigint;
  readonly stream: number;
  readonly kind: number;
  readonly time: number;
  readonly tag: number;
}

/** Writes a segment's header to the first {@link SEGMENT_BYTES} of `target`. */
export function writeSegmentHeader(target: Buffer, { tag, queueId, first, prefix }: SegmentHeader): void {
  target.fill(0, 0, SEGMENT_BYTES);
  SEGMENT_MAGIC.copy(target, 0);
  target.writeUInt32LE(LAYOUT_VERSION, 8);
  target.writeUInt32LE(tag, 12);
  target.writeBigUInt64LE(queueId, 16);
  target.writeDoubleLE(first, 24);
  target.write(prefix, 32, PREFIX_BYTES, "latin1");
  seal(target);
}

/**
 * @returns `undefined` for what is no sound header.
 * @throws TetradError `config` for one of another version.
 */
export function readSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (!bytes.subarray(0, 8).equals(SEGMENT_MAGIC) || !isSealed(bytes)) return undefined;
  const version = bytes.readUInt32LE(8);
  if (version !== LAYOUT_VERSION)
    throw new TetradError("config", `found a segment of layout ${version}, needs layout ${LAYOUT_VERSION}`);
  return {
    tag: bytes.readUInt32LE(12),
    queueId: bytes.readBigUInt64LE(16),
    first: bytes.readDoubleLE(24),
    prefix: bytes.toString("latin1", 32, 32 + PREFIX_BYTES),
  };
}

/** Writes a record's header before its payload, which is in `target` already. */
export function writeRecordHeader(target: Buffer, header: Omit<RecordHeader, "payloadCrc">): void {
  const { length, count, first, position, checkpointId, stream, kind, time, tag } = header;
  RECORD_MAGIC.copy(target, 0);
  target.writeUInt32LE(Bun.hash.crc32(target.subarray(RECORD_BYTES, RECORD_BYTES + length)), 4);
  target.writeUInt32LE(length, 8);
  target.writeUInt32LE(count, 12);
  target.writeDoubleLE(first, 16);
  target.writeDoubleLE(position, 24);
  target.writeBigUInt64LE(checkpointId, 32);
  target.writeInt32LE(stream, 40);
  target.writeUInt32LE(kind, 44);
  target.writeDoubleLE(time, 48);
  target.writeUInt32LE(tag, 56);
  seal(target);
}

/** @returns `undefined` where no sound header begins at `at`. */
export function readRecordHeader(bytes: Buffer, at: number): RecordHeader | undefined {
  if (bytes.length < at + RECORD_BYTES || bytes.readUInt32LE(at) !== RECORD_MAGIC.readUInt32LE(0))
    return undefined;
  if (!isSealed(bytes, at)) return undefined;
  return {
    payloadCrc: bytes.readUInt32LE(at + 4),
    length: bytes.readUInt32LE(at + 8),
    count: bytes.readUInt32LE(at + 12),
    first: bytes.readDoubleLE(at + 16),
    position: bytes.readDoubleLE(at + 24),
    checkpointId: bytes.readBigUInt64LE(at + 32),
    stream: bytes.readInt32LE(at + 40),
    kind: bytes.readUInt32LE(at + 44),
    time: bytes.readDoubleLE(at + 48),
    tag: bytes.readUInt32LE(at + 56),
  };
}

/**
 * The file name of a segment. Names sort by age.
 * @param time When it was begun, milliseconds since 1970: one that was begun and has no event may have the same first one.
 */
export function segmentName(first: number, time: number): string {
  return `${hex(first)}-${hex(time)}.events`;
}

/** The sequence number that a segment's file name says; `undefined` for other files. */
export function firstOfName(name: string): number | undefined {
  const digits = /^(?<digits>[0-9a-f]{14})-[0-9a-f]{14}\.events$/.exec(name)?.groups?.digits;
  if (digits === undefined) return undefined;
  const first = Number.parseInt(digits, 16);
  return Number.isSafeInteger(first) ? first : undefined;
}

function hex(number: number): string {
  return number.toString(16).padStart(14, "0");
}
