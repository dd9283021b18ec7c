import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { LineView } from "../../../src/event/batch.ts";
import { RunFinder } from "../../../src/exporter/udp/run-finder.ts";

const RUN_BYTES = 65507;
const MOST = 1472;
const DATAGRAMS = 64;

/** Lines of these lengths, one behind the other; `streamAt` as given, or one stream. */
function linesOf(lengths: readonly number[], streams: readonly number[] = []): LineView {
  const ends = lengths.map(
    (
      (sum) => (length) =>
        (sum += length)
    )(0),
  );
  const nothing = new Uint8Array(0);
  return {
    length: lengths.length,
    bufferAt: () => nothing,
    startAt: (i) => ends[i]! - lengths[i]!,
    endAt: (i) => ends[i]!,
    streamAt: (i) => streams[i] ?? 0,
    positionAt: (i) => ends[i]!,
    isWholeAt: () => false,
  };
}

interface Run {
  readonly first: number;
  readonly count: number;
  readonly segmentBytes: number;
}

/** All runs, one behind the other. */
function runsOf(lines: LineView, percent: number, most = MOST, runBytes = RUN_BYTES): Run[] {
  const finder = new RunFinder(percent, runBytes);
  finder.begin();
  const runs: Run[] = [];
  for (let first = 0; first < lines.length; ) {
    const count = finder.find(lines, first, most);
    runs.push({ first, count, segmentBytes: finder.segmentBytes });
    first += count;
  }
  return runs;
}

const countsOf = (lengths: readonly number[], percent: number) =>
  runsOf(linesOf(lengths), percent).map(({ count }) => count);

describe("RunFinder.find()", () => {
  test("takes lines of one length, and a shorter one at the end, where nothing may be added", () => {
    expect(countsOf([300, 300, 300, 299, 300, 300, 301], 0)).toEqual([4, 2, 1]);
  });

  test("makes lines equal as far as the percentage goes", () => {
    expect(countsOf([100, 90, 100], 0)).toEqual([2, 1]);
    expect(countsOf([100, 90, 100], 3)).toEqual([2, 1]);
    expect(countsOf([100, 90, 100], 4)).toEqual([3]);
  });

  test("looks past a line that costs too much to those that make up for it", () => {
    expect(countsOf([100, 110, ...Array(20).fill(110)], 5)).toEqual([22]);
  });

  test("spends on one run what an earlier one did not cost", () => {
    expect(countsOf([100, 150], 10)).toEqual([1, 1]);
    expect(countsOf([...Array(64).fill(100), 100, 150], 10)).toEqual([64, 2]);
  });

  test("takes no more than the kernel does: datagrams, bytes", () => {
    expect(countsOf(Array(130).fill(100), 0)).toEqual([64, 64, 2]);
    expect(runsOf(linesOf(Array(10).fill(9000)), 0, 60_000).map(({ count }) => count)).toEqual([7, 3]);
    expect(runsOf(linesOf(Array(4).fill(1000)), 0, MOST, 2000).map(({ count }) => count)).toEqual([2, 2]);
  });

  test("leaves out lines that the path does not take whole", () => {
    expect(countsOf([1472, 1472, 1473, 1473, 1472], 50)).toEqual([2, 1, 1, 1]);
  });

  test("keeps to one stream, so that its position is known when the run has left", () => {
    const runs = runsOf(linesOf([100, 100, 100, 100], [1, 1, 2, 2]), 0);
    expect(runs.map(({ count }) => count)).toEqual([2, 2]);
  });

  test("holds its bounds on any lengths", () => {
    const length = fc.oneof(
      fc.integer({ min: 2, max: 400 }),
      fc.integer({ min: 1000, max: 2000 }),
      fc.integer({ min: 2, max: 65_507 }),
    );
    const input = fc.record({
      lengths: fc.array(length, { minLength: 1, maxLength: 300 }),
      streams: fc.array(fc.integer({ min: -1, max: 1 }), { maxLength: 300 }),
      percent: fc.integer({ min: 0, max: 200 }),
      most: fc.constantFrom(508, 1472, 65_507),
      runBytes: fc.constantFrom(4096, RUN_BYTES),
    });
    fc.assert(
      fc.property(input, ({ lengths, streams, percent, most, runBytes }) => {
        const lines = linesOf(lengths, streams);
        let bytes = 0;
        let sent = 0;
        let next = 0;
        for (const { first, count, segmentBytes } of runsOf(lines, percent, most, runBytes)) {
          expect(first).toBe(next);
          next += count;
          const own = lengths.slice(first, next);
          const padded = segmentBytes * (count - 1) + own.at(-1)!;
          bytes += own.reduce((sum, one) => sum + one);
          sent += padded;
          expect((sent - bytes) * 100).toBeLessThanOrEqual(bytes * percent);
          expect(count).toBeLessThanOrEqual(DATAGRAMS);
          if (count === 1) continue;
          expect(segmentBytes).toBe(Math.max(...own));
          expect(segmentBytes).toBeLessThanOrEqual(most);
          expect(padded).toBeLessThanOrEqual(runBytes);
          expect(new Set(own.map((_, i) => lines.streamAt(first + i))).size).toBe(1);
        }
        expect(next).toBe(lengths.length);
      }),
    );
  });
});
