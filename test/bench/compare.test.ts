import { expect, test } from "bun:test";
import {
  type Case,
  type ComparedRow,
  compareCases,
  isWorse,
  renderComparison,
} from "../../scripts/bench/compare.ts";

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

/** Ends with an error for one of the executables. */
const failing = (name: string, whose: string): Case => ({
  name,
  async run(executable) {
    if (executable === whose) throw new Error(`${executable} ended with 2`);
    return [{ name, kind: "CPU", unit: "µs", value: 1 }];
  },
});

test("an executable that fails on one case costs that case alone", async () => {
  const progress: string[] = [];
  const { rows, failures } = await compareCases(
    [failing("a", "/old"), failing("b", "/new"), failing("c", "neither")],
    {
      executable: "/new",
      against: "/old",
      rounds: 2,
      isQuick: false,
      filter: /(?:)/,
      onProgress: (text) => progress.push(text),
    },
  );
  expect(rows.map(({ name, ratio }) => ({ name, ratio }))).toEqual([{ name: "c", ratio: 1 }]);
  expect(failures).toEqual(["b (/new ended with 2)"]);
  expect(progress).toContain("not compared, the other executable failed: a (/old ended with 2)");
});

test("a figure that only one of the two has is no row", async () => {
  const settings = {
    executable: "/new",
    against: "/old",
    rounds: 1,
    isQuick: false,
    filter: /(?:)/,
    onProgress: () => {},
  };
  const onlyNew: Case = {
    name: "a",
    run: async (executable) =>
      executable === "/new" ? [{ name: "a", kind: "CPU", unit: "µs", value: 1 }] : [],
  };
  expect(await compareCases([onlyNew], settings)).toEqual({ rows: [], failures: [] });
});
