import { describe, expect, test } from "bun:test";
import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { RecordEncoder } from "../../../src/encoding/otlp/record.ts";
import { spanIdOf, traceIdOf } from "../../../src/encoding/otlp/span.ts";
import {
  ScopeSpansSchema,
  type Span,
} from "../../../src/encoding/protobuf/generated/opentelemetry/proto/trace/v1/trace_pb.ts";
import type { ProcessLimits } from "../../../src/exporter/otlp/traces/processes.ts";
import { Tracer } from "../../../src/exporter/otlp/traces/tracer.ts";
import { batchOf, patient, start } from "../support.ts";
import { attributesOf, Receiver } from "./receiver.ts";
import { exporterTo } from "./support.ts";

const LIMITS: ProcessLimits = { processes: 100, bytes: 1e6, age: 3_600_000_000_000n, eventsEach: 3 };

/** A time so many seconds after the first one. */
const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000).toISOString();

/** A process, as events have it. */
const processOf = (id: string, parent: string, from: number, more: object = {}) => ({
  exec_id: id,
  pid: Number(id.replace(/\D/g, "")),
  binary: `/bin/${id}`,
  start_time: at(from),
  parent_exec_id: parent,
  ...more,
});
const exec = (id: string, parent: string, from: number, more?: object, parentProcess?: object) =>
  JSON.stringify({
    process_exec: {
      process: processOf(id, parent, from, more),
      ...(parentProcess && { parent: parentProcess }),
    },
    time: at(from),
  });
const exit = (id: string, parent: string, from: number, to: number, more: object = {}) =>
  JSON.stringify({ process_exit: { process: processOf(id, parent, from), ...more }, time: at(to) });
const connect = (id: string, when: number) =>
  JSON.stringify({
    process_kprobe: {
      process: processOf(id, "", 0),
      function_name: "tcp_connect",
      args: [
        {
          sock_arg: {
            family: "AF_INET",
            protocol: "IPPROTO_TCP",
            saddr: "10.0.0.1",
            daddr: "10.0.0.2",
            sport: 1,
            dport: 443,
          },
        },
      ],
      policy_name: "connect",
    },
    time: at(when),
  });

