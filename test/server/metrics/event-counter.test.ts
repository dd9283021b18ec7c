import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Bus } from "../../../src/agent/bus.ts";
import { EventBatch, type EventValues } from "../../../src/event/batch.ts";
import { decodeBatch, validateBatch } from "../../../src/event/decode.ts";
import type { JsonObject } from "../../../src/lib/json/object.ts";
import { EventCounter } from "../../../src/server/metrics/event-counter.ts";
import { PROCESS_LABELS, type ProcessLabel } from "../../../src/server/metrics/options.ts";
import { createBatch } from "../../pipeline/support.ts";

const POD = { namespace: "shop", name: "cart-1", workload: "cart" };
const exec = (binary: string, pod?: object) => ({
  process_exec: { process: { pid: 7, binary, ...(pod !== undefined && { pod }) } },
  time: "2026-01-01T00:00:00Z",
});

function setUp(labels: readonly ProcessLabel[] = PROCESS_LABELS) {
  const bus = new Bus();
  const counter = new EventCounter(labels, (error) => {
    throw error;
  });
  bus.join(counter, { encoding: counter.encoding });
  return { bus, counter };
}

const fail = (): never => {
  throw new Error("All of them are valid");
};

const events = (counter: EventCounter) =>
  Array.from(counter.events.all(), ({ own, process, count }) => [...own, ...Object.values(process), count]);

