/** Reads record batches as a broker does, and refuses what it would refuse. */
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { crc32c } from "../../../src/lib/kafka/crc32c.ts";

/** One record. */
export interface ReadRecord {
  readonly key: Buffer | undefined;
  readonly value: Buffer;
}

/** One batch. */
export interface ReadBatch {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly sequence: number;
  readonly count: number;
  readonly time: number;
  readonly compression: number;
  readonly records: readonly ReadRecord[];
}

/** @throws Error for what is no batch of version 2. */
export function readBatch(bytes: Buffer): ReadBatch {
  if (bytes.readInt32BE(8) !== bytes.length - 12) throw new Error("a batch has another length than it says");
  if (bytes.readInt8(16) !== 2) throw new Error("a batch is not of version 2");
  if (bytes.readUInt32BE(17) !== crc32c(bytes.subarray(21))) throw new Error("a batch has another checksum");
  const compression = bytes.readInt16BE(21) & 7;
  const count = bytes.readInt32BE(57);
  if (bytes.readInt32BE(23) !== count - 1) throw new Error("a batch does not know its last record");
  const payload = bytes.subarray(61);
  const raw =
    compression === 0
      ? payload
      : compression === 1
        ? gunzipSync(payload)
        : Buffer.from(zstdDecompressSync(payload));
  return {
    producerId: bytes.readBigInt64BE(43),
    epoch: bytes.readInt16BE(51),
    sequence: bytes.readInt32BE(53),
    count,
    time: Number(bytes.readBigInt64BE(27)),
    compression,
    records: readRecords(raw, count),
  };
}

function readRecords(raw: Buffer, count: number): ReadRecord[] {
  let at = 0;
  const varint = () => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = raw[at++];
      if (byte === undefined) throw new Error("a record ends too early");
      value += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  };
  const take = (length: number) => {
    const start = at;
    at += length;
    if (length < 0 || at > raw.length) throw new Error("a record ends too early");
    return raw.subarray(start, at);
  };
  const records: ReadRecord[] = [];
  for (let i = 0; i < count; i++) {
    const end = varint() + at;
    // Attributes and the time.
    take(1);
    varint();
    if (varint() !== i) throw new Error("a record has another number");
    const keyLength = varint();
    const key = keyLength < 0 ? undefined : take(keyLength);
    const value = take(varint());
    if (varint() !== 0 || at !== end) throw new Error("a record has another length than it says");
    records.push({ key, value });
  }
  if (at !== raw.length) throw new Error("a batch has more than its records");
  return records;
}
