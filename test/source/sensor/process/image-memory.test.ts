/** Memory that others choose: long arguments of processes that run. */
import { describe, expect, test } from "bun:test";
import { FLAG } from "../../../../src/source/sensor/process/flags.ts";
import { type ImageFacts, ProcessImage, UNKNOWN_IMAGE } from "../../../../src/source/sensor/process/image.ts";
import { ImageMemory } from "../../../../src/source/sensor/process/image-memory.ts";
import { ImagePool } from "../../../../src/source/sensor/process/image-pool.ts";
import { Process } from "../../../../src/source/sensor/process/process.ts";
import { ProcessTable } from "../../../../src/source/sensor/process/process-table.ts";

const KIB = 1024;

function image(size: number, facts: Partial<ImageFacts> = {}): ProcessImage {
  const { ...nothing } = UNKNOWN_IMAGE as ImageFacts;
  return new ProcessImage({ ...nothing, arguments: "x".repeat(size), ...facts });
}

function process(pid: number, of: ProcessImage, parent?: Process): Process {
  const identity = { pid, startHigh: 0, startLow: pid, timeHigh: 0, timeLow: pid, flags: 0 };
  return new Process({ ...identity, parentExecId: new Uint8Array(), image: of }, parent);
}

describe("ImageMemory", () => {
  test("shortens the oldest when there is too much, and says so in their flags", () => {
    const memory = new ImageMemory(20 * KIB);
    const images = [image(8 * KIB), image(8 * KIB), image(8 * KIB)];
    for (const each of images) memory.add(each);
    expect(images.map((each) => each.arguments.length)).toEqual([256, 8 * KIB, 8 * KIB]);
    expect(images.map((each) => each.addedFlags)).toEqual([FLAG.truncArgs, 0, 0]);
    expect(memory.shortened).toBe(1);
  });

  test("counts environments as well", () => {
    const memory = new ImageMemory(10 * KIB);
    const first = image(0, { environment: [{ Key: "A", Value: "y".repeat(8 * KIB) }] });
    memory.add(first);
    memory.add(image(8 * KIB));
    expect([first.environment, first.addedFlags]).toEqual([undefined, FLAG.errorEnvs]);
  });

  test("counts an image once, however many processes have it, until the last of them is forgotten", () => {
    const memory = new ImageMemory(20 * KIB);
    const shared = image(8 * KIB);
    for (let i = 0; i < 100; i++) memory.add(shared);
    for (let i = 0; i < 100; i++) memory.remove(shared);
    memory.add(image(8 * KIB));
    memory.add(image(8 * KIB));
    expect([shared.arguments.length, memory.shortened]).toEqual([8 * KIB, 0]);
  });

  test("does not count short ones", () => {
    const memory = new ImageMemory(KIB);
    for (let i = 0; i < 100; i++) memory.add(image(100));
    expect(memory.shortened).toBe(0);
  });

  test("never shortens the only one", () => {
    const memory = new ImageMemory(KIB);
    const only = image(8 * KIB);
    memory.add(only);
    expect(only.arguments).toHaveLength(8 * KIB);
  });
});

describe("the table of processes", () => {
  for (const keepAncestors of [false, true]) {
    test(`gives back what ended and evicted processes took${keepAncestors ? ", with ancestors" : ""}`, () => {
      const table = new ProcessTable(4, keepAncestors, new ImageMemory(64 * KIB));
      for (let pid = 1; pid <= 200; pid++) {
        const parent = process(pid, image(8 * KIB));
        table.add(parent);
        const child = process(pid + 1000, image(8 * KIB), parent);
        table.add(child);
        // Some end, children first or last; others are evicted by those that come.
        if (pid % 3 === 0) for (const each of [child, parent]) table.end(each);
        if (pid % 3 === 1) for (const each of [parent, child]) table.end(each);
      }
      expect(table.shortened).toBe(0);
    });
  }

  test("shortens what runs when it takes too much", () => {
    const table = new ProcessTable(1000, false, new ImageMemory(64 * KIB));
    for (let pid = 1; pid <= 100; pid++) table.add(process(pid, image(8 * KIB)));
    expect(table.shortened).toBe(92);
    expect(table.size).toBe(100);
  });
});

test("of long images the last have a second form in memory, and none a key", () => {
  const long = image(8 * KIB);
  const { text } = long;
  expect(long.text).toBe(text);
  image(8).text;
  expect(long.text).toBe(text);
  for (let i = 0; i < 100; i++) image(8 * KIB).text;
  expect(long.text).toBe(text);
  for (let i = 0; i < 30; i++) image(8 * KIB).text;
  expect(long.text).not.toBe(text);
  const huge = image(2048 * KIB);
  expect(huge.text).not.toBe(huge.text);
  expect(long.text).toEqual(text);
  long.shorten();
  expect(long.text.program.length).toBeLessThan(text.program.length);
  expect(long.text).toBe(long.text);
  const pool = new ImagePool();
  expect(pool.share(image(8 * KIB))).not.toBe(pool.share(image(8 * KIB)));
  expect(pool.share(image(8))).toBe(pool.share(image(8)));
});
