import { describe, expect, test } from "bun:test";
import { EventSeries } from "../../../src/server/metrics/event-series.ts";

const LIMITS = { series: 3, shortened: 2, idleMs: 1000 };
const OWN = ["PROCESS_EXEC"] as const;

const labels = (binary: string, pod = "", namespace = "") => ({ namespace, workload: "", pod, binary });
const counts = (series: EventSeries) =>
  Object.fromEntries(
    Array.from(series.all(), ({ process: { namespace, pod, binary }, count }) => [
      `${namespace}/${pod}${binary}`,
      count,
    ]),
  );
const total = (series: EventSeries) => Array.from(series.all()).reduce((sum, { count }) => sum + count, 0);

describe("EventSeries", () => {
  test("counts each set of values by itself", () => {
    const series = new EventSeries(LIMITS);
    for (const binary of ["/a", "/b", "/a"]) series.add(OWN, labels(binary), OWN, 0);
    expect(counts(series)).toEqual({ "//a": 2, "//b": 1 });
  });

  test("counts a million binaries without growing, and misses none", () => {
    const series = new EventSeries();
    for (let i = 0; i < 1_000_000; i++) series.add(OWN, labels(`/tmp/${i}`), OWN, i / 1000);
    expect(series.size).toBe(4001);
    expect(total(series)).toBe(1_000_000);
    expect(series.shortened).toBe(1_000_000 - 4000);
  });

  test("gives up the binary first, and the other labels only where that is not enough", () => {
    const series = new EventSeries(LIMITS);
    for (const binary of ["/a", "/b", "/c"]) series.add(OWN, labels(binary), OWN, 0);
    for (const namespace of ["n1", "n2", "n3", "n4", "n1"])
      series.add(OWN, labels("/d", "", namespace), OWN, 0);
    expect(counts(series)).toEqual({ "//a": 1, "//b": 1, "//c": 1, "n1/": 2, "n2/": 1, "/": 2 });
  });

  test("replaces labels of its own, of which others choose the values, too", () => {
    const series = new EventSeries(LIMITS);
    for (let i = 0; i < 1000; i++) series.add([`policy-${i}`, "hook"], labels("/a"), ["", ""], 0);
    expect(series.size).toBe(6);
    expect(total(series)).toBe(1000);
  });

  test("never has two of the same values, whatever was shortened", () => {
    const series = new EventSeries(LIMITS);
    const values = ["", "/a", "/b", "\ud800", "\udc00", "x".repeat(300), `${"x".repeat(300)}y`, "/c"];
    for (const binary of values)
      for (const namespace of ["", "n"]) series.add(OWN, labels(binary, "", namespace), OWN, 0);
    const keys = Array.from(series.all(), ({ own, process }) => JSON.stringify([own, process]));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.join("").isWellFormed()).toBe(true);
  });

  test("forgets the series of a pod that has been idle for long, and no others", () => {
    const series = new EventSeries(LIMITS);
    series.add(OWN, labels("/a", "pod-1"), OWN, 0);
    series.add(OWN, labels("/a", "pod-2"), OWN, 900);
    series.add(OWN, labels("/a"), OWN, 0);
    series.prune(1500);
    expect(counts(series)).toEqual({ "/pod-2/a": 1, "//a": 1 });
    expect(series.removed).toBe(1);
  });

  test("makes room for new ones where there is none by forgetting all that are idle", () => {
    const series = new EventSeries(LIMITS);
    for (const binary of ["/a", "/b", "/c"]) series.add(OWN, labels(binary), OWN, 0);
    series.add(OWN, labels("/d"), OWN, 1500);
    expect(counts(series)).toEqual({ "//d": 1 });
  });
});
