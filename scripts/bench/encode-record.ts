/** @module Writes a record as a program would, for benchmarks and tests that have no kernel to write it. */
import type { RecordLayout } from "../../src/kernel/record/index.ts";

/** Values of fields and segments. Those that are not named are zero or empty. */
export type RecordValues = Readonly<Record<string, number | bigint | string>>;

/** The bytes of one record. Texts are UTF-8, cut nowhere. */
export function encodeRecord(layout: RecordLayout, values: RecordValues): Buffer {
  const texts = Object.keys(layout.segments).map((name) => Buffer.from(String(values[name] ?? "")));
  const header = Buffer.alloc(layout.headerSize);
  for (const [name, { offset, size }] of Object.entries(layout.fields)) {
    const value = BigInt(values[name] ?? 0);
    for (let i = 0; i < size; i++) header[offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }
  for (const [index, { lengthOffset }] of Object.values(layout.segments).entries()) {
    header.writeUInt32LE(texts[index]!.length, lengthOffset);
  }
  return Buffer.concat([header, ...texts]);
}
