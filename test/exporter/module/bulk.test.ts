import { describe, expect, test } from "bun:test";
import { EventBatch } from "../../../src/event/batch.ts";
import { BulkOutcome } from "../../../src/exporter/delivery/bulk.ts";
import { ModuleBulk, type SharedState } from "../../../src/exporter/module/bulk.ts";
import type { BatchAnswer } from "../../../src/exporter/module/link.ts";
import type { BatchMessage } from "../../../src/exporter/module/protocol.ts";
import { createExporterCounters } from "../../../src/telemetry/counters.ts";

const ID = { prefix: new Uint8Array(16), sequence: 0 };
const event = (name: string) => JSON.stringify({ process_exec: { process: { binary: name } } });

/** What a module does with the lines of one batch. @param acknowledge Takes how many of them are dealt with. */
type Module = (
  lines: string[],
  acknowledge: (count: number) => void,
) => Omit<BatchAnswer & object, "id"> | undefined;

function setUp(names: readonly string[], module: Module, maxBytes = 4096) {
  const bytes = Buffer.alloc(maxBytes * 2);
  const given: string[][] = [];
  const state: SharedState = {
    link: {
      async give({ at, bytes: length, count, id }: BatchMessage, onProgress) {
        const lines = bytes
          .toString("utf8", at, at + length)
          .trimEnd()
          .split("\n");
        expect(lines.length).toBe(count);
        given.push(lines.map((line) => JSON.parse(line).process_exec.process.binary));
        const answer = module(given.at(-1)!, onProgress);
        return (answer === undefined ? { type: "done", id, refused: [] } : { id, ...answer }) as BatchAnswer;
      },
    },
    counters: createExporterCounters(),
    description: "exporter module",
    nextId: 1,
    taken: 0,
  };
  const accepted: number[] = [];
  const refused: [number, string][] = [];
  const outcome = new BulkOutcome(
    (size) => accepted.push(size),
    (i, _, reason) => refused.push([i, reason]),
  );
  const bulk = new ModuleBulk({ bytes: bytes.subarray(maxBytes), at: maxBytes }, 100, state);
  const text = Buffer.from(names.map((name) => `${event(name)}\n`).join(""));
  const lines = new EventBatch(text);
  let at = 0;
  for (const [i, name] of names.entries()) {
    const end = at + Buffer.byteLength(event(name)) + 1;
    lines.push(at, end, i + 1);
    at = end;
  }
  const added = names.filter((_, i) => {
    const isAdded = bulk.add(lines as never, i, ID, false);
    if (isAdded) outcome.add(1);
    return isAdded;
  });
  const push = () => bulk.push(outcome, { signal: new AbortController().signal, onSend() {} });
  /** As the skeleton does, until nothing is left or so many pushes have not been enough. */
  const pushAll = async (most = 40) => {
    for (let i = 0; i < most && outcome.pending > 0; i++) await push();
  };
  return { bulk, outcome, given, accepted, refused, push, pushAll, added, state };
}

const ended = (why: string): ReturnType<Module> => ({ type: "lost", why, isSuspect: true }) as never;
const threw = (error: string): ReturnType<Module> => ({ type: "failed", error }) as never;

describe("ModuleBulk", () => {
  test("gives all lines at once, and takes them as exported when the module is done", async () => {
    const { push, given, outcome, accepted } = setUp(["a", "b", "c"], () => undefined);
    expect(await push()).toEqual({});
    expect({ given, pending: outcome.pending, accepted: accepted.length }).toEqual({
      given: [["a", "b", "c"]],
      pending: 0,
      accepted: 3,
    });
  });

  test("passes on what the module refuses, and keeps it as a letter with the event", async () => {
    const { push, refused, accepted, bulk } = setUp(
      ["a", "b"],
      () => ({ type: "done", refused: [[1, "not mine"]] }) as never,
    );
    await push();
    expect([refused, accepted.length]).toEqual([[[1, "not mine"]], 1]);
    expect(JSON.parse(bulk.letter(1, "not mine").toString())).toMatchObject({
      to: "exporter module",
      reason: "not mine",
      document: JSON.parse(event("b")),
    });
  });

  test("gives those again that were not acknowledged when it failed, and no others", async () => {
    let isFirst = true;
    const { pushAll, given, accepted, refused } = setUp(["a", "b", "c"], (_, acknowledge) => {
      if (!isFirst) return undefined;
      isFirst = false;
      acknowledge(2);
      return threw("busy");
    });
    await pushAll();
    expect(given).toEqual([["a", "b", "c"], ["c"]]);
    expect([accepted.length, refused]).toEqual([3, []]);
  });

  test("says why it failed, and when to try again", async () => {
    const { push } = setUp(["a"], () => ({ type: "failed", error: "busy", retryAfterMs: 50 }) as never);
    const { error, retryAfterMs } = await push();
    expect([error?.message, retryAfterMs]).toEqual(["exporter module: busy", 50]);
  });

  test.each([
    ["ends", ended],
    ["throws", threw],
  ])(
    "gives up the one event with which the module %s each time, and exports the others once",
    async (_, fail) => {
      const names = Array.from({ length: 20 }, (_, i) => (i === 7 ? "poison" : `good ${i}`));
      const taken: string[] = [];
      const { pushAll, refused, accepted } = setUp(names, (lines) => {
        if (lines.includes("poison")) return fail("I do not like it");
        taken.push(...lines);
        return undefined;
      });
      await pushAll();
      expect(refused).toEqual([[7, "I do not like it"]]);
      expect(accepted.length).toBe(19);
      expect(taken.toSorted()).toEqual(names.filter((name) => name !== "poison").toSorted());
    },
  );

  test("gives up nothing while the module throws at everything", async () => {
    const { pushAll, refused, outcome } = setUp(["a", "b", "c"], () => threw("the other side is away"));
    await pushAll();
    expect([refused, outcome.pending]).toEqual([[], 3]);
  });

  test("gives up nothing for a process that ended for another reason", async () => {
    const { pushAll, refused, outcome } = setUp(
      ["a"],
      () => ({ type: "lost", why: "no", isSuspect: false }) as never,
    );
    await pushAll();
    expect([refused, outcome.pending]).toEqual([[], 1]);
  });

  test("has no room for more than its memory holds, and shortens one event that is larger", async () => {
    const many = setUp(Array<string>(10).fill("x".repeat(1000)), () => undefined);
    expect(many.added.length).toBe(3);
    const large = setUp(["x".repeat(9000)], () => undefined);
    await large.push();
    expect(large.state.counters.truncated).toBe(1);
    expect(large.given[0]![0]!.length).toBeLessThan(4096);
  });
});
