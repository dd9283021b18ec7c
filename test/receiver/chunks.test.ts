import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Chunks } from "../../src/receiver/chunks.ts";

function chunk(id: string, number: number, count: number, payload = "x"): Buffer {
  const header = [0x1e, 0x0f, ...Buffer.from(id.padEnd(8).slice(0, 8)), number, count];
  return Buffer.concat([Buffer.from(header), Buffer.from(payload)]);
}

describe("Chunks", () => {
  test("puts a message together in whatever order and however often its chunks come", () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 });
    fc.assert(
      fc.property(order, ([...numbers]) => {
        const chunks = new Chunks();
        const first = numbers.slice(0, 4).flatMap((n) => [n, n]);
        for (const n of first) expect(chunks.add(chunk("a", n, 5, `${n}`), "s", 0)).toBeUndefined();
        expect(chunks.add(chunk("a", numbers[4]!, 5, `${numbers[4]}`), "s", 0)?.toString()).toBe("01234");
        expect([chunks.size, chunks.bytes]).toEqual([0, 0]);
      }),
    );
  });

  test("chunks of another sender are none of the message's", () => {
    const chunks = new Chunks();
    chunks.add(chunk("a", 0, 2), "s", 0);
    expect(chunks.add(chunk("a", 1, 2), "t", 0)).toBeUndefined();
    expect(chunks.size).toBe(2);
  });

  test("gives a message up after five seconds", () => {
    const chunks = new Chunks();
    chunks.add(chunk("a", 0, 2), "s", 0);
    expect(chunks.add(chunk("a", 1, 2), "s", 5000)).toBeUndefined();
    // And the one that has just begun is not whole either.
    expect([chunks.incomplete, chunks.size]).toEqual([2, 1]);
    chunks.expire(10_000);
    expect([chunks.incomplete, chunks.size, chunks.bytes]).toEqual([2, 0, 0]);
  });

  test("a message that came whole is not incomplete", () => {
    const chunks = new Chunks();
    for (const number of [0, 1]) chunks.add(chunk("a", number, 2), "s", 0);
    expect(chunks.incomplete).toBe(0);
  });

  test("the bytes of one sender push out no message of another one", () => {
    const chunks = new Chunks();
    chunks.add(chunk("a", 0, 2, "1"), "s", 0);
    const payload = "x".repeat(60_000);
    for (let i = 0; i < 4000; i++)
      chunks.add(chunk(`${i % 30}`, Math.floor(i / 30) % 127, 128, payload), "flood", 0);
    expect(chunks.bytes).toBeLessThanOrEqual(16 * 1024 * 1024 + payload.length);
    expect(chunks.add(chunk("a", 1, 2, "2"), "s", 0)?.toString()).toBe("12");
  });

  test("a flood of one sender leaves the messages of others alone", () => {
    const chunks = new Chunks();
    chunks.add(chunk("a", 0, 2, "1"), "s", 0);
    for (let i = 0; i < 5000; i++) chunks.add(chunk(`${i}`, 0, 128), "flood", 0);
    expect(chunks.size).toBe(33);
    expect(chunks.add(chunk("a", 1, 2, "2"), "s", 0)?.toString()).toBe("12");
  });

  test("many senders take no more than there is room for", () => {
    const chunks = new Chunks();
    const payload = "x".repeat(60_000);
    for (let i = 0; i < 3000; i++) chunks.add(chunk("a", i % 2, 128, payload), `s${i % 1500}`, 0);
    expect(chunks.size).toBeLessThanOrEqual(512);
    expect(chunks.bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
  });

  test("a chunk that cannot be one is taken for a datagram", () => {
    const chunks = new Chunks();
    for (const wrong of [chunk("a", 2, 2), chunk("a", 0, 129), chunk("a", 0, 2, "")])
      expect(chunks.add(wrong, "s", 0)).toBe(wrong);
  });
});
