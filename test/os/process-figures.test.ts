import { expect, test } from "bun:test";
import { processFigures } from "../../src/os/process-figures.ts";

test("processFigures() says what the kernel counts of this process", () => {
  const figures = processFigures();
  const usage = process.memoryUsage();
  expect(figures.residentBytes! / usage.rss).toBeGreaterThan(0.5);
  expect(figures.virtualBytes!).toBeGreaterThan(figures.residentBytes!);
  expect(figures.openDescriptors!).toBeGreaterThan(2);
  expect(figures.maxDescriptors!).toBeGreaterThan(figures.openDescriptors!);
  const { user, system } = process.cpuUsage();
  expect(figures.cpuSeconds!).toBeLessThanOrEqual((user + system) / 1e6 + 0.1);
  expect(figures.cpuSeconds!).toBeGreaterThan(0);
});
