import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import { Upkeep } from "../../src/agent/upkeep.ts";

const BEAT_MS = 1000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("Upkeep has the agent rest at each beat before which nothing was read, and only then", () => {
  let read = 0;
  let rests = 0;
  const upkeep = new Upkeep(() => read);
  upkeep.start({
    pollMs: undefined,
    poll() {},
    rest() {
      rests++;
    },
    statisticsMs: 0,
    logStatistics() {},
    keep() {},
  });
  const beat = () => {
    jest.advanceTimersByTime(BEAT_MS);
    return rests;
  };
  beat();
  read = 5;
  const busy = rests;
  expect(beat()).toBe(busy);
  expect(beat()).toBe(busy + 1);
  expect(beat()).toBe(busy + 2);
  read = 6;
  expect(beat()).toBe(busy + 2);
  upkeep.stop();
  expect(beat()).toBe(busy + 2);
});
