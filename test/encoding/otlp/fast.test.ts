import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { LineRecords, NOT_SURE } from "../../../src/encoding/otlp/fast/fast.ts";
import { RecordEncoder } from "../../../src/encoding/otlp/record.ts";
import { validEvents } from "../../event/fit/event-arbitrary.ts";
import { mutatedLines } from "../../event/scan/mutations.ts";
import { attributesOf, decodeRecord } from "../../exporter/otlp/receiver.ts";
import { readSeed } from "../../harness/seed.ts";
import { fieldEvents, lineOf, REAL_LINES, tidied } from "../ecs/support.ts";

/** The machine may be busy. */
setDefaultTimeout(120_000);

const SETTINGS = { clusterName: "prod", hostName: "node-1", now: () => 1_700_000_000_123 };
const MUTATED_LINES = 3000;

const encoder = new RecordEncoder(SETTINGS);
const lines = LineRecords.make(SETTINGS)!;
const target = Buffer.alloc(4 * 1024 * 1024);

/** What a record says, to be compared; what stands before it and behind it stays as it is. */
function written(write: (at: number) => number) {
  target.fill(0xaa, 0, 16);
  const end = write(8);
  if (end === NOT_SURE) return undefined;
  expect(target.subarray(0, 8)).toEqual(Buffer.alloc(8, 0xaa));
  const { attributes, ...record } = decodeRecord(target.subarray(8, end));
  return { record, attributes: attributesOf(attributes), names: attributes.map(({ key }) => key) };
}

/** Whether it was sure; then it has to be right. */
function check(text: string): boolean {
  const source = Buffer.from(`${text}\n`);
  const line = { start: 0, end: source.length, isWhole: false };
  const fast = written((at) => lines.write(source, line, target, at));
  if (fast === undefined) return false;
  expect(fast).toEqual(written((at) => encoder.writeByDescription(source, 0, source.length, target, at))!);
  return true;
}

describe("LineRecords.write()", () => {
  test("makes the record that the description makes of real events, and is sure of those of the API", () => {
    const unsure = REAL_LINES.filter((line) => !check(line));
    expect(unsure.filter((line) => !/^\{"process_(?:connect|close|listen)"/.test(line))).toEqual([]);
  });

  test("makes the same of events as they are in the field, and is sure of most", () => {
    let [sure, all] = [0, 0];
    const run = fc.property(fieldEvents, fc.boolean(), (event, hasSpaces) => {
      all++;
      const isTidy = all % 4 !== 0;
      if (check(lineOf(isTidy ? (tidied(event) as object) : event, hasSpaces))) sure++;
    });
    fc.assert(run, { numRuns: 3000 });
    expect(sure / all).toBeGreaterThan(0.25);
  });

  test("makes the same of every valid event that it is sure of", () => {
    fc.assert(
      fc.property(validEvents, (event) => {
        check(JSON.stringify(event));
      }),
      { numRuns: 500 },
    );
  });

  test("makes the same of every line that was changed and that it is sure of", () => {
    let left = MUTATED_LINES;
    for (const line of mutatedLines(REAL_LINES, readSeed())) {
      if (left-- === 0) break;
      const text = line.toString("utf8");
      if (Buffer.from(text).equals(line)) check(text.replace(/\n$/, ""));
    }
  });

  test("says how much room it needs", () => {
    const source = Buffer.from(`${REAL_LINES.find((each) => each.startsWith('{"process_exec"'))}\n`);
    const line = { start: 0, end: source.length, isWhole: true };
    const end = lines.write(source, line, target, 0);
    for (const room of [0, 1, end - 1]) {
      const small = Buffer.alloc(room);
      expect(lines.write(source, line, small, 0)).toBe(end);
    }
    expect(lines.write(source, line, Buffer.alloc(end), 0)).toBe(end);
  });
});
