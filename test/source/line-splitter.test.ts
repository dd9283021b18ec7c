import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { skipFiller } from "../../src/source/blank.ts";
import { LineCursor } from "../../src/source/line-cursor.ts";
import { CHUNK_BYTES, LineSplitter } from "../../src/source/line-splitter.ts";
import { writeLast, writeLines } from "../../src/source/pump.ts";
import { createCounters } from "../../src/telemetry/counters.ts";
import { MemorySink } from "./harness.ts";

const encoder = new TextEncoder();
const MAX = 40;

interface Outcome {
  readonly lines: string[];
  readonly positions: number[];
  readonly read: number;
  readonly bytesRead: number;
  readonly tooLong: number;
  readonly end: number;
}

/** What comes out when `bytes` come in pieces of the given lengths, the last one as often as needed. */
async function split(bytes: Uint8Array, pieces: readonly number[], maxLineBytes = MAX): Promise<Outcome> {
  const sink = new MemorySink();
  const counters = createCounters();
  let warned = 0;
  const splitter = new LineSplitter({ maxLineBytes, counters, onTooLong: () => warned++ });
  const cursor = new LineCursor();
  splitter.select(cursor);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const room = splitter.room();
    const piece = bytes.subarray(at, at + Math.min(room.length, pieces[i % pieces.length]!));
    room.set(piece);
    splitter.added(piece.length);
    at += piece.length;
    await writeLines(splitter, sink);
  }
  await writeLast(splitter, sink);
  expect(warned).toBe(counters.line_too_long);
  return {
    lines: sink.lines,
    positions: sink.positions,
    read: counters.read,
    bytesRead: counters.bytes_read,
    tooLong: counters.line_too_long,
    end: cursor.position,
  };
}

/** The same, by the definition. */
function expected(bytes: Uint8Array, maxLineBytes = MAX): Outcome {
  const lines: string[] = [];
  const positions: number[] = [];
  let tooLong = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const next = newline === -1 ? end : end + 1;
    const line = bytes.subarray(start, end);
    if (line.length > maxLineBytes) tooLong++;
    else if (skipFiller(line, 0, line.length) < line.length) {
      lines.push(`${new TextDecoder().decode(line.subarray(skipFiller(line, 0, line.length)))}\n`);
      positions.push(next);
    }
    start = next;
  }
  return {
    lines,
    positions,
    read: lines.length + tooLong,
    bytesRead: bytes.length,
    tooLong,
    end: bytes.length,
  };
}

const byte = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0x0a, 0x7b, 0x20, 0x0d) },
  { weight: 3, arbitrary: fc.constantFrom(0x61, 0x00, 0xff, 0x30) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
);

