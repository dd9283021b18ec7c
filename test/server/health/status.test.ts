import { expect, test } from "bun:test";
import { HealthStatus } from "../../../src/server/health/status.ts";

test("HealthStatus is not serving before it has begun and after it has ended", () => {
  const status = new HealthStatus(() => true, 0);
  expect(status.isServing).toBe(false);
  status.start();
  expect(status.isServing).toBe(true);
  status.stop();
  expect(status.isServing).toBe(false);
});

test("HealthStatus says what it saw when it looked last, unless it is to look whenever it is asked", () => {
  let isWell = true;
  const [seldom, always] = [3_600_000, 0].map((interval) => new HealthStatus(() => isWell, interval));
  seldom!.start();
  always!.start();
  isWell = false;
  expect([seldom!.isServing, always!.isServing]).toEqual([true, false]);
  seldom!.stop();
  always!.stop();
});

test("HealthStatus tells those who watch of changes only, until they leave", () => {
  const told: boolean[] = [];
  const status = new HealthStatus(() => true, 3_600_000);
  const leave = status.watch((isServing) => told.push(isServing));
  status.start();
  status.stop();
  leave();
  status.start();
  status.stop();
  expect(told).toEqual([true, false]);
});