describe("EventCounter", () => {
  test("counts events by type and by what is said of their process", () => {
    const { bus, counter } = setUp();
    bus.offer(createBatch([exec("/a", POD), exec("/a"), exec("/a", POD)] as never));
    expect(events(counter)).toEqual([
      ["PROCESS_EXEC", "shop", "cart", "cart-1", "/a", 2],
      ["PROCESS_EXEC", "", "", "", "/a", 1],
    ]);
  });

  test("leaves labels empty that nobody asked for", () => {
    const { bus, counter } = setUp(["namespace"]);
    bus.offer(createBatch([exec("/a", POD), exec("/b", POD)] as never));
    expect(events(counter)).toEqual([["PROCESS_EXEC", "shop", "", "", "", 2]]);
    const none = setUp([]);
    none.bus.offer(createBatch([exec("/a", POD), exec("/b")] as never));
    expect(events(none.counter)).toEqual([["PROCESS_EXEC", "", "", "", "", 2]]);
    expect(none.counter.missingProcess).toBe(0);
  });

  test("counts types that nobody has described as one, and events without a process", () => {
    const { bus, counter } = setUp();
    const made = Array.from({ length: 50 }, (_, i) => ({ [`process_new_${i}`]: { process: { pid: 1 } } }));
    bus.offer(createBatch([...made, { rate_limit_info: { number_of_dropped_process_events: 1 } }] as never));
    expect(events(counter)).toEqual([
      ["unhandled", "", "", "", "", 50],
      ["RATE_LIMIT_INFO", "", "", "", "", 1],
    ]);
    expect(counter.missingProcess).toBe(1);
  });

  test("counts events of policies by their policy and hook", () => {
    const { bus, counter } = setUp(["binary"]);
    const process = { pid: 7, binary: "/a" };
    bus.offer(
      createBatch([
        { process_kprobe: { process, function_name: "sys_open", policy_name: "open" } },
        { process_tracepoint: { process, subsys: "sched", event: "wake", policy_name: "p" } },
        { process_kprobe: { process, function_name: "sys_open" } },
      ] as never),
    );
    const policies = Array.from(counter.policies.all(), ({ own, process, count }) => [
      ...own,
      process.binary,
      count,
    ]);
    expect(policies).toEqual([
      ["open", "kprobe:sys_open", "/a", 1],
      ["p", "tracepoint:sched/wake", "/a", 1],
    ]);
  });

  test.each([
    ["that nobody has looked at", () => {}],
    ["that were validated", (batch: EventBatch) => validateBatch(batch, "full", fail)],
    ["that stages have looked at", (batch: EventBatch) => decodeBatch(batch, "full", fail, { isLazy: true })],
  ])("says of each of Tetragon's events, %s, what JSON.parse finds in it", (_, prepare) => {
    const path = join(import.meta.dir, "../../fixtures/tetragon-events.jsonl");
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const { bus, counter } = setUp();
    const bytes = Buffer.from(`${lines.join("\n")}\n${" ".repeat(16)}`);
    const batch = new EventBatch(bytes);
    for (let at = 0, end = bytes.indexOf(10); end >= 0; at = end + 1, end = bytes.indexOf(10, at))
      batch.push(at, end + 1, 0);
    prepare(batch);
    bus.offer(batch);
    const expected = new Map<string, number>();
    for (const line of lines) {
      const event = JSON.parse(line) as Record<string, { process?: { binary?: string; pod?: typeof POD } }>;
      const type = Object.keys(event).find((key) => key.startsWith("process_"))!;
      const { binary = "", pod } = event[type]?.process ?? {};
      const key = [
        type.toUpperCase(),
        pod?.namespace ?? "",
        pod?.workload ?? "",
        pod?.name ?? "",
        binary,
      ].join();
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const found = events(counter).map((row) => [row.slice(0, -1).join(), row.at(-1)] as const);
    expect(new Map(found as [string, number][])).toEqual(expected);
  });

  test("makes neither an object nor text of a value of which type, binary and pod can be had without", () => {
    const { bus, counter } = setUp();
    const batch = new EventBatch(new Uint8Array(0));
    const unwanted = () => {
      throw new Error("not wanted");
    };
    batch.values = {
      object: unwanted,
      writeLine: unwanted,
      counted: {
        type: () => "process_exit",
        binary: (place) => `/${place}`,
        pod: (place) => (place === 3 ? { namespace: "shop", workload: "cart", name: "cart-1" } : undefined),
      },
    } satisfies EventValues;
    for (const place of [3, 5]) batch.pushValue(place, 0);
    bus.offer(batch);
    expect(events(counter)).toEqual([
      ["PROCESS_EXIT", "shop", "cart", "cart-1", "/3", 1],
      ["PROCESS_EXIT", "", "", "", "/5", 1],
    ]);
  });

  test("goes by what a stage has made of a value", () => {
    const { bus, counter } = setUp();
    const batch = new EventBatch(new Uint8Array(0));
    batch.values = {
      object: () => ({}),
      writeLine() {},
      counted: { type: () => "process_exec", binary: () => "/before", pod: () => undefined },
    };
    batch.pushValue(0, 0);
    batch.change(0, exec("/after", POD) as JsonObject);
    bus.offer(batch);
    expect(events(counter)).toEqual([["PROCESS_EXEC", "shop", "cart", "cart-1", "/after", 1]]);
  });

  test("reports an error of its own, and events go on", () => {
    const errors: unknown[] = [];
    const bus = new Bus();
    const counter = new EventCounter(["binary"], (error) => errors.push(error));
    bus.join(counter, { encoding: counter.encoding });
    const batch = new EventBatch(new Uint8Array(0));
    batch.values = {
      object() {
        throw new Error("broken");
      },
      writeLine() {},
    };
    batch.pushValue(0, 0);
    bus.offer(batch);
    bus.offer(createBatch([exec("/a")] as never));
    expect(errors).toHaveLength(1);
    expect(events(counter)).toHaveLength(1);
  });

  test("is not troubled by lines that nobody has validated, and counts no metadata event", () => {
    const { bus, counter } = setUp();
    const bytes = Buffer.from(`not json\n${JSON.stringify({ event: "agent_init", pid: 1 })}\n        `);
    const batch = new EventBatch(bytes);
    batch.push(0, 9, 0);
    batch.push(9, bytes.lastIndexOf(10) + 1, 0);
    bus.offer(batch);
    expect(events(counter)).toEqual([]);
  });
});
