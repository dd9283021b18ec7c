import { describe, expect, test } from "bun:test";
import { AnswerGuard } from "../../../src/lib/grpc/answer-guard.ts";

const MIB = 1024 * 1024;

describe("AnswerGuard", () => {
  test("takes whatever comes with data, however small its frames are", () => {
    const guard = new AnswerGuard(0);
    let taken = 0;
    for (let second = 0; second < 1000; second++) {
      guard.noteData(10 * MIB);
      taken += 40 * MIB;
      expect(guard.isFlood(taken, second * 1000)).toBe(false);
    }
  });

  test("takes answers of calls that have headers only, and what requests cost", () => {
    const guard = new AnswerGuard(0);
    let taken = 0;
    for (let second = 0; second < 1000; second++) {
      for (let call = 0; call < 100; call++) guard.noteCall(MIB);
      taken += 100 * MIB;
      expect(guard.isFlood(taken, second * 1000)).toBe(false);
    }
  });

  test("finds what comes of nothing, at once or over time", () => {
    expect(new AnswerGuard(0).isFlood(9 * MIB, 0)).toBe(true);
    const guard = new AnswerGuard(0);
    let second = 0;
    while (second < 10_000 && !guard.isFlood(second * MIB, second * 1000)) second++;
    expect(second).toBeLessThan(20);
  });

  test("does not save up for later what was not needed", () => {
    const guard = new AnswerGuard(0);
    for (let i = 0; i < 1000; i++) guard.noteCall(MIB);
    expect(guard.isFlood(0, 0)).toBe(false);
    expect(guard.isFlood(9 * MIB, 0)).toBe(true);
  });
});
