import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { editDistance, nearest } from "../../../src/lib/text/distance.ts";

describe("editDistance()", () => {
  test.each<[string, string, number]>([
    ["", "", 0],
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["udp-ouput-port", "udp-output-port", 1],
    ["udp-otuput-port", "udp-output-port", 1],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ])("of %p and %p is %p", (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  test("is symmetric, zero only for equal names, and at most the longer length", () => {
    const name = fc.stringMatching(/^[a-c-]{0,12}$/);
    fc.assert(
      fc.property(name, name, (from, to) => {
        const distance = editDistance(from, to);
        expect(distance).toBe(editDistance(to, from));
        expect(distance === 0).toBe(from === to);
        expect(distance).toBeLessThanOrEqual(Math.max(from.length, to.length));
      }),
    );
  });
});

describe("nearest()", () => {
  const names = ["debug", "log-level", "udp-output-port"];
  test.each<[string, string | undefined]>([
    ["debgu", "debug"],
    ["loglevel", "log-level"],
    ["udp-port", undefined],
    ["x", undefined],
    ["", undefined],
    ["completely-different", undefined],
    ["d".repeat(100_000), undefined],
  ])("of %p is %p", (wanted, name) => {
    expect(nearest(wanted, names)).toBe(name as string);
  });
});
