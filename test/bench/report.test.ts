import { describe, expect, test } from "bun:test";
import { checkFloors } from "../../scripts/bench/floors.ts";
import { parseStatus } from "../../scripts/bench/measured-process.ts";
import { parseOptions } from "../../scripts/bench/options.ts";
import { parseReceipt } from "../../scripts/bench/receiver.ts";
import { renderReport, replaceFigures } from "../../scripts/bench/report.ts";
import { findFailures, type Results } from "../../scripts/bench/results.ts";
import { median, medianWithin } from "../../scripts/bench/statistics.ts";
import type { ThroughputRow } from "../../scripts/bench/throughput.ts";

const ROW: ThroughputRow = {
  id: "limit",
  label: "C",
  looksFor: "lines",
  isOurs: false,
  rounds: 3,
  eventsPerSecond: 100_000,
  cpuSecondsPerMillion: 1,
  userSecondsPerMillion: 0.5,
  peakRssBytes: 2e6,
  bytes: 1000,
  seconds: 1,
  lost: 0,
  failure: undefined,
};
const OURS: ThroughputRow = {
  ...ROW,
  id: "tetrad-full",
  label: "tetrad",
  isOurs: true,
  eventsPerSecond: 75_000,
};
const RESULTS: Results = {
  date: "2026-01-31",
  commit: "0123456",
  isQuick: false,
  machine: { cpu: "CPU", cores: 2, memoryBytes: 2 ** 33, kernel: "6.12.0", bun: "1.4.5", load: 0.1 },
  throughput: [{ size: "1.8 KB", meanBytes: 1800, events: 300_000, rows: [ROW, OURS] }],
  absent: [{ id: "rsyslog-raw", label: "rsyslog, raw", reason: "not installed" }],
  longLine: undefined,
  start: undefined,
  idleRssBytes: undefined,
  metadata: undefined,
  validation: undefined,
  sensor: undefined,
  rows: [],
  micro: [],
};

const verdictOf = (results: Results, name: string) =>
  checkFloors(results).find((floor) => floor.name.startsWith(name))?.verdict;

describe("checkFloors()", () => {
  const NAME = "events/s over the C limit, 1.8 KB, validated";

  test("passes a ratio at its floor and fails one below it", () => {
    const at = (eventsPerSecond: number): Results => ({
      ...RESULTS,
      throughput: [{ ...RESULTS.throughput[0]!, rows: [ROW, { ...OURS, eventsPerSecond }] }],
    });
    expect(verdictOf(at(70_000), NAME)).toBe("PASS");
    expect(verdictOf(at(69_999), NAME)).toBe("FAIL");
  });

  test("judges nothing that was not measured", () => {
    expect(verdictOf(RESULTS, "events/s over rsyslog raw")).toBe("not measured");
    expect(verdictOf(RESULTS, "idle RSS")).toBe("not measured");
  });

  test("takes the largest peak of tetrad's runs, not those of others, and a long line by itself", () => {
    const withPeak = (peakRssBytes: number): Results => ({
      ...RESULTS,
      throughput: [
        {
          ...RESULTS.throughput[0]!,
          rows: [{ ...ROW, peakRssBytes: 900e6 }, OURS, { ...OURS, peakRssBytes }],
        },
      ],
    });
    expect(verdictOf(withPeak(60e6), "peak RSS, file")).toBe("PASS");
    expect(verdictOf(withPeak(61e6), "peak RSS, file")).toBe("FAIL");
    const large: Results = { ...RESULTS, longLine: { ...OURS, peakRssBytes: 81e6 } };
    expect(verdictOf(large, "peak RSS, file")).toBe("PASS");
    expect(verdictOf(large, "peak RSS with a 4 MiB line")).toBe("FAIL");
  });
});

test("the sensor is held against what it may add to each load, not against what others add", () => {
  const exactly = (value: number) => ({ value, low: value, high: value });
  const load = { load: "a loop", cpuUs: 800, watcherCpuUs: 40 };
  const results: Results = {
    ...RESULTS,
    sensor: {
      loads: [
        { ...load, watcher: "tetrad", addedCpu: exactly(0.03), addedWall: exactly(0.031) },
        { ...load, watcher: "bpftrace", addedCpu: exactly(0.5), addedWall: exactly(0.5) },
      ],
      rates: [],
      memory: undefined,
      absent: [],
    },
  };
  const verdicts = checkFloors(results).filter(({ name }) => name.endsWith("a loop"));
  expect(verdicts.map(({ name, verdict }) => [name, verdict])).toEqual([
    ["sensor: CPU time added, a loop", "PASS"],
    ["sensor: wall time added, a loop", "FAIL"],
  ]);
});

