/** @module Batches of records as brokers keep them (version 2, https://kafka.apache.org/documentation/#recordbatch). */
import { crc32c } from "./crc32c.ts";

/** How the records of a batch are compressed, as its attributes say it. */
export const COMPRESSIONS = { none: 0, gzip: 1, zstd: 4 } as const;
export type Compression = keyof typeof COMPRESSIONS;

/** Bytes of a record beside key and value, at most. */
export const RECORD_OVERHEAD = 24;
/** Bytes before the records. */
export const HEADER_BYTES = 61;
const MAGIC = 2;
const [LENGTH_AT, MAGIC_AT, CRC_AT, ATTRIBUTES_AT] = [8, 16, 17, 21];
/** Bytes that are before those which the length counts. */
const BEFORE_LENGTH = 12;

/**
 * Writes one record that has no headers, and the time of its batch.
 * @param number Its place in the batch. @returns The offset after it.
 */
export function writeRecord(
  to: Buffer,
  start: number,
  { number, key, value }: { number: number; key: Uint8Array | undefined; value: Uint8Array },
): number {
  const keyBytes = key === undefined ? varintBytes(-1) : varintBytes(key.length) + key.length;
  // Attributes, the time, and the count of headers are a byte each.
  const size = 3 + varintBytes(number) + keyBytes + varintBytes(value.length) + value.length;
  let at = writeVarint(to, start, size);
  to[at++] = 0;
  to[at++] = 0;
  at = writeVarint(to, at, number);
  at = writeVarint(to, at, key === undefined ? -1 : key.length);
  if (key !== undefined) {
    to.set(key, at);
    at += key.length;
  }
  at = writeVarint(to, at, value.length);
  to.set(value, at);
  at += value.length;
  to[at++] = 0;
  return at;
}

/** Who has made a batch, and the how manieth of its records is the first. */
export interface Sequence {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly sequence: number;
}

/** Of a producer that is not idempotent. */
export const NO_SEQUENCE: Sequence = { producerId: -1n, epoch: -1, sequence: -1 };

/** What a batch is made from. */
export interface BatchParts {
  /** The records, compressed. */
  readonly payload: Uint8Array;
  readonly compression: Compression;
  readonly count: number;
  /** Of the records before they were compressed. */
  readonly rawBytes: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** The bytes before the records. */
export function batchHeader({ payload, compression, count, time }: BatchParts, made: Sequence): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32BE(HEADER_BYTES - BEFORE_LENGTH + payload.length, LENGTH_AT);
  // The leader's epoch, which the broker sets.
  header.writeInt32BE(-1, BEFORE_LENGTH);
  header.writeInt8(MAGIC, MAGIC_AT);
  let at = header.writeInt16BE(COMPRESSIONS[compression], ATTRIBUTES_AT);
  at = header.writeInt32BE(count - 1, at);
  at = header.writeBigInt64BE(BigInt(time), at);
  at = header.writeBigInt64BE(BigInt(time), at);
  at = header.writeBigInt64BE(made.producerId, at);
  at = header.writeInt16BE(made.epoch, at);
  at = header.writeInt32BE(made.sequence, at);
  header.writeInt32BE(count, at);
  header.writeUInt32BE(crc32c(payload, crc32c(header.subarray(ATTRIBUTES_AT))), CRC_AT);
  return header;
}

/** The number of the record that `count` others are before: they begin anew after 2^31 - 1. */
export function sequenceAfter(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31;
}

/** Zigzag: numbers with a sign, small ones first. */
function writeVarint(to: Buffer, start: number, value: number): number {
  let at = start;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) to[at++] = (rest & 0x7f) | 0x80;
  to[at++] = rest;
  return at;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = ((value << 1) ^ (value >> 31)) >>> 0; rest > 0x7f; rest >>>= 7) bytes++;
  return bytes;
}
