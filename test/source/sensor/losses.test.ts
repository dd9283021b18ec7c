import { expect, test } from "bun:test";
import type { KernelSide } from "../../../src/source/sensor/kernel-side.ts";
import { Losses } from "../../../src/source/sensor/losses.ts";
import type { ProcessTable } from "../../../src/source/sensor/process/process-table.ts";
import type { SourceSettings } from "../../../src/source/source.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";
import { createTestLog } from "../../exporter/support.ts";

test("a full ring buffer is counted and logged: dropped events", () => {
  const { log, messages } = createTestLog();
  const counters = createCounters();
  const losses = new Losses({ counters, log } as SourceSettings, { evictions: 0 } as ProcessTable);
  const kernel = { countLost: () => 5, probes: { misses: 2 } } as KernelSide;
  losses.update(kernel, Number.POSITIVE_INFINITY);
  expect(counters.lost).toBe(7);
  expect(messages.join("\n")).toContain("dropped events: 7 records");
});
