import { describe, expect, test } from "bun:test";
import { ROWS } from "../../scripts/bench/rows/index.ts";
import { isSelected, measureRow, NotMeasured, type Row } from "../../scripts/bench/rows/row.ts";

const SETTINGS = { executable: "tetrad", isQuick: false, rounds: 1, onProgress: () => {} };
const ROW: Row = {
  name: "start/first",
  label: "the first datagram",
  goal: { atMost: 2 },
  kind: "time",
  unit: "ms",
  digits: 1,
  measure: async () => 2,
};

describe("measureRow()", () => {
  test.each([
    [{ atMost: 2 }, 2, true],
    [{ atMost: 2 }, 2.1, false],
    [{ atLeast: 2 }, 2, true],
    [{ atLeast: 2 }, 1.9, false],
  ] as const)("holds the value against %p: %p is %p", async (goal, value, isMet) => {
    const result = await measureRow({ ...ROW, goal, measure: async () => value }, SETTINGS);
    expect(result.isMet).toBe(isMet);
    expect(result.text).toBe(`${value.toFixed(1)} ms`);
    expect(result.required).toBe(`at ${"atMost" in goal ? "most" : "least"} 2.0 ms`);
  });

  test("tells what the host lacks from what failed", async () => {
    const failing = (error: Error): Row => ({ ...ROW, measure: () => Promise.reject(error) });
    const lacking = await measureRow(failing(new NotMeasured("needs root")), SETTINGS);
    expect(lacking).toMatchObject({ value: undefined, text: "needs root", failure: undefined });
    const failed = await measureRow(failing(new Error("tetrad lost 2 events")), SETTINGS);
    expect(failed).toMatchObject({ value: undefined, failure: "tetrad lost 2 events" });
  });
});

test("isSelected() runs a slow row only where a filter is given", () => {
  const slow: Row = { ...ROW, isSlow: true };
  expect(isSelected(ROW, /(?:)/)).toBe(true);
  expect(isSelected(slow, /(?:)/)).toBe(false);
  expect(isSelected(slow, /start/)).toBe(true);
  expect(isSelected(slow, /sensor/)).toBe(false);
});

test("each row has a name of its own", () => {
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
});