/** The spans of events. */
function spansOf(lines: readonly string[], limits: Partial<ProcessLimits> = {}) {
  const spans: Span[] = [];
  const tracer = new Tracer({
    encoder: new RecordEncoder(),
    limits: { ...LIMITS, ...limits },
    onSpan: (bytes) => spans.push(...fromBinary(ScopeSpansSchema, bytes).spans),
  });
  const batch = batchOf(lines);
  for (let i = 0; i < lines.length; i++) tracer.add(batch, i);
  return { spans, counts: tracer.counts, by: Object.fromEntries(spans.map((span) => [span.name, span])) };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("processes that never end", () => {
  test("are forgotten, the oldest first, beyond their number", () => {
    const { counts, spans } = spansOf([
      ...Array.from({ length: 500 }, (_, i) => exec(`p${i + 1}`, "", i)),
      exit("p1", "", 0, 1000),
      exit("p500", "", 499, 1000),
    ]);
    expect(counts).toEqual({ running: 99, forgotten: 400 });
    // What is forgotten has a span all the same once it ends.
    expect(spans.map(({ name }) => name)).toEqual(["p1", "p500"]);
  });

  test.each([
    ["a", 1],
    ["é", 2],
    ["𝄞", 4],
  ])("are forgotten beyond their bytes, in memory, of texts of %s", (character, bytes) => {
    const processes = 1000;
    const lines = Array.from({ length: processes }, (_, i) =>
      exec(`p${i + 1}`, "", i, { arguments: character.repeat(3000) }),
    );
    const { counts } = spansOf(lines, { processes });
    expect(counts.running + counts.forgotten).toBe(processes);
    expect(counts.running * 3000 * bytes).toBeLessThan(LIMITS.bytes);
    expect(counts.running * 3000 * bytes).toBeGreaterThan(LIMITS.bytes / 2);
  });

  test("keep no events beyond all bytes", () => {
    const { counts, by } = spansOf(
      [
        exec("curl1", "", 0),
        ...Array.from({ length: 100 }, (_, i) => connect("curl1", i)),
        exit("curl1", "", 0, 200),
      ],
      { bytes: 4000, eventsEach: 1000 },
    );
    expect(counts).toEqual({ running: 0, forgotten: 0 });
    expect(by.curl1!.events.length).toBeGreaterThan(0);
    expect(by.curl1!.events.length + by.curl1!.droppedEventsCount).toBe(100);
    expect(by.curl1!.droppedEventsCount).toBeGreaterThan(50);
  });
});

describe("a span", () => {
  test("goes from exec to exit, under the span of the parent, with ids that follow from exec_id", () => {
    const { by, counts } = spansOf([
      exec("make1", "bash0", 0),
      exec("cc2", "make1", 1, { arguments: "-c a.c" }),
      exec("as3", "cc2", 2),
      exit("as3", "cc2", 2, 3),
      exit("cc2", "make1", 1, 4, { status: 1 }),
      exit("make1", "bash0", 0, 5, { signal: "SIGKILL" }),
    ]);
    for (const name of ["make1", "cc2", "as3"]) {
      expect(hex(by[name]!.traceId)).toBe(hex(traceIdOf("make1")));
      expect(hex(by[name]!.spanId)).toBe(hex(spanIdOf(name)));
    }
    expect(hex(by.make1!.parentSpanId)).toBe("");
    expect(hex(by.cc2!.parentSpanId)).toBe(hex(spanIdOf("make1")));
    expect(hex(by.as3!.parentSpanId)).toBe(hex(spanIdOf("cc2")));
    expect(by.cc2).toMatchObject({
      startTimeUnixNano: 1_800_000_001_000_000_000n,
      endTimeUnixNano: 1_800_000_004_000_000_000n,
      status: { code: 2, message: "exit code 1" },
    });
    expect(by.make1!.status).toMatchObject({ code: 2, message: "SIGKILL" });
    expect(by.as3!.status).toBeUndefined();
    expect(attributesOf(by.cc2!.attributes)).toMatchObject({ "process.pid": 2, "process.exit.code": 1 });
    expect(counts).toEqual({ running: 0, forgotten: 0 });
  });

  test("has what else happened as events, as many as there is room for", () => {
    const { by } = spansOf([
      exec("curl1", "", 0),
      ...[1, 2, 3, 4, 5].map((when) => connect("curl1", when)),
      connect("other9", 2),
      exit("curl1", "", 0, 6),
    ]);
    expect(by.curl1!.events.map(({ name, timeUnixNano }) => [name, timeUnixNano])).toEqual(
      [1n, 2n, 3n].map((second) => ["process_kprobe", (1_800_000_000n + second) * 1_000_000_000n]),
    );
    expect(by.curl1!.droppedEventsCount).toBe(2);
    expect(attributesOf(by.curl1!.events[0]!.attributes)).toEqual({
      "source.address": "10.0.0.1",
      "source.port": 1,
      "destination.address": "10.0.0.2",
      "destination.port": 443,
      "network.transport": "tcp",
      "network.type": "ipv4",
      "security_rule.name": "connect",
      "server.address": "10.0.0.2",
      "server.port": 443,
    });
  });

  test("ends where the process becomes another one without a fork", () => {
    const { by } = spansOf([
      exec("sh1", "", 0),
      exec("gcc01", "sh1", 2, { pid: 1 }),
      exit("gcc01", "sh1", 2, 3),
    ]);
    expect(by.sh1).toMatchObject({ endTimeUnixNano: 1_800_000_002_000_000_000n });
    expect(by.sh1!.status).toBeUndefined();
  });

  test("is not ended by a process of another host that has its number", () => {
    const on = (node: string, line: string) => line.replace(/\}$/, `,"node_name":"${node}"}`);
    const { by, spans } = spansOf([
      on("n1", exec("sh1", "", 0)),
      on("n2", exec("cron2", "", 1, { pid: 1 })),
      on("n1", exit("sh1", "", 0, 3)),
    ]);
    expect(spans).toHaveLength(1);
    expect(by.sh1).toMatchObject({ endTimeUnixNano: 1_800_000_003_000_000_000n });
  });

  test("of a subshell is between those that it runs and the one that it came from", () => {
    const { by } = spansOf([
      exec("sh1", "", 0),
      exec("ls3", "fork2", 2, {}, processOf("fork2", "sh1", 1)),
      exit("ls3", "fork2", 2, 3),
      exit("fork2", "sh1", 1, 4),
      exit("sh1", "", 0, 5),
    ]);
    expect(hex(by.ls3!.parentSpanId)).toBe(hex(spanIdOf("fork2")));
    expect(hex(by.fork2!.parentSpanId)).toBe(hex(spanIdOf("sh1")));
    expect(hex(by.ls3!.traceId)).toBe(hex(traceIdOf("sh1")));
  });

  test("begins a trace under one that was there before the agent, and links one that is old", () => {
    const { by } = spansOf([
      exec("systemd1", "", 0, { flags: "procFS auid" }),
      exec("cron2", "systemd1", 10, { flags: "procFS" }),
      exec("job3", "cron2", 20),
      exec("late4", "cron2", 10_000),
      exit("late4", "cron2", 10_000, 10_001),
      exit("job3", "cron2", 20, 21),
    ]);
    expect(hex(by.job3!.traceId)).toBe(hex(traceIdOf("cron2")));
    expect(by.job3!.links).toEqual([]);
    expect(hex(by.late4!.traceId)).toBe(hex(traceIdOf("late4")));
    expect(by.late4!.links.map(({ spanId }) => hex(spanId))).toEqual([hex(spanIdOf("cron2"))]);
  });

  test("is there though its exec was lost: the exit says all", () => {
    const { by } = spansOf([exec("make1", "", 0), exit("cc2", "make1", 1, 3)]);
    expect(hex(by.cc2!.parentSpanId)).toBe(hex(spanIdOf("make1")));
    expect(by.cc2).toMatchObject({ startTimeUnixNano: 1_800_000_001_000_000_000n });
  });
});