describe("LineSplitter", () => {
  test("gives the same lines and positions however the bytes come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(byte, fc.constant(-1)), { maxLength: 400 }),
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 6 }),
        async (parts, pieces) => {
          // A part of -1 is a run, so that some lines are over the limit.
          const bytes = Uint8Array.from(
            parts.flatMap((part) => (part === -1 ? Array(25).fill(0x62) : [part])),
          );
          expect(await split(bytes, pieces)).toEqual(expected(bytes));
        },
      ),
      { numRuns: 400 },
    );
  }, 60_000);

  test("ends a batch when it is full", async () => {
    const text = `{"a":1}\n`.repeat(5000);
    const { lines, positions } = await split(encoder.encode(text), [CHUNK_BYTES]);
    expect(lines).toHaveLength(5000);
    expect(positions.at(-1)).toBe(text.length);
  });

  test("takes a line of the limit and not one byte more", async () => {
    const at = `{${"x".repeat(MAX - 2)}}`;
    const { lines, tooLong } = await split(encoder.encode(`${at}\n${at}x\n{}\n`), [7]);
    expect(lines).toEqual([`${at}\n`, "{}\n"]);
    expect(tooLong).toBe(1);
  });

  test("takes lines up to 4 MiB, counts and skips a longer one, and goes on after it", async () => {
    const limit = 4 * 1024 * 1024;
    const longest = `{"a":"${"x".repeat(limit - 8)}"}`;
    const text = `{"n":0}\n${longest}\n{"n":1}\n{"b":"${"y".repeat(5 * limit)}"}\n{"n":2}\n`;
    const bytes = encoder.encode(text);
    const outcome = await split(bytes, [CHUNK_BYTES], limit);
    expect(longest).toHaveLength(limit);
    expect(outcome.lines.map((line) => line.length)).toEqual([8, limit + 1, 8, 8]);
    expect(outcome.lines.at(-1)).toBe(`{"n":2}\n`);
    expect(outcome).toMatchObject({ tooLong: 1, read: 5, bytesRead: bytes.length, end: bytes.length });
  });

  test("keeps its buffer within the limit however long a line is, and gives it back later", async () => {
    const counters = createCounters();
    const limit = 1024 * 1024;
    const splitter = new LineSplitter({ maxLineBytes: limit, counters, onTooLong: () => undefined });
    splitter.select(new LineCursor());
    let largest = 0;
    for (let i = 0; i < 200; i++) {
      const room = splitter.room();
      room.fill(0x78);
      splitter.added(room.length);
      expect(splitter.next()).toBe(false);
      largest = Math.max(largest, splitter.batch.bytes.length);
    }
    expect(largest).toBeLessThanOrEqual(limit + CHUNK_BYTES);
    expect(counters.line_too_long).toBe(1);
    for (let i = 0; i < 200; i++) {
      splitter.room()[0] = 0x0a;
      splitter.added(1);
      splitter.next();
    }
    expect(splitter.batch.bytes.length).toBe(CHUNK_BYTES);
  });

  test("never touches the bytes of a batch before it is asked for room again", async () => {
    const splitter = new LineSplitter({
      maxLineBytes: MAX,
      counters: createCounters(),
      onTooLong: () => undefined,
    });
    splitter.select(new LineCursor());
    const text = encoder.encode(`{"n":1}\n{"n":2}\n{"n`);
    splitter.room().set(text);
    splitter.added(text.length);
    expect(splitter.next()).toBe(true);
    const lines = [0, 1].map((i) => splitter.batch.line(i));
    expect(splitter.next()).toBe(false);
    expect(lines.map((line) => new TextDecoder().decode(line))).toEqual([`{"n":1}\n`, `{"n":2}\n`]);
    expect(splitter.pending).toBe(3);
  });

  test.each([
    ["NUL bytes of a power loss", "\0\0\0"],
    ["a byte order mark", "\ufeff"],
    ["two byte order marks, of files that were joined", "\ufeff\ufeff"],
    ["NUL bytes and a byte order mark", "\0\0\ufeff "],
    ["a record separator (RFC 7464)", "\u001e"],
    ["a carriage return", "\r"],
  ])("takes a line without what stands before it: %s", async (_what, filler) => {
    const cri = `2024-01-01T00:00:00Z stdout F ${filler}{"n":3}\n`;
    const bytes = encoder.encode(`${filler}{"n":1}\n{"n":2}\n${filler}${cri}${filler}\n${filler}{"n":4}\n`);
    const { lines, end } = await split(bytes, [11], 200);
    expect(lines).toEqual([`{"n":1}\n`, `{"n":2}\n`, `{"n":3}\n`, `{"n":4}\n`]);
    expect(end).toBe(bytes.length);
  });

  test("takes the line after a hole that is longer than any line, in bounded memory", async () => {
    const bytes = new Uint8Array(3_000_000);
    const text = encoder.encode(`{"n":1}\n`);
    bytes.set(text, 0);
    bytes.set(text, bytes.length - text.length);
    const { lines, tooLong, end } = await split(bytes, [CHUNK_BYTES], 1_000_000);
    expect(lines).toEqual([`{"n":1}\n`, `{"n":1}\n`]);
    expect({ tooLong, end }).toEqual({ tooLong: 0, end: bytes.length });
  });

  test("says where a restart resumes even when only skipped lines came", async () => {
    const { lines, end } = await split(encoder.encode(`\n \r\n${"x".repeat(MAX + 1)}\n`), [3]);
    expect(lines).toEqual([]);
    expect(end).toBe(MAX + 6);
  });
});
