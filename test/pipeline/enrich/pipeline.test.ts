/** The stage among the others: from a batch of values to lines, with an enricher that answers late. */
import { expect, test } from "bun:test";
import type { JsonObject } from "../../../src/lib/json/object.ts";
import type { Enricher } from "../../../src/pipeline/enrich/enricher.ts";
import type { GivenUp } from "../../../src/pipeline/enrich/waiting-room.ts";
import { createTestPipeline, createValues, type Json, linesOf } from "../support.ts";

const exec = (pid: number, docker?: string): Json => ({
  process_exec: {
    process: { pid, binary: "/bin/prog", arguments: "key=secret", ...(docker !== undefined && { docker }) },
  },
});
const exit = (pid: number): Json => ({ process_exit: { process: { pid } } });

function createEnriched(overrides = {}) {
  const pods = new Map<string, JsonObject>();
  const givenUp: GivenUp[] = [];
  let answered = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const podEnricher: Enricher = {
    name: "pods",
    enrich(event) {
      const { process } = Object.values(event)[0] as { process: JsonObject };
      if (process.docker === undefined) return "nothing";
      const pod = pods.get(process.docker as string);
      if (pod === undefined) return promise;
      process.pod = pod;
      return "added";
    },
  };
  const enrichment = {
    enrichers: [podEnricher],
    timeoutMs: 500,
    maxEvents: 100,
    maxBytes: 1 << 20,
    onGivenUp: (reason: GivenUp) => givenUp.push(reason),
    onAnswer: () => answered++,
  };
  const pipeline = createTestPipeline({ enrichment, ...overrides });
  const run = (...events: Json[]): unknown[] => {
    const batch = createValues(events);
    pipeline.counters.read += batch.count;
    pipeline.pipeline.process(batch);
    return linesOf(batch).map((line) => JSON.parse(line));
  };
  const poll = (): unknown[] => pipeline.poll().map((line) => JSON.parse(line));
  const answer = async () => {
    pods.set("c1", { namespace: "shop", name: "web" });
    resolve();
    await promise;
    await Promise.resolve();
  };
  return { ...pipeline, test: pipeline, run, poll, answer, givenUp, answered: () => answered };
}

const web = { namespace: "shop", name: "web" };

test("a pod that is not known yet is waited for, others pass, and the filters see it", async () => {
  const { run, poll, answer, answered, counters } = createEnriched({
    exportAllowlist: '{"namespace":["shop"]}\n{"pid":[2]}',
    redactionFilters: '{"redact":["key=(\\\\S+)"]}',
  });
  expect(run(exec(1, "c1"), exec(2), exit(1))).toEqual([
    { process_exec: { process: { pid: 2, binary: "/bin/prog", arguments: "key=*****" } } },
  ]);
  expect(poll()).toEqual([]);
  await answer();
  expect(answered()).toBe(1);
  // Its exit has no pod: it is of the process that the filter does not ask for.
  expect(poll()).toEqual([
    {
      process_exec: {
        process: { pid: 1, binary: "/bin/prog", arguments: "key=*****", docker: "c1", pod: web },
      },
    },
  ]);
  expect(run(exec(3, "c1"))).toMatchObject([{ process_exec: { process: { pid: 3, pod: web } } }]);
  expect(counters).toMatchObject({ read: 4, accepted: 3, filtered: 1 });
});

test("what is not answered in time goes on without, in order", () => {
  const enriched = createEnriched();
  expect(enriched.run(exec(1, "c1"), exit(1))).toEqual([]);
  enriched.test.now += 499;
  expect(enriched.poll()).toEqual([]);
  enriched.test.now += 1;
  expect(enriched.poll()).toEqual([
    JSON.parse(JSON.stringify(exec(1, "c1"))),
    JSON.parse(JSON.stringify(exit(1))),
  ]);
  expect(enriched.givenUp).toEqual(["timeout"]);
  expect(enriched.counters).toMatchObject({ read: 2, accepted: 2 });
});

test("what still waits when the run ends is exported", () => {
  const enriched = createEnriched();
  enriched.run(exec(1, "c1"));
  expect(enriched.flush()).toEqual([JSON.stringify(exec(1, "c1"))]);
});

test("more than 1024 events that are released at once all leave", async () => {
  const enriched = createEnriched();
  for (let round = 0; round < 30; round++) {
    enriched.run(...Array.from({ length: 100 }, () => exec(1, "c1")));
  }
  // The room takes 100. When one more comes, all of them are due, and the pipeline says so.
  expect(enriched.pipeline.isDue).toBe(true);
  const due = enriched.poll().length;
  expect(due).toBeGreaterThan(2 * 1024);
  expect(enriched.pipeline.isDue).toBe(false);
  enriched.test.now += 500;
  expect(due + enriched.poll().length).toBe(3000);
  expect(enriched.counters).toMatchObject({ read: 3000, accepted: 3000 });
});

test("lines of another agent are not enriched", () => {
  const enriched = createEnriched();
  const line = JSON.stringify(exec(1, "c1"));
  expect(enriched.test.run(line)).toEqual([line]);
});

test("an enricher that fails while events wait costs that event, which is reported as an error of our own", () => {
  let isFailing = false;
  const errors: unknown[] = [];
  const failing: Enricher = {
    name: "failing",
    enrich: () => {
      if (isFailing) throw new Error("not a pod");
      return new Promise(() => {});
    },
  };
  const enrichment = {
    enrichers: [failing],
    timeoutMs: 500,
    maxEvents: 100,
    maxBytes: 1 << 20,
    onGivenUp: () => {},
    onAnswer: () => {},
  };
  const onInternalError = (error: unknown) => errors.push(error);
  const { run, poll, counters } = createEnriched({ enrichment, onInternalError });
  expect(run(exec(1, "c1"))).toEqual([]);
  isFailing = true;
  expect(poll()).toEqual([]);
  expect(errors).toEqual([new Error("not a pod")]);
  expect(counters).toMatchObject({ read: 1, accepted: 0 });
});