test("what is remembered has a limit, whatever is lost", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(60), fc.nat(60), fc.nat(2)), { maxLength: 300 }), (steps) => {
      const lines = steps.map(([id, parent, what], i) =>
        what === 0
          ? exec(`p${id}`, `p${parent}`, i)
          : what === 1
            ? exit(`p${id}`, `p${parent}`, i, i + 1)
            : connect(`p${id}`, i),
      );
      const { spans, counts } = spansOf(lines, { processes: 16 });
      expect(counts.running).toBeLessThanOrEqual(16);
      for (const { traceId, spanId, startTimeUnixNano, endTimeUnixNano } of spans) {
        expect([traceId.length, spanId.length]).toEqual([16, 8]);
        expect(endTimeUnixNano >= startTimeUnixNano).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test("lines of any kind are passed over", () => {
  const lines = [
    "{}",
    '{"process_exec":{}}',
    '{"process_exit":{"process":{"exec_id":"a"}}}',
    "[]",
    '{"process_exec',
    '{"x":{"process":{"exec_id":1}}}',
  ];
  expect(spansOf(lines).spans).toEqual([]);
});

test("spans are sent beside log records, also when the receiver was away", async () => {
  await using receiver = new Receiver();
  let refusals = 2;
  receiver.reply = ({ path }) =>
    path === "/v1/traces" && refusals-- > 0 ? new Response("", { status: 503 }) : new Response();
  const { exporter, settings } = await exporterTo(receiver.url, { "otlp-traces": true });
  await start(exporter);
  exporter.write(batchOf([exec("make1", "", 0), exit("make1", "", 0, 1)]));
  await receiver.until(() => receiver.spans.length === 1);
  await exporter.stop(patient());
  expect(settings.counters.exported).toBe(2);
  expect(receiver.spans.map(({ name }) => name)).toEqual(["make1"]);
});

test("processes that are forgotten are a warning, once", async () => {
  await using receiver = new Receiver();
  const values = { "otlp-traces": true, "otlp-traces-max-processes": 2 };
  const { exporter, messages } = await exporterTo(receiver.url, values);
  await start(exporter);
  exporter.write(batchOf(Array.from({ length: 10 }, (_, i) => exec(`p${i + 1}`, "", i))));
  await exporter.stop(patient());
  expect(messages.filter((message) => message.startsWith("warn More processes run than"))).toHaveLength(1);
});

test("log records have the ids of the span of their process, and those of processes that are not known have none", async () => {
  await using receiver = new Receiver();
  const lines = [
    connect("cat8", 0),
    exec("make1", "bash0", 0),
    exec("cc2", "make1", 1),
    connect("cc2", 2),
    exit("cc2", "make1", 1, 3),
    exit("make1", "bash0", 0, 4),
    exit("ld3", "make1", 1, 5),
    '{"n":1}',
    "no JSON",
  ];
  const { exporter } = await exporterTo(receiver.url, { "otlp-traces": true });
  await start(exporter);
  exporter.write(batchOf(lines));
  await exporter.stop(patient());
  expect(receiver.bodies).toEqual(lines);
  const ids = receiver.records.map(({ traceId, spanId }) => [hex(traceId), hex(spanId)]);
  const make = hex(traceIdOf("make1"));
  expect(ids).toEqual([
    ["", ""],
    [make, hex(spanIdOf("make1"))],
    ...[1, 2, 3].map(() => [make, hex(spanIdOf("cc2"))]),
    [make, hex(spanIdOf("make1"))],
    [hex(traceIdOf("ld3")), hex(spanIdOf("ld3"))],
    ["", ""],
    ["", ""],
  ]);
  const spans = new Set(receiver.spans.map(({ traceId, spanId }) => `${hex(traceId)} ${hex(spanId)}`));
  expect(new Set(ids.filter(([trace]) => trace !== "").map((pair) => pair.join(" ")))).toEqual(spans);
});

test("without traces, log records have no ids", async () => {
  await using receiver = new Receiver();
  const { exporter } = await exporterTo(receiver.url);
  await start(exporter);
  exporter.write(batchOf([exec("make1", "bash0", 0)]));
  await exporter.stop(patient());
  expect(receiver.records.map(({ traceId }) => hex(traceId))).toEqual([""]);
});
