import { expect, test } from "bun:test";
import { Throttle } from "../../src/telemetry/throttle.ts";

test("Throttle lets one line pass per interval, which says how many did not", () => {
  let now = 0;
  const throttle = new Throttle(1000, () => now);
  expect(throttle.pass()).toEqual({});
  expect([throttle.pass(), throttle.pass()]).toEqual([undefined, undefined]);
  now = 999;
  expect(throttle.pass()).toBeUndefined();
  now = 1000;
  expect(throttle.pass()).toEqual({ repeated: 3 });
  now = 2000;
  expect(throttle.pass()).toEqual({});
});
