import { describe, expect, test } from "bun:test";
import { EventMaker } from "../../scripts/bench/events.ts";
import { isValidEvent } from "../../src/event/validate.ts";

const SIZES = [200, 1800, 9000];
const EVENTS = 500;

function make(meanBytes: number, seed = 1): string[] {
  const maker = new EventMaker({ meanBytes, seed });
  return Array.from({ length: EVENTS }, () => maker.next());
}

describe("EventMaker", () => {
  test.each(SIZES)("makes valid events with a mean size of %d bytes", (meanBytes) => {
    const lines = make(meanBytes);
    for (const line of lines) {
      expect(line.endsWith("}\n")).toBe(true);
      expect(isValidEvent(JSON.parse(line))).toBe(true);
    }
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    expect(Math.abs(bytes / EVENTS / meanBytes - 1)).toBeLessThan(0.02);
  });

  test.each(SIZES)(
    "makes the same events of %d bytes from the same seed, others from another",
    (meanBytes) => {
      expect(make(meanBytes)).toEqual(make(meanBytes));
      expect(make(meanBytes, 2)).not.toEqual(make(meanBytes));
    },
  );

  test("makes no event twice", () => {
    expect(new Set(make(1800)).size).toBe(EVENTS);
  });

  test("keeps to one type when asked to", () => {
    const maker = new EventMaker({ meanBytes: 1800, seed: 1, type: "process_exec" });
    for (let i = 0; i < 50; i++) expect(JSON.parse(maker.next()).process_exec).toBeDefined();
  });

  test("makes a long line of exactly the length that was asked for", () => {
    const line = new EventMaker({ meanBytes: 1800, seed: 1 }).long(100_000);
    expect(Buffer.byteLength(line)).toBe(100_001);
    expect(isValidEvent(JSON.parse(line))).toBe(true);
  });
});
