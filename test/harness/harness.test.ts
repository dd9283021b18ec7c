import { describe, expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { OpenDescriptors } from "./descriptors.ts";
import { createRandom, readSeed } from "./seed.ts";

describe("OpenDescriptors", () => {
  test("names what is open, and the file that it was first seen in", () => {
    const descriptors = new OpenDescriptors();
    const fd = openSync(import.meta.path, "r");
    try {
      descriptors.look("first.test.ts");
      descriptors.look("second.test.ts");
      expect(descriptors.leaked()).toEqual([`${fd} ${import.meta.path} (first.test.ts)`]);
    } finally {
      closeSync(fd);
    }
  });

  test("forgets what was closed, and what was open before", () => {
    const before = openSync(import.meta.path, "r");
    const descriptors = new OpenDescriptors();
    const fd = openSync(import.meta.path, "r");
    descriptors.look("first.test.ts");
    closeSync(fd);
    descriptors.look("second.test.ts");
    expect(descriptors.leaked()).toEqual([]);
    closeSync(before);
  });
});

describe("readSeed()", () => {
  test("takes the one that is given, else a new one of 31 bits", () => {
    expect(readSeed("123")).toBe(123);
    const seed = readSeed("");
    expect(seed).toBeGreaterThanOrEqual(0);
    expect(seed).toBeLessThanOrEqual(0x7fff_ffff);
  });

  test.each(["-1", "1.5", "x", "2147483648"])("refuses %p", (text) => {
    expect(() => readSeed(text)).toThrow(`Cannot use TETRAD_TEST_SEED "${text}"`);
  });
});

test("createRandom() gives the same numbers from 0 to below 1 for the same seed, others for another", () => {
  const numbers = (seed: number) => Array.from({ length: 100 }, createRandom(seed));
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(1)).not.toEqual(numbers(2));
  expect(Math.min(...numbers(1))).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers(1))).toBeLessThan(1);
  expect(new Set(numbers(1)).size).toBe(100);
});
