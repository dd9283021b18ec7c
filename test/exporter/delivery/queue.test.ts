import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { EventBatch, type LineView, WHOLE } from "../../../src/event/batch.ts";
import { LineQueue } from "../../../src/exporter/delivery/queue.ts";

const MIB = 1024 * 1024;
const encoder = new TextEncoder();

function pushText(queue: LineQueue, text: string, stream = 0, position = 0): boolean {
  const bytes = encoder.encode(`??${text}??`);
  const line: LineView = {
    length: 1,
    bufferAt: () => bytes,
    startAt: () => 2,
    endAt: () => bytes.length - 2,
    streamAt: () => stream,
    positionAt: () => position,
    isWholeAt: () => false,
  };
  return queue.pushBatch(line) === 1;
}

function textAt(queue: LineQueue, i: number): string {
  return Buffer.from(queue.bufferAt(i).subarray(queue.startAt(i), queue.endAt(i))).toString();
}

type Line = { text: string; stream: number; position: number };

function contents(queue: LineQueue): Line[] {
  return Array.from({ length: queue.length }, (_, i) => ({
    text: textAt(queue, i),
    stream: queue.streamAt(i),
    position: queue.positionAt(i),
  }));
}

/** A batch of the lines; with `gaps` they are not adjacent in its buffer. */
function makeBatch(lines: readonly string[], gaps: boolean): EventBatch {
  const separator = gaps ? "#" : "";
  const batch = new EventBatch(encoder.encode(lines.join(separator)));
  let at = 0;
  for (const [i, line] of lines.entries()) {
    batch.push(at, at + line.length, i);
    at += line.length + separator.length;
  }
  return batch;
}

