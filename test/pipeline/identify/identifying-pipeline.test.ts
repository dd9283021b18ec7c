import { expect, test } from "bun:test";
import { EventBatch, NO_STREAM } from "../../../src/event/batch.ts";
import { SLACK } from "../../../src/event/scan/line.ts";
import { ContainerIdentity, type WaitFigures } from "../../../src/pipeline/enrich/container.ts";
import { IdentifyingPipeline } from "../../../src/pipeline/identify/identifying-pipeline.ts";
import { createPipeline } from "../../../src/pipeline/pipeline.ts";
import type { Pipeline, PipelineSettings } from "../../../src/pipeline/settings.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";

const ID = "0123456789abcdef0123456789abcde";
const OTHER = "fedcba9876543210fedcba987654321";

/** A container that becomes known, or given up. */
class TestContainer {
  identity: ContainerIdentity | undefined;
  question: Promise<unknown> | undefined;
  #settle: () => void = () => {};

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.question = promise;
    this.#settle = resolve;
  }

  become(id: string, name: string): this {
    const pod = { namespace: "shop", name, container: { id: `containerd://${id}`, name: "main" } };
    this.identity = new ContainerIdentity(id, pod, [{ command: "/bin/true", arguments: "-v" }]);
    return this.giveUp();
  }

  giveUp(): this {
    this.question = undefined;
    this.#settle();
    return this;
  }
}

interface Settings extends Partial<PipelineSettings> {
  readonly keepsPositions?: boolean;
  readonly maxEvents?: number;
}

function setUp({ keepsPositions = false, maxEvents = 100, ...overrides }: Settings = {}) {
  const containers = new Map<string, TestContainer>();
  const find = (id: string) => {
    const known = containers.get(id) ?? new TestContainer();
    containers.set(id, known);
    return known;
  };
  const counters = createCounters();
  const errors: unknown[] = [];
  const onInternalError = (error: unknown) => void errors.push(error);
  const figures: WaitFigures = { waiting: 0, waited: 0, timeout: 0, full: 0 };
  const inner = createPipeline({
    ...{
      validate: "full",
      exportAllowlist: "",
      exportDenylist: "",
      enablePidSetFilter: false,
      fieldFilters: "",
    },
    ...{ redactionFilters: "", exportRateLimit: -1, aggregation: undefined, commonFields: {}, counters },
    ...{ clock: () => 0, onInvalid: () => {}, onInternalError, warn: () => {}, ...overrides },
  });
  const pipeline: Pipeline = new IdentifyingPipeline(inner, {
    identity: {
      containers: { find },
      nodeLabels: { current: { zone: "z1" } },
      wait: { timeoutMs: 60_000, maxEvents, maxBytes: 1 << 20, figures },
    },
    nodeName: "node-a",
    clusterName: "blue",
    keepsPositions,
    onInternalError,
  });
  const linesOf = (batch: EventBatch) =>
    Array.from({ length: batch.count }, (_, i) => Buffer.from(batch.line(i)).toString("utf8").trimEnd());
  const run = (lines: readonly string[], stream = NO_STREAM) => {
    const text = Buffer.from(`${lines.join("\n")}\n`);
    const bytes = new Uint8Array(text.length + SLACK);
    bytes.set(text);
    const batch = new EventBatch(bytes);
    batch.stream = stream;
    let at = 0;
    for (const line of lines) {
      const end = at + Buffer.byteLength(line) + 1;
      batch.push(at, end, end);
      at = end;
    }
    pipeline.process(batch);
    return linesOf(batch);
  };
  const all = (next: () => EventBatch | undefined) => {
    const lines: string[] = [];
    for (let batch = next(); batch !== undefined; batch = next()) lines.push(...linesOf(batch));
    return lines;
  };
  const poll = () => all(() => pipeline.poll(0));
  const flush = () => all(() => pipeline.flush());
  return { pipeline, containers, find, run, poll, flush, counters, figures, errors };
}

const exec = (process: object, more: object = {}, top: object = {}) =>
  JSON.stringify({
    process_exec: { process: { exec_id: "a", ...process }, ...more },
    time: "2026-11-30T10:00:00Z",
    ...top,
  });

test("lines that need nothing leave as the bytes that they came in, and nobody is asked about them", () => {
  const { run, containers } = setUp();
  const lines = [
    exec({ pid: 1, binary: "/bin/sh" }),
    exec({ pid: 2, docker: ID, pod: { name: "own", container: { id: "x" } } }),
    '{ "process_exec" : { "process":{"pid":3, "arguments":"\\"docker\\" \\"pod\\":"} }}',
    exec({ pid: 4, docker: ID, pod: { name: "own" } }, { parent: { docker: OTHER } }),
  ];
  expect(run(lines)).toEqual(lines);
  expect(containers.size).toBe(0);
});

