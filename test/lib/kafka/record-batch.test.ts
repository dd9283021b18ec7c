import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  batchHeader,
  RECORD_OVERHEAD,
  sequenceAfter,
  writeRecord,
} from "../../../src/lib/kafka/record-batch.ts";
import { readBatch } from "../../exporter/kafka/read-batch.ts";

interface Parts {
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array;
}

function batchOf(records: readonly Parts[], made: Parameters<typeof batchHeader>[1], time: number): Buffer {
  const room = records.reduce(
    (sum, { key, value }) => sum + (key?.length ?? 0) + value.length + RECORD_OVERHEAD,
    0,
  );
  const memory = Buffer.alloc(room);
  let end = 0;
  records.forEach(({ key, value }, number) => {
    end = writeRecord(memory, end, { number, key, value });
  });
  const payload = memory.subarray(0, end);
  const parts = { payload, compression: "none", count: records.length, rawBytes: end, time } as const;
  return Buffer.concat([batchHeader(parts, made), payload]);
}

test("a batch has the bytes that MemoryRecords of kafka-clients 4.3.0 has", () => {
  const records = [
    { key: Buffer.from("node-1"), value: Buffer.from('{"a":1}') },
    { key: undefined, value: Buffer.from("x".repeat(200)) },
  ];
  const batch = batchOf(records, { producerId: 4711n, epoch: 3, sequence: 99 }, 1700000000123);
  const head =
    "000000000000000000000116ffffffff02dc630ab70000000000010000018bcfe5687b0000018bcfe5687b00000000000012670003000000630000000" +
    "2260000000c6e6f64652d310e7b2261223a317d009e030000020190" +
    "03";
  expect(batch.toString("hex")).toBe(`${head}${"78".repeat(200)}00`);
});

test("whatever is written is read again", () => {
  const record = fc.record({
    key: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
    value: fc.uint8Array({ maxLength: 20_000 }),
  });
  const sequence = fc.integer({ min: 0, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 80 }), sequence, (records, number) => {
      const made = { producerId: 7n, epoch: 5, sequence: number };
      const read = readBatch(batchOf(records, made, 12345));
      expect(read).toMatchObject({ ...made, time: 12345, count: records.length });
      expect(read.records.map(({ key }) => key?.toString("hex"))).toEqual(
        records.map(({ key }) => key && Buffer.from(key).toString("hex")),
      );
      expect(read.records.map(({ value }) => value.toString("hex"))).toEqual(
        records.map(({ value }) => Buffer.from(value).toString("hex")),
      );
    }),
    { numRuns: 50 },
  );
});

test("numbers of records begin anew after the last one that 31 bits have", () => {
  expect(sequenceAfter(2 ** 31 - 3, 2)).toBe(2 ** 31 - 1);
  expect(sequenceAfter(2 ** 31 - 1, 1)).toBe(0);
  expect(sequenceAfter(2 ** 31 - 2, 5)).toBe(3);
});
