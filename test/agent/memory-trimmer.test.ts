import { describe, expect, test } from "bun:test";
import { MemoryTrimmer } from "../../src/agent/memory-trimmer.ts";

describe("MemoryTrimmer", () => {
  test("releases at the first look, then at most once a minute, and not while nothing is read", () => {
    let releases = 0;
    const trimmer = new MemoryTrimmer(() => releases++);
    const looks: [read: number, now: number, releases: number][] = [
      [0, 1_000, 1],
      [10, 2_000, 1],
      [10, 61_000, 2],
      [10, 200_000, 2],
      [11, 201_000, 3],
      [12, 202_000, 3],
      [12, 261_000, 4],
    ];
    for (const [read, now, expected] of looks) {
      trimmer.look(read, now);
      expect([now, releases]).toEqual([now, expected]);
    }
  });
});