test("an event of a known container gets its pod and the node, and stays what it was otherwise", () => {
  const { run, find, counters } = setUp();
  find(ID).become(ID, "web");
  const line =
    '{"process_exec":{ "process" : {"exec_id":"ä", "pid":7,"docker": "0123456789abcdef0123456789abcdef01"} } }';
  expect(run([line])).toEqual([
    '{"process_exec":{ "process" : {"exec_id":"ä", "pid":7,"docker": "0123456789abcdef0123456789abcdef01","pod":{"namespace":"shop","name":"web","container":{"id":"containerd://0123456789abcdef0123456789abcde","name":"main"}}} } ,"node_name":"node-a","cluster_name":"blue","node_labels":{"zone":"z1"}}',
  ]);
  expect(counters.accepted).toBe(1);
});

test("process, parent and ancestors have each their own; what is there stays", () => {
  const { run, find } = setUp();
  find(ID).become(ID, "web");
  find(OTHER).become(OTHER, "db");
  const process = { pid: 7, docker: ID, binary: "/bin/true", arguments: "-v" };
  const more = { parent: { docker: OTHER }, ancestors: [{ pid: 1 }, { docker: ID }] };
  const [line] = run([exec(process, more, { node_name: "other", cluster_name: "red" })]);
  const event = JSON.parse(line!);
  expect(event.process_exec.process.pod).toMatchObject({
    name: "web",
    container: { maybe_exec_probe: true },
  });
  expect(event.process_exec.parent.pod.name).toBe("db");
  expect(event.process_exec.ancestors.map((each: { pod?: { name: string } }) => each.pod?.name)).toEqual([
    undefined,
    "web",
  ]);
  expect([event.node_name, event.cluster_name, event.node_labels]).toEqual(["other", "red", { zone: "z1" }]);
});

test("an event waits for its pod, and what follows of its process behind it; others go on", async () => {
  const { run, poll, find, pipeline, figures, counters } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  pipeline.callWhenDue?.(resolve);
  const other = exec({ pid: 8 });
  const lines = [exec({ pid: 7, docker: ID }), other, exec({ pid: 7, docker: ID, flags: "exit" })];
  expect(run(lines)).toEqual([other]);
  expect([figures.waiting, figures.waited]).toEqual([2, 2]);
  expect(poll()).toEqual([]);
  find(ID).become(ID, "web");
  await promise;
  const released = poll().map((line) => JSON.parse(line).process_exec.process);
  expect(released.map(({ flags, pod }) => [flags, pod.name])).toEqual([
    [undefined, "web"],
    ["exit", "web"],
  ]);
  expect([figures.waiting, counters.accepted]).toEqual([0, 3]);
  pipeline.close?.();
});

test("an event goes on as it came when nobody knows its container in time, or there is no more room", async () => {
  const { run, poll, find, pipeline, figures } = setUp({ maxEvents: 1 });
  const lines = [exec({ pid: 7, docker: ID }), exec({ pid: 8, docker: OTHER })];
  expect(run(lines)).toEqual([lines[1]!]);
  expect(figures.full).toBe(1);
  find(ID).giveUp();
  expect(poll()).toEqual([lines[0]!]);
  expect(run([lines[0]!])).toEqual([lines[0]!]);
  pipeline.close?.();
});

test("what waits at the end leaves as it is", () => {
  const { run, flush } = setUp();
  const line = exec({ pid: 7, docker: ID });
  expect(run([line])).toEqual([]);
  expect(flush()).toEqual([line]);
});

test("events of a stream whose position is kept do not wait, and get what is known", () => {
  const { run, find } = setUp({ keepsPositions: true });
  const line = exec({ pid: 7, docker: ID });
  expect(run([line], 3)).toEqual([line]);
  expect(run([line])).toEqual([]);
  find(ID).become(ID, "web");
  expect(run([line], 3)[0]).toContain('"name":"web"');
});

test("filters see the pod that was added, redaction sees what waits", async () => {
  const { run, poll, find } = setUp({
    exportAllowlist: '{"pod_regex":["^web"]}',
    redactionFilters: '{"redact":["(secret)"]}',
  });
  find(ID).become(ID, "web");
  const secret = exec({ pid: 9, docker: OTHER, arguments: "secret" });
  const lines = [exec({ pid: 7, docker: ID }), exec({ pid: 8 }), secret];
  expect(run(lines).map((line) => JSON.parse(line).process_exec.process.pid)).toEqual([7]);
  find(OTHER).become(OTHER, "web-2");
  expect(poll().map((line) => JSON.parse(line).process_exec.process.arguments)).toEqual(["*****"]);
});

test("lines that are no events, or odd ones, go on to who judges them", () => {
  const { run, errors, counters } = setUp();
  const odd = [
    '{"docker":"x"}',
    '{"process_exec":{"process":"docker","docker":1}}',
    'no JSON, "docker"',
    `{"process_exec":[{"docker":"${ID}"}]}`,
    `{"process_exec":{"process":[{"docker":"${ID}"}],"ancestors":{"docker":1}}}`,
    `{"process_exec":{"process":{"docker":17}}}`,
  ];
  run(odd);
  expect(errors).toEqual([]);
  expect(counters.invalid + counters.accepted).toBe(odd.length);
});
