import { expect, test } from "bun:test";
import { type ComparedRow, isWorse, renderComparison } from "../../scripts/bench/compare.ts";

function row(kind: ComparedRow["kind"], ratio: number): ComparedRow {
  return { name: `a row of ${kind}`, kind, unit: "µs", rounds: 9, other: 100, own: 100 * ratio, ratio };
}

test.each([
  ["CPU", 1.03, false],
  ["CPU", 1.031, true],
  ["time", 1.1, false],
  ["time", 1.11, true],
  ["memory", 1.1, false],
  ["memory", 1.11, true],
] as const)("isWorse() of %s at %d: %p", (kind, ratio, expected) => {
  expect(isWorse(row(kind, ratio))).toBe(expected);
});

test("renderComparison() has both medians, their ratio and a verdict for each row", () => {
  expect(renderComparison([row("CPU", 1.02), row("time", 1.2)], false)).toBe(
    [
      "row            unit  other    own  ratio  may be  verdict",
      "a row of CPU   µs    100.0  102.0  1.020    1.03  pass",
      "a row of time  µs    100.0  120.0  1.200    1.10  worse",
    ].join("\n"),
  );
});
