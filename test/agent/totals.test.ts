import { describe, expect, test } from "bun:test";
import { hasLosses, totalFields } from "../../src/agent/totals.ts";
import {
  type Counters,
  createCounters,
  createExporterCounters,
  type ExporterCounters,
} from "../../src/telemetry/counters.ts";

function totals(agent: Partial<Counters> = {}, udp: Partial<ExporterCounters> = {}) {
  return {
    agent: { ...createCounters(), ...agent },
    exporters: new Map([
      ["file", createExporterCounters()],
      ["udp", { ...createExporterCounters(), ...udp }],
    ]),
  };
}

test("totalFields() names an exporter's counters after it", () => {
  expect(totalFields(totals({ read: 3 }, { exported: 2 }))).toMatchObject({
    read: 3,
    udp_exported: 2,
    file_exported: 0,
  });
});

describe("hasLosses()", () => {
  test.each([
    ["nothing happened", totals(), false],
    [
      "events were dropped as asked for, shortened or retried",
      totals({ filtered: 1, rate_limited: 1, aggregated: 1 }, { truncated: 1, retries: 1 }),
      false,
    ],
    ["the kernel had no room", totals({ lost: 1 }), true],
    ["a line was no event", totals({ invalid: 1 }), true],
    ["a line was too long", totals({ line_too_long: 1 }), true],
    ["a queue was full", totals({}, { queue_full: 1 }), true],
    ["a send failed", totals({}, { send_failed: 1 }), true],
    ["an event fitted no datagram", totals({}, { too_large: 1 }), true],
  ])("when %s", (_, counters, expected) => {
    expect(hasLosses(counters)).toBe(expected);
  });
});