describe("LineQueue", () => {
  test("knows of each line what was known of it when it was pushed, also when it has grown", () => {
    const queue = new LineQueue({ maxEvents: 10_000, maxBytes: MIB });
    const expected: boolean[] = [];
    for (let round = 0; round < 3; round++) {
      const batch = makeBatch(
        Array.from({ length: 700 }, (_, i) => `${i}\n`),
        false,
      );
      for (let i = 0; i < batch.count; i++) {
        batch.whole[i] = (i + round) % 3;
        expected.push(batch.whole[i] === WHOLE.yes);
      }
      queue.pushBatch(batch);
      queue.shift(100);
      expected.splice(0, 100);
    }
    expect(Array.from({ length: queue.length }, (_, i) => queue.isWholeAt(i))).toEqual(expected);
  });

  test("gives lines back in order with their stream and position", () => {
    const queue = new LineQueue({ maxEvents: 10, maxBytes: 1000 });
    expect(pushText(queue, "one\n", 1, 10)).toBe(true);
    expect(pushText(queue, "two\n", 2, 2 ** 40)).toBe(true);
    expect(contents(queue)).toEqual([
      { text: "one\n", stream: 1, position: 10 },
      { text: "two\n", stream: 2, position: 2 ** 40 },
    ]);
    queue.shift(1);
    expect(contents(queue)).toEqual([{ text: "two\n", stream: 2, position: 2 ** 40 }]);
  });

  test("is full at maxEvents and takes lines again after shift()", () => {
    const queue = new LineQueue({ maxEvents: 2, maxBytes: 1000 });
    expect(["a", "b", "c"].map((text) => pushText(queue, text))).toEqual([true, true, false]);
    queue.shift(1);
    expect(pushText(queue, "d")).toBe(true);
    expect(contents(queue).map((line) => line.text)).toEqual(["b", "d"]);
  });

  test("is full at maxBytes, to the byte", () => {
    const queue = new LineQueue({ maxEvents: 100, maxBytes: 10 });
    expect(pushText(queue, "x".repeat(6))).toBe(true);
    expect(pushText(queue, "x".repeat(5))).toBe(false);
    expect(pushText(queue, "x".repeat(4))).toBe(true);
    expect(queue.bytes).toBe(10);
    queue.clear();
    expect(pushText(queue, "x".repeat(11))).toBe(false);
  });

  test("has room until half of it is taken, or as much as is enough", () => {
    const roomOf = (enoughBytes?: number) => {
      const limits = { maxEvents: 100, maxBytes: 40, ...(enoughBytes !== undefined && { enoughBytes }) };
      const queue = new LineQueue(limits);
      let bytes = 0;
      for (; queue.hasRoom; bytes++) {
        expect(queue.wouldHaveRoom(makeBatch([], false))).toBe(true);
        pushText(queue, "x");
      }
      expect(queue.wouldHaveRoom(makeBatch([], false))).toBe(false);
      expect(pushText(queue, "y".repeat(40 - bytes))).toBe(true);
      return bytes;
    };
    expect([roomOf(), roomOf(5), roomOf(20), roomOf(30)]).toEqual([21, 6, 21, 21]);
  });

  test("behaves as an array, whatever the lengths and the order of calls", () => {
    const length = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 3000 }) },
      { weight: 2, arbitrary: fc.integer({ min: 60_000, max: 70_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: 200_000, max: 600_000 }) },
    );
    const step = fc.oneof(
      fc.record({ kind: fc.constant("push" as const), length }),
      fc.record({
        kind: fc.constant("batch" as const),
        lengths: fc.array(length, { maxLength: 12 }),
        gaps: fc.boolean(),
      }),
      fc.record({ kind: fc.constant("shift" as const), part: fc.double({ min: 0, max: 1, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const maxBytes = 2 * MIB;
        const queue = new LineQueue({ maxEvents: 40, maxBytes });
        const model: Line[] = [];
        let serial = 0;
        const makeLine = (size: number) => String.fromCharCode(97 + (serial++ % 26)).repeat(size);
        const expectedPush = (line: Line): boolean => {
          const used = model.reduce((sum, { text }) => sum + text.length, 0);
          if (model.length >= 40 || used + line.text.length > maxBytes) return false;
          model.push(line);
          return true;
        };
        for (const step of steps) {
          if (step.kind === "shift") {
            const count = Math.floor(step.part * model.length);
            queue.shift(count);
            model.splice(0, count);
          } else if (step.kind === "push") {
            const line = { text: makeLine(step.length), stream: serial, position: serial * 3 };
            expect(pushText(queue, line.text, line.stream, line.position)).toBe(expectedPush(line));
          } else {
            const texts = step.lengths.map(makeLine);
            const batch = makeBatch(texts, step.gaps);
            batch.stream = serial;
            let taken = 0;
            while (taken < texts.length) {
              if (!expectedPush({ text: texts[taken]!, stream: serial, position: taken })) break;
              taken++;
            }
            expect(queue.pushBatch(batch)).toBe(taken);
          }
          expect(queue.length).toBe(model.length);
          expect(queue.bytes).toBe(model.reduce((sum, { text }) => sum + text.length, 0));
          expect(queue.storageBytes).toBeLessThanOrEqual(1.5 * maxBytes + 2.25 * MIB);
        }
        expect(contents(queue)).toEqual(model);
      }),
      { numRuns: 60 },
    );
  });

  test("pushBatch() goes on where it stopped and takes rewritten lines", () => {
    const queue = new LineQueue({ maxEvents: 2, maxBytes: 1000 });
    const batch = makeBatch(["a\n", "b\n", "c\n"], false);
    batch.rewrite(1, "changed");
    expect(queue.pushBatch(batch)).toBe(2);
    expect(contents(queue).map((line) => line.text)).toEqual(["a\n", "changed\n"]);
    queue.clear();
    expect(queue.pushBatch(batch, 2)).toBe(3);
    expect(contents(queue).map((line) => line.text)).toEqual(["c\n"]);
  });

  test("keeps adjacent lines adjacent in memory", () => {
    const queue = new LineQueue({ maxEvents: 100, maxBytes: MIB });
    for (let i = 0; i < 50; i++) pushText(queue, `line ${i}\n`);
    for (let i = 1; i < 50; i++) {
      expect(queue.bufferAt(i)).toBe(queue.bufferAt(0));
      expect(queue.startAt(i)).toBe(queue.endAt(i - 1));
    }
  });

  test("does not move the lines at the front while others are pushed", () => {
    const queue = new LineQueue({ maxEvents: 10_000, maxBytes: 16 * MIB });
    pushText(queue, "front\n");
    const chunk = queue.bufferAt(0);
    for (let i = 0; i < 9999; i++) expect(pushText(queue, "x".repeat(900))).toBe(true);
    expect(queue.bufferAt(0)).toBe(chunk);
    expect(textAt(queue, 0)).toBe("front\n");
  });

  test("holds only chunks that JavaScriptCore does not move", () => {
    const queue = new LineQueue({ maxEvents: 10, maxBytes: MIB });
    for (const size of [1, 1000, 65_536, 65_537, 300_000]) pushText(queue, "x".repeat(size));
    for (let i = 0; i < queue.length; i++) expect(queue.bufferAt(i).length).toBeGreaterThan(1000);
  });

  test("allocates nothing before the first line and gives memory back when drained", () => {
    const queue = new LineQueue({ maxEvents: 100_000, maxBytes: 16 * MIB });
    expect(queue.storageBytes).toBe(0);
    const line = "x".repeat(1800);
    let pushed = 0;
    while (pushText(queue, line)) pushed++;
    expect(pushed).toBe(Math.floor((16 * MIB) / 1800));
    expect(queue.storageBytes).toBeGreaterThanOrEqual(16 * MIB - 1800);
    queue.shift(pushed);
    expect(queue.storageBytes).toBeLessThanOrEqual(2.25 * MIB);
    pushText(queue, line);
    queue.shift(1);
    expect(queue.storageBytes).toBe(256 * 1024);
  });

  test("allocates no chunk when it fills and drains at the same level", () => {
    const queue = new LineQueue({ maxEvents: 10_000, maxBytes: 16 * MIB });
    const seen = new Set<Uint8Array>();
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 1000; i++) pushText(queue, "x".repeat(1800));
      for (let i = 0; i < 1000; i++) seen.add(queue.bufferAt(i));
      queue.clear();
    }
    expect(seen.size).toBeLessThanOrEqual(8);
  });
});
