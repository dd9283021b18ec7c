import { describe, expect, test } from "bun:test";
import { IdleTrimmer } from "../../src/agent/idle-trimmer.ts";

describe("IdleTrimmer", () => {
  test("releases once per quiet time, and at most once a minute", () => {
    let releases = 0;
    const trimmer = new IdleTrimmer(() => releases++);
    const looks: [read: number, now: number, releases: number][] = [
      [10, 0, 0],
      [10, 1_000, 1],
      [10, 2_000, 1],
      [11, 3_000, 1],
      [11, 4_000, 1],
      [11, 61_000, 2],
      [11, 200_000, 2],
      [12, 201_000, 2],
      [12, 202_000, 3],
    ];
    for (const [read, now, expected] of looks) {
      trimmer.look(read, now);
      expect([now, releases]).toEqual([now, expected]);
    }
  });
});
