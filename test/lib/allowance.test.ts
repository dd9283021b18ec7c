/** What others may still take, and what comes back. */
import { describe, expect, test } from "bun:test";
import { Allowance } from "../../src/lib/allowance.ts";

describe("an allowance", () => {
  test("is full at first, and never more than full", () => {
    const allowance = new Allowance({ burst: 10, perSecond: 5, now: 0 });
    allowance.refill(60_000);
    expect(allowance.left).toBe(10);
    allowance.give(3);
    expect(allowance.left).toBe(10);
  });

  test("comes back with time", () => {
    const allowance = new Allowance({ burst: 10, perSecond: 5, now: 1000 });
    allowance.take(10);
    allowance.refill(1400);
    expect(allowance.left).toBe(2);
    allowance.refill(1600);
    expect(allowance.left).toBe(3);
  });

  test("may be overdrawn, and has to come back from there", () => {
    const allowance = new Allowance({ burst: 10, perSecond: 5, now: 0 });
    allowance.take(15);
    expect(allowance.left).toBe(-5);
    allowance.refill(1000);
    expect(allowance.left).toBe(0);
  });
});