describe("findFailures()", () => {
  const withRow = (row: ThroughputRow): Results => ({
    ...RESULTS,
    throughput: [{ ...RESULTS.throughput[0]!, rows: [row] }],
  });

  test("names events that tetrad lost, and its crashes", () => {
    expect(findFailures(withRow({ ...OURS, lost: 2 }))).toEqual(["1.8 KB, tetrad: lost 2 events"]);
    expect(findFailures(withRow({ ...OURS, failure: "ended with 139" }))).toEqual([
      "1.8 KB, tetrad: ended with 139",
    ]);
  });

  test("forgives what others lose and ratios that are too low", () => {
    expect(findFailures(withRow({ ...ROW, lost: 2 }))).toEqual([]);
    expect(findFailures(withRow({ ...OURS, eventsPerSecond: 1 }))).toEqual([]);
  });
});

describe("renderReport()", () => {
  test("writes Markdown with the contestants, those that were absent and the verdicts", () => {
    const report = renderReport(RESULTS, true);
    expect(report).toContain(
      "| tetrad     | lines     |   75,000 |              1.00 |          2.0 |    0 |",
    );
    expect(report).toContain("Not measured: rsyslog, raw (not installed).");
    expect(report).toMatch(
      /events\/s over the C limit, 1.8 KB, validated +\| +at least 0.70 \| +0.75 \| PASS/,
    );
  });

  test("judges nothing after a quick run", () => {
    expect(renderReport({ ...RESULTS, isQuick: true }, true)).not.toMatch(/PASS|FAIL/);
  });
});

describe("replaceFigures()", () => {
  const BEGIN = "<!-- figures: written by npm run bench -- --write -->";
  const END = "<!-- end of figures -->";

  test("puts the report between the marks and keeps the rest", () => {
    expect(replaceFigures(`a\n${BEGIN}\nold\n${END}\nb\n`, "new\n")).toBe(
      `a\n${BEGIN}\n\nnew\n\n${END}\nb\n`,
    );
  });

  test("refuses a document without marks", () => {
    expect(() => replaceFigures("a", "new")).toThrow("Cannot write the figures");
  });
});

describe("parseOptions()", () => {
  test("runs one round when quick, three else, and as many as asked for", () => {
    expect(parseOptions(["--quick"])?.rounds).toBe(1);
    expect(parseOptions([])?.rounds).toBe(3);
    expect(parseOptions(["--quick", "--rounds=5"])?.rounds).toBe(5);
  });

  test("refuses what it cannot use", () => {
    expect(() => parseOptions(["--rounds=0"])).toThrow('Cannot use --rounds "0": needs 1 to 999');
    expect(() => parseOptions(["--filter=("])).toThrow('Cannot use --filter "(": needs a regular expression');
    expect(() => parseOptions(["--quikc"])).toThrow();
  });
});

test("parseReceipt() reads what the receiver counted", () => {
  const line = '{"count":3,"bytes":600,"first_ns":1000000000,"last_ns":3500000000,"cpu_s":0.1}';
  expect(parseReceipt(line)).toEqual({ count: 3, bytes: 600, seconds: 2.5 });
});

test("parseStatus() reads kibibytes as bytes, and nothing as 0", () => {
  expect(parseStatus("Name:\ttetrad\nVmHWM:\t   1024 kB\nVmRSS:\t  512 kB\n", "VmHWM")).toBe(1024 * 1024);
  expect(parseStatus("Name:\ttetrad\n", "VmHWM")).toBe(0);
});

test("median() is the middle, or the mean of the two in the middle", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 9, 2])).toBe(3);
});

describe("medianWithin()", () => {
  test("is the median, between values as far from the middle as chance puts them", () => {
    const values = Array.from({ length: 101 }, (_, i) => (i * 37) % 101);
    expect(medianWithin(values)).toEqual({ value: 50, low: 40, high: 60 });
  });

  test("knows no bounds but the smallest and the largest of a few values", () => {
    expect(medianWithin([3, 1, 2])).toEqual({ value: 2, low: 1, high: 3 });
  });

  test("is NaN of nothing", () => {
    expect(medianWithin([])).toEqual({ value: Number.NaN, low: Number.NaN, high: Number.NaN });
  });
});
