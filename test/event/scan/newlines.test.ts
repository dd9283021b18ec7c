import { expect, test } from "bun:test";
import fc from "fast-check";
import { Newlines } from "../../../src/event/scan/newlines.ts";
import { TextMemory } from "../../../src/event/scan/text-memory.ts";

const CAPACITY = 1000;

/** The same by a plain loop. */
function plainEnds(bytes: Uint8Array, start: number, end: number, most: number): number[] {
  const ends: number[] = [];
  for (let i = start; i < end && ends.length < most; i++) if (bytes[i] === 0x0a) ends.push(i + 1);
  return ends;
}

test("newlines are found where a plain loop finds them: none before, none behind, no more than asked for", () => {
  const { bytes } = new TextMemory(CAPACITY);
  const newlines = new Newlines(bytes);
  const place = fc.nat(CAPACITY);
  const share = fc.constantFrom(0, 0.003, 0.05, 0.5, 1);
  let found = 0;
  fc.assert(
    fc.property(
      fc.nat(),
      share,
      place,
      place,
      fc.integer({ min: 1, max: 1024 }),
      (seed, part, a, b, most) => {
        let random = seed;
        for (let i = 0; i < CAPACITY; i++) {
          random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
          // Bytes that differ from a newline in one bit, too.
          bytes[i] = random / 2 ** 32 < part ? 0x0a : 0x0a ^ (1 << (random >>> 29));
        }
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        const expected = plainEnds(bytes, start, end, most);
        const count = newlines.find(start, end, most);
        expect([...newlines.ends.subarray(0, count)]).toEqual(expected);
        found += count;
      },
    ),
    { numRuns: 2_000 },
  );
  expect(found).toBeGreaterThan(10_000);
});

test("a batch's worth of newlines is found in text that is longer than the memory's first pages", () => {
  const { bytes } = new TextMemory(300_000);
  const newlines = new Newlines(bytes);
  bytes.fill(0x0a);
  expect(newlines.find(0, bytes.length, 1024)).toBe(1024);
  expect(newlines.find(bytes.length - 3, bytes.length, 1024)).toBe(3);
  expect([...newlines.ends.subarray(0, 3)]).toEqual([299_998, 299_999, 300_000]);
});
