import { describe, expect, test } from "bun:test";
import { compareFigures, type Figures, isStale, isWorse } from "../../scripts/figures/figures.ts";

const FIGURES: Figures = {
  machine: { kernel: "6.1", qemu: "7.2" },
  bytes: 1000,
  idleRssBytes: 1000,
  instructions: { start: 1000, event: 1000, process: 1000, connection: 1000 },
  lines: { agent: 1000, gone: 10 },
};

/** The rows that are worse, and those that are better by more than their tolerance. */
function verdicts(measured: Figures): { worse: string[]; stale: string[] } {
  const rows = compareFigures(FIGURES, measured);
  const names = (list: typeof rows) => list.map(({ name }) => name);
  return { worse: names(rows.filter(isWorse)), stale: names(rows.filter(isStale)) };
}

describe("compareFigures()", () => {
  test("takes instructions and size up to 3 % more, what the sensor costs up to 8 %, memory up to 10 %", () => {
    const instructions = { start: 1030, event: 1030, process: 1080, connection: 920 };
    expect(verdicts({ ...FIGURES, bytes: 1030, idleRssBytes: 1100, instructions })).toEqual({
      worse: [],
      stale: [],
    });
  });

  test("finds each that is worse by more", () => {
    const instructions = { start: 1031, event: 1031, process: 1081, connection: 1081 };
    expect(verdicts({ ...FIGURES, bytes: 1031, idleRssBytes: 1101, instructions }).worse).toEqual([
      "executable, bytes",
      "idle memory, bytes",
      "instructions, start",
      "instructions, event",
      "instructions, process",
      "instructions, connection",
    ]);
  });

  test("finds each that is better by more, which the record would let grow again", () => {
    expect(verdicts({ ...FIGURES, bytes: 900 }).stale).toEqual(["executable, bytes"]);
  });

  test("shows lines of rooms, new and gone, and judges none", () => {
    const lines = { agent: 5000, born: 7 };
    expect(verdicts({ ...FIGURES, lines })).toEqual({ worse: [], stale: [] });
    const rows = compareFigures(FIGURES, { ...FIGURES, lines }).filter(({ name }) =>
      name.startsWith("lines"),
    );
    expect(rows.map(({ name, recorded, measured }) => [name, recorded, measured])).toEqual([
      ["lines, agent", 1000, 5000],
      ["lines, born", 0, 7],
      ["lines, gone", 10, 0],
    ]);
  });
});
