/** Values go through every stage as the same events do that come as bytes. */
import { describe, expect, test } from "bun:test";
import { TetragonJson } from "../../src/encoding/tetragon-json.ts";
import { TEXT } from "../../src/event/batch.ts";
import type { PipelineSettings } from "../../src/pipeline/settings.ts";
import { createTestPipeline, createValues, type Json, linesOf } from "./support.ts";

const process = (pid: number, binary: string, args: string): Json => ({
  exec_id: Buffer.from(`node:${pid}:${pid}`).toString("base64"),
  pid,
  uid: 0,
  binary,
  arguments: args,
  docker: pid % 2 === 0 ? "0123456789abcdef" : "fedcba9876543210",
  environment_variables: [{ Key: "TOKEN", Value: `secret-${pid}` }],
});
const events: Json[] = Array.from({ length: 20 }, (_, i) => ({
  [i % 3 === 0 ? "process_exit" : "process_exec"]: {
    process: process(i, i % 4 === 0 ? "/bin/cat" : "/usr/bin/curl", `--password=p${i % 5} "quoted"\u0001`),
    parent: process(1, "/sbin/init", "--token=t"),
  },
  node_name: "node",
  time: "2026-01-31T12:34:56.000000001Z",
}));

const CONFIGURATIONS: Record<string, Partial<PipelineSettings>> = {
  nothing: {},
  "an allowlist": { exportAllowlist: '{"binary_regex":["curl"]}' },
  "a denylist": { exportDenylist: '{"event_set":["PROCESS_EXIT"]}' },
  CEL: { exportAllowlist: '{"cel_expression":["process_exec.process.pid > 5u"]}' },
  "field filters": { fieldFilters: '{"fields":"process.pid,parent.binary"}' },
  redaction: { redactionFilters: '{"redact":["--password=(\\\\S+)","TOKEN=(.+)","--token=(\\\\S+)"]}' },
  "a rate limit": { exportRateLimit: 7 },
  "a limit for each cgroup": { cgroupRate: { events: 3, interval: 1000 } } as Partial<PipelineSettings>,
  aggregation: { aggregation: { windowMs: 100, bufferSize: 8 } },
  "all of it": {
    exportDenylist: '{"pid":[3]}',
    fieldFilters: '{"fields":"process.environment_variables","action":"EXCLUDE"}',
    redactionFilters: '{"redact":["--password=(\\\\S+)"]}',
    aggregation: { windowMs: 100, bufferSize: 4 },
    exportRateLimit: 12,
  },
};

describe("values leave as the events do that come as bytes, with", () => {
  for (const [name, settings] of Object.entries(CONFIGURATIONS)) {
    test(name, () => {
      const ofBytes = createTestPipeline(settings);
      const lines = ofBytes.run(...events);
      const ofValues = createTestPipeline(settings);
      const batch = createValues(events);
      ofValues.counters.read += batch.count;
      ofValues.pipeline.process(batch);
      expect(linesOf(batch)).toEqual(lines);
      for (const test of [ofBytes, ofValues]) test.now += 2000;
      expect(ofValues.poll()).toEqual(ofBytes.poll());
      expect(ofValues.flush()).toEqual(ofBytes.flush());
      expect(ofValues.counters).toEqual(ofBytes.counters);
      expect(ofValues.counters.accepted).toBeGreaterThan(0);
    });
  }
});

describe("TetragonJson", () => {
  test("writes the events that somebody asks for, each once, and no other", () => {
    const batch = createValues(events);
    const written: number[] = [];
    const { values } = batch;
    batch.values = {
      object: (place) => values!.object(place),
      writeLine(target, i) {
        written.push(i);
        values!.writeLine(target, i);
      },
    };
    const encoding = new TetragonJson();
    encoding.begin(batch);
    encoding.encode({ count: 2, numbers: Uint16Array.of(3, 1) });
    encoding.encode({ count: 2, numbers: Uint16Array.of(1, 2) });
    expect(written).toEqual([3, 1, 2]);
    expect(batch.text[0]).toBe(TEXT.ofValue);
    encoding.encodeAll();
    expect(written.toSorted((a, b) => a - b)).toEqual(events.map((_, i) => i));
    expect(linesOf(batch)).toEqual(events.map((event) => JSON.stringify(event)));
  });
});
