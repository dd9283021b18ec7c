import { expect, test } from "bun:test";
import { AGENT_COUNTERS, addCounters, createCounters } from "../../src/telemetry/counters.ts";

test("addCounters() adds each counter by itself, and leaves what it adds", () => {
  const all = AGENT_COUNTERS.map((name, i) => ({ ...createCounters(), [name]: i + 1 }));
  const sums = addCounters([...all, { ...createCounters(), read: 10 }]);
  expect(sums).toEqual(
    Object.fromEntries(AGENT_COUNTERS.map((name, i) => [name, i + 1 + (name === "read" ? 10 : 0)])) as never,
  );
  expect(all[0]!.read).toBe(1);
  expect(addCounters([])).toEqual(createCounters());
});
