import { describe, expect, test } from "bun:test";
import { Backoff, type BackoffSettings, EVERY_SECOND } from "../../src/lib/backoff.ts";

const SETTINGS: BackoffSettings = { initialMs: 100, maxMs: 1000, factor: 2, jitter: 0, giveUpMs: 10_000 };

describe("Backoff", () => {
  test("waits longer after each failure, up to the longest wait", () => {
    const backoff = new Backoff(SETTINGS);
    expect(Array.from({ length: 6 }, () => backoff.next(0))).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test("begins anew after a success", () => {
    const backoff = new Backoff(SETTINGS);
    backoff.next(0);
    backoff.next(0);
    backoff.reset();
    expect(backoff.next(0)).toBe(100);
  });

  test("shortens a wait by a random part, and by no more than the jitter", () => {
    const wait = (random: number) => new Backoff({ ...SETTINGS, jitter: 0.5 }, () => random).next(0);
    expect([0, 0.5, 1].map(wait)).toEqual([100, 75, 50]);
  });

  test("gives up so long after the first failure, and may be asked again for another series", () => {
    const backoff = new Backoff(SETTINGS);
    expect(backoff.next(5)).toBe(100);
    expect(backoff.next(10_004)).toBe(200);
    expect(backoff.next(10_005)).toBeUndefined();
    expect(backoff.next(20_000)).toBe(100);
    expect(backoff.next(29_999)).toBe(200);
  });

  test("counts the time from the first failure after a success", () => {
    const backoff = new Backoff(SETTINGS);
    backoff.next(0);
    backoff.reset();
    expect(backoff.next(9000)).toBe(100);
    expect(backoff.next(18_000)).toBe(200);
  });

  test("never gives up where it is told so, and never waits for anything that is no number", () => {
    const backoff = new Backoff({ ...SETTINGS, giveUpMs: Number.POSITIVE_INFINITY });
    const waits = Array.from({ length: 5000 }, (_, i) => backoff.next(i * 1e9));
    expect(new Set(waits.slice(4))).toEqual(new Set([1000]));
    const second = new Backoff(EVERY_SECOND);
    expect([second.next(0), second.next(1e12)]).toEqual([1000, 1000]);
  });
});
