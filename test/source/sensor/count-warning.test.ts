import { expect, test } from "bun:test";
import { CountWarning } from "../../../src/source/sensor/count-warning.ts";

function create(): { readonly warning: CountWarning; readonly told: number[] } {
  const told: number[] = [];
  return { warning: new CountWarning({ interval: 10_000, warn: (count) => told.push(count) }), told };
}

test("the first growth is reported at once, a count that stands still never", () => {
  const { warning, told } = create();
  warning.update(0, 0);
  warning.update(3, 1000);
  warning.update(3, 20_000);
  expect(told).toEqual([3]);
});

test("growth within the interval is reported after it, in one", () => {
  const { warning, told } = create();
  warning.update(1, 0);
  warning.update(4, 5000);
  warning.update(9, 9999);
  expect(told).toEqual([1]);
  warning.update(9, 10_000);
  expect(told).toEqual([1, 8]);
});

test("at the end everything is reported", () => {
  const { warning, told } = create();
  warning.update(1, 0);
  warning.update(2, Number.POSITIVE_INFINITY);
  expect(told).toEqual([1, 1]);
});
