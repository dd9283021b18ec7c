import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPushExporter, type DeliverySettings } from "../../../src/exporter/delivery/delivery.ts";
import { PUSHED } from "../../../src/exporter/delivery/destination.ts";
import type { PushSettings } from "../../../src/exporter/delivery/push-sender.ts";
import {
  accountedFor,
  batchOf,
  createTestLog,
  exporterSettings,
  metadataOf,
  numbered,
  patient,
  start,
  temporaryDirectory,
} from "../support.ts";
import { ManualClock, settled } from "./manual-clock.ts";
import { type Answer, acceptAll, fail, TestDestination } from "./test-destination.ts";

const PUSH: PushSettings = {
  batch: { maxEvents: 10, maxBytes: 1000 },
  lingerMs: 0,
  timeoutMs: 0,
  backoff: { initialMs: 100, maxMs: 1000, factor: 2, jitter: 0, giveUpMs: Number.POSITIVE_INFINITY },
};

/** An exporter to a receiver that gives these answers, started. */
async function startExporter(
  answers: Answer[],
  { random = () => 0, ...settings }: Partial<PushSettings & DeliverySettings> = {},
) {
  const clock = new ManualClock();
  const { log, messages } = createTestLog();
  const destination = new TestDestination(...answers);
  const positions: [number, number][] = [];
  const all = {
    ...exporterSettings({ log }),
    ...PUSH,
    clock,
    random,
    positions: {
      commitPosition: (stream: number, position: number) => void positions.push([stream, position]),
    },
    ...settings,
  };
  const exporter = createPushExporter(destination, all);
  await start(exporter);
  return { exporter, destination, clock, messages, positions, counters: all.counters };
}

/** Refuses the lines with these numbers, takes the others. */
const refusing =
  (...refused: number[]): Answer =>
  (batch) => {
    for (let i = 0; i < batch.length; i++) {
      if (refused.includes(i)) batch.refuse(i);
      else batch.accept(i);
    }
    return { error: new Error("mapping conflict") };
  };

/** Takes the lines with these numbers and says nothing of the others. */
const takingOnly =
  (...taken: number[]): Answer =>
  (batch) => {
    for (const i of taken) batch.accept(i);
    return { error: new Error("too busy") };
  };

describe("a push takes", () => {
  test("as many events as the batch may have, and no more", async () => {
    const { exporter, destination, counters } = await startExporter([]);
    exporter.write(batchOf(numbered(0, 25)));
    await settled();
    expect(destination.pushes.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(destination.arrived).toEqual(numbered(0, 25));
    expect(counters).toMatchObject({ exported: 25, retries: 0 });
    await exporter.stop(patient());
  });

  test("as many bytes as the batch may have; an event that is larger goes alone", async () => {
    const { exporter, destination } = await startExporter([], { batch: { maxEvents: 100, maxBytes: 100 } });
    exporter.write(batchOf([...numbered(0, 2, 20), ...numbered(2, 1, 500), ...numbered(3, 2, 20)]));
    await settled();
    expect(destination.pushes.map(({ length }) => length)).toEqual([2, 1, 2]);
    await exporter.stop(patient());
  });

  test("what comes within the linger, and does not wait longer", async () => {
    const { exporter, destination, clock } = await startExporter([], { lingerMs: 50 });
    exporter.write(batchOf(numbered(0, 2)));
    await clock.advance(49);
    exporter.write(batchOf(numbered(2, 2)));
    expect(destination.pushes).toEqual([]);
    await clock.advance(1);
    expect(destination.pushes).toEqual([numbered(0, 4)]);
    await exporter.stop(patient());
  });

  test("a full batch at once, before the linger is over", async () => {
    const { exporter, destination, clock } = await startExporter([], { lingerMs: 50 });
    exporter.write(batchOf(numbered(0, 4)));
    await clock.advance(10);
    exporter.write(batchOf(numbered(4, 6)));
    await settled();
    expect(destination.pushes).toEqual([numbered(0, 10)]);
    await exporter.stop(patient());
  });

  test("what there is when the exporter stops, without lingering", async () => {
    const { exporter, destination } = await startExporter([], { lingerMs: 60_000 });
    exporter.write(batchOf(numbered(0, 3)));
    await exporter.stop(patient());
    expect(destination.arrived).toEqual(numbered(0, 3));
    expect(destination.closed).toBe(1);
  });
});

describe("a push that fails", () => {
  test("is made again after 100 ms, 200 ms, ... up to the longest wait", async () => {
    const { exporter, destination, clock, counters } = await startExporter(Array(6).fill(fail));
    exporter.write(batchOf(numbered(0, 1)));
    const attempts: number[] = [];
    for (let elapsed = 0; elapsed <= 4000; elapsed += 50) {
      attempts[destination.pushes.length] ??= elapsed;
      await clock.advance(50);
    }
    // The clock moves on in steps of 50 ms, and an attempt is seen in the step after it.
    expect(attempts.slice(1).map((at) => at - 50)).toEqual([0, 50, 250, 650, 1450, 2450, 3450]);
    expect(counters).toMatchObject({ exported: 1, retries: 6, send_failed: 0 });
    await exporter.stop(patient());
  });

  test("waits less by chance, so that not all come back at once", async () => {
    const backoff = { ...PUSH.backoff, jitter: 0.5 };
    const { exporter, destination, clock } = await startExporter([fail], { backoff, random: () => 1 });
    exporter.write(batchOf(numbered(0, 1)));
    await clock.advance(49);
    expect(destination.pushes).toHaveLength(1);
    await clock.advance(1);
    expect(destination.pushes).toHaveLength(2);
    await exporter.stop(patient());
  });

  test("leaves what arrived behind it counted once, also when the exporter stops before it is made again", async () => {
    const second: Answer = async (batch) => {
      batch.accept(1);
      return { error: new Error("429"), retryAfterMs: 5000 };
    };
    const { exporter, clock, counters } = await startExporter([second]);
    exporter.write(batchOf(numbered(0, 3)));
    await clock.advance(0);
    await exporter.stop(AbortSignal.abort());
    expect(counters).toMatchObject({ exported: 1, send_failed: 2 });
  });

  test("waits as long as the receiver asks for", async () => {
    const later: Answer = () => ({ error: new Error("429"), retryAfterMs: 5000 });
    const { exporter, destination, clock } = await startExporter([later]);
    exporter.write(batchOf(numbered(0, 1)));
    await clock.advance(4999);
    expect(destination.pushes).toHaveLength(1);
    await clock.advance(1);
    expect(destination.arrived).toEqual(numbered(0, 1));
    await exporter.stop(patient());
  });

  test.each([0, -1, Number.NaN])(
    "waits all the same where the receiver asks for %p ms and takes nothing",
    async (retryAfterMs) => {
      const busy: Answer = () => ({ error: new Error("429"), retryAfterMs });
      const { exporter, destination, clock } = await startExporter([busy]);
      exporter.write(batchOf(numbered(0, 1)));
      await clock.advance(99);
      expect(destination.pushes).toHaveLength(1);
      await clock.advance(1);
      expect(destination.arrived).toEqual(numbered(0, 1));
      await exporter.stop(patient());
    },
  );

  test.each([2 ** 31, Number.POSITIVE_INFINITY])(
    "waits five minutes where the receiver asks for %p ms",
    async (retryAfterMs) => {
      const never: Answer = () => ({ error: new Error("429"), retryAfterMs });
      const { exporter, destination, clock } = await startExporter([never]);
      exporter.write(batchOf(numbered(0, 1)));
      await clock.advance(299_999);
      expect(destination.pushes).toHaveLength(1);
      await clock.advance(1);
      expect(destination.arrived).toEqual(numbered(0, 1));
      await exporter.stop(patient());
    },
  );

  test("is given up also where the receiver says each time when to come again", async () => {
    const backoff = { ...PUSH.backoff, giveUpMs: 300 };
    const busy: Answer = () => ({ error: new Error("429"), retryAfterMs: 200 });
    const { exporter, clock, counters } = await startExporter(Array(3).fill(busy), { backoff });
    exporter.write(batchOf(numbered(0, 3)));
    await clock.advance(1000);
    expect(counters).toMatchObject({ exported: 0, send_failed: 3 });
    await exporter.stop(patient());
  });

  test("is given up after the time that is set for it: its events are lost, later ones are not", async () => {
    const backoff = { ...PUSH.backoff, giveUpMs: 300 };
    const { exporter, destination, clock, counters } = await startExporter(Array(4).fill(fail), { backoff });
    exporter.write(batchOf(numbered(0, 3)));
    await clock.advance(1000);
    expect(counters).toMatchObject({ exported: 0, send_failed: 3 });
    exporter.write(batchOf(numbered(3, 2)));
    // The fourth failure is the first one of another row.
    await clock.advance(100);
    expect(destination.arrived).toEqual(numbered(3, 2));
    await exporter.stop(patient());
  });

  test("by throwing is one that says nothing of its events", async () => {
    const throwing: Answer = () => Promise.reject(new Error("connection reset"));
    const { exporter, destination, clock, messages } = await startExporter([throwing]);
    exporter.write(batchOf(numbered(0, 2)));
    await clock.advance(100);
    expect(destination.arrived).toEqual(numbered(0, 2));
    expect(messages.filter((line) => line.includes("connection reset"))).toHaveLength(1);
    expect(messages.at(-1)).toStartWith("info Events are written again");
    await exporter.stop(patient());
  });

  test("by taking too long is ended, and made again", async () => {
    let wasAborted = false;
    const hanging: Answer = (_, signal) => {
      signal.addEventListener("abort", () => {
        wasAborted = true;
      });
      return new Promise(() => {});
    };
    const { exporter, destination, clock, messages } = await startExporter([hanging], { timeoutMs: 2000 });
    exporter.write(batchOf(numbered(0, 2)));
    await clock.advance(1999);
    expect(wasAborted).toBe(false);
    await clock.advance(101);
    expect(wasAborted).toBe(true);
    expect(destination.arrived).toEqual(numbered(0, 2));
    expect(messages.some((line) => line.includes("no answer within 2000 ms"))).toBe(true);
    await exporter.stop(patient());
  });

  test("by taking too long has no say in what becomes of the next one", async () => {
    let answerLate = () => {};
    const late: Answer = (batch) => {
      batch.accept(0);
      answerLate = () => {
        for (const i of [0, 1, 2]) batch.accept(i);
        batch.acceptFirst(3);
        batch.loseAll();
      };
      return new Promise(() => {});
    };
    const failing: Answer = () => {
      answerLate();
      return { error: new Error("out of order") };
    };
    const { exporter, destination, clock, counters } = await startExporter([late, failing], {
      timeoutMs: 2000,
    });
    exporter.write(batchOf(numbered(0, 3)));
    await clock.advance(2100);
    expect(destination.pushes).toEqual([numbered(0, 3), numbered(1, 2)]);
    // What was said in time counts, and nothing else.
    expect(counters).toMatchObject({ exported: 1, send_failed: 0 });
    await clock.advance(200);
    expect(destination.pushes[2]).toEqual(numbered(1, 2));
    expect(counters).toMatchObject({ exported: 3, send_failed: 0 });
    await exporter.stop(patient());
  });

  test("is made once more when the exporter stops, and its events are counted when time is up", async () => {
    const { exporter, destination, counters } = await startExporter([fail, fail, fail]);
    exporter.write(batchOf(numbered(0, 4)));
    await settled();
    const stop = new AbortController();
    const stopped = exporter.stop(stop.signal);
    await settled();
    expect(destination.pushes).toHaveLength(2);
    stop.abort();
    await stopped;
    expect(counters).toMatchObject({ exported: 0, send_failed: 4 });
  });
});

describe("a push that is taken in part", () => {
  test("leaves only what was not taken for the next one", async () => {
    const { exporter, destination, clock, counters } = await startExporter([takingOnly(0, 2, 3)]);
    exporter.write(batchOf(numbered(0, 6)));
    await clock.advance(100);
    const lines = numbered(0, 6);
    expect(destination.pushes[1]).toEqual([lines[1]!, lines[4]!, lines[5]!]);
    expect(destination.arrived.toSorted()).toEqual(lines);
    expect(counters).toMatchObject({ exported: 6, retries: 1 });
    await exporter.stop(patient());
  });

  test("moves the checkpoint only as far as everything before has left", async () => {
    const { exporter, clock, positions } = await startExporter([takingOnly(0, 2, 3)]);
    exporter.write(batchOf(numbered(0, 6)));
    await settled();
    expect(positions).toEqual([[0, 1]]);
    await clock.advance(100);
    expect(positions).toEqual([
      [0, 1],
      [0, 6],
    ]);
    await exporter.stop(patient());
  });

  test("says what it has passed over: lost events, and those that a full queue did not take", async () => {
    const passedOver: [number, number][] = [];
    const committed: [number, number][] = [];
    const losing: Answer = (batch) => {
      batch.accept(0);
      for (let i = 1; i < batch.length; i++) batch.lose(i);
      return PUSHED;
    };
    const { exporter, clock } = await startExporter([losing, fail], {
      whenFull: "drop",
      queue: { maxEvents: 4, maxBytes: 1 << 20 },
      positions: {
        commitPosition: (stream, position) => void committed.push([stream, position]),
        passOver: (stream, position) => void passedOver.push([stream, position]),
      },
    });
    exporter.write(batchOf(numbered(0, 4)));
    await settled();
    expect(committed).toEqual([[0, 1]]);
    expect(passedOver).toEqual([[0, 4]]);
    exporter.write(batchOf(numbered(4, 6), 4));
    expect(passedOver).toEqual([
      [0, 4],
      [0, 10],
    ]);
    await clock.advance(1000);
    expect(committed.at(-1)).toEqual([0, 8]);
    await exporter.stop(patient());
  });

  test("fills up with new events where only the last ones are left", async () => {
    const { exporter, destination, clock } = await startExporter([takingOnly(0, 1)]);
    exporter.write(batchOf(numbered(0, 4)));
    await settled();
    exporter.write(batchOf(numbered(4, 4)));
    await clock.advance(100);
    expect(destination.pushes[1]).toEqual(numbered(2, 6));
    await exporter.stop(patient());
  });
});

describe("events that the receiver refuses for good", () => {
  test("are counted, sampled in the log, and never pushed again", async () => {
    const { exporter, destination, counters, messages, positions } = await startExporter([refusing(1, 3)]);
    exporter.write(batchOf(numbered(0, 5)));
    await settled();
    expect(destination.pushes).toHaveLength(1);
    expect(counters).toMatchObject({ exported: 3, refused: 2, send_failed: 0, retries: 0 });
    const samples = messages.filter((line) => line.startsWith("warn Event refused for good"));
    expect(samples).toHaveLength(1);
    expect(samples[0]).toContain("mapping conflict");
    expect(positions).toEqual([[0, 5]]);
    await exporter.stop(patient());
  });

  test("are kept in a file that does not grow beyond its limit", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "dead");
    const deadLetterFile = { path, maxBytes: 100 };
    const all = refusing(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    const { exporter, counters } = await startExporter([all], { deadLetterFile });
    const lines = numbered(0, 10, 10);
    exporter.write(batchOf(lines));
    await exporter.stop(patient());
    expect(counters.refused).toBe(10);
    const kept = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(kept.length).toBeGreaterThan(1);
    expect(kept).toEqual(lines.slice(0, kept.length));
    expect(readFileSync(path).length).toBeLessThanOrEqual(100);
  });

  test("are kept as lines of their own, also behind one that a full disk or a kill has cut", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "dead");
    writeFileSync(path, '{"n":');
    const deadLetterFile = { path, maxBytes: 100 };
    const { exporter } = await startExporter([refusing(0, 1)], { deadLetterFile });
    exporter.write(batchOf(numbered(0, 2)));
    await exporter.stop(patient());
    expect(readFileSync(path, "utf8").split("\n")).toEqual(['{"n":', ...numbered(0, 2), ""]);
  });

  test("leave no file behind where the exporter has not started, or nothing was sent", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "made", "dead");
    const deadLetterFile = { path, maxBytes: 100 };
    const destination = new TestDestination();
    const settings = { ...PUSH, ...exporterSettings(), deadLetterFile };
    const unsent = createPushExporter(destination, settings);
    await unsent.start();
    await unsent.stop(patient());
    destination.open = () => Promise.reject(new Error("cannot open"));
    const failing = createPushExporter(destination, settings);
    await expect(failing.start()).rejects.toThrow("cannot open");
    await failing.stop(patient());
    expect(existsSync(join(directory.path, "made"))).toBe(false);
  });

  test("are no reason to start with a file that cannot be written", async () => {
    const deadLetterFile = { path: "/proc/no-such-place/dead", maxBytes: 100 };
    await expect(startExporter([], { deadLetterFile })).rejects.toThrow(
      'Cannot open dead-letter file "/proc/no-such-place/dead": ENOENT, needs a file that can be written',
    );
  });
});

describe("the metadata event", () => {
  const META = '{"event":"agent_init"}';

  test("is a push of its own, before any event, until the receiver has it", async () => {
    const { exporter, destination, clock, counters } = await startExporter([fail, fail], {
      metadata: metadataOf(META),
    });
    exporter.write(batchOf(numbered(0, 2)));
    await clock.advance(300);
    expect(destination.pushes).toEqual([[META], [META], [META], numbered(0, 2)]);
    expect(counters.exported).toBe(2);
    await exporter.stop(patient());
  });

  test("that is lost goes before the next event that can, whenever that is, and costs no event its turn", async () => {
    const lose: Answer = (batch) => {
      batch.loseAll();
      return { error: new Error("nobody there"), retryAfterMs: 0 };
    };
    const { exporter, destination, counters } = await startExporter([lose, lose, lose, lose], {
      metadata: metadataOf(META),
    });
    await settled();
    exporter.write(batchOf(numbered(0, 2)));
    await settled();
    expect(counters.send_failed).toBe(2);
    exporter.write(batchOf(numbered(2, 2)));
    await exporter.stop(patient());
    expect(destination.pushes).toEqual([[META], [META], numbered(0, 2), [META], [META], numbered(2, 2)]);
    expect(destination.arrived).toEqual([META, ...numbered(2, 2)]);
  });

  test("that is refused is a warning, and events follow", async () => {
    const { exporter, destination, counters, messages } = await startExporter([refusing(0)], {
      metadata: metadataOf(META),
    });
    exporter.write(batchOf(numbered(0, 2)));
    await exporter.stop(patient());
    expect(destination.arrived).toEqual(numbered(0, 2));
    expect(messages.some((line) => line.startsWith("warn Cannot write the metadata event"))).toBe(true);
    expect(accountedFor(counters)).toBe(2);
  });
});

describe("a full queue", () => {
  const queue = { maxEvents: 20, maxBytes: 100_000 };
  const never: Answer = () => new Promise(() => {});

  test("that blocks takes all of a source that can wait, which then waits until half is free", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: Answer = async (batch, signal) => {
      await promise;
      return acceptAll(batch, signal);
    };
    const { exporter, counters, destination } = await startExporter([slow], { queue });
    exporter.write(batchOf(numbered(0, 50)));
    let isReady = false;
    const ready = exporter.ready()!.then(() => {
      isReady = true;
    });
    await settled();
    expect(isReady).toBe(false);
    resolve();
    await ready;
    await settled();
    expect(destination.arrived).toEqual(numbered(0, 50));
    expect(counters.queue_full).toBe(0);
    await exporter.stop(patient());
  });

  test("that blocks drops the newest events of a source that cannot wait", async () => {
    const { exporter, counters } = await startExporter([never], { queue });
    exporter.offer(batchOf(numbered(0, 50)));
    expect(counters.queue_full).toBe(30);
    await exporter.stop(AbortSignal.abort());
    expect(accountedFor(counters)).toBe(50);
  });

  test("that drops makes nobody wait", async () => {
    const { exporter, counters } = await startExporter([never], { queue, whenFull: "drop" });
    exporter.write(batchOf(numbered(0, 50)));
    expect(exporter.ready()).toBeUndefined();
    expect(counters.queue_full).toBe(30);
    await exporter.stop(AbortSignal.abort());
    expect(accountedFor(counters)).toBe(50);
  });

  test("with bounded patience lets sources go on after a time without progress", async () => {
    const { exporter, clock } = await startExporter([never], { queue, patienceMs: 1000 });
    expect(exporter.blocks).toBe(false);
    exporter.write(batchOf(numbered(0, 20)));
    let isReady = false;
    void exporter.ready()!.then(() => {
      isReady = true;
    });
    await clock.advance(999);
    expect(isReady).toBe(false);
    await clock.advance(1);
    expect(isReady).toBe(true);
    expect(exporter.ready()).toBeUndefined();
    await exporter.stop(AbortSignal.abort());
  });
});

describe("when the time to drain is over", () => {
  /** Takes the first `count` lines when the test says so, whatever the signal. */
  function late(count: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const answer: Answer = async (batch) => {
      await promise;
      batch.acceptFirst(count);
      return {};
    };
    return { answer, done: resolve };
  }

  test.each([
    ["all of it", 10],
    ["a part of it", 4],
    ["nothing", 0],
  ] as const)("a write in flight that the receiver still takes counts: %s", async (_, taken) => {
    const write = late(taken);
    const { exporter, destination, clock, counters } = await startExporter([write.answer]);
    exporter.write(batchOf(numbered(0, 25)));
    await settled();
    const time = new AbortController();
    const stopped = exporter.stop(time.signal);
    time.abort();
    await settled();
    write.done();
    await stopped;
    expect(destination.arrived).toHaveLength(taken);
    expect(counters).toMatchObject({ exported: taken, send_failed: 25 - taken });
    expect(destination.pushes).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test("one that is never done is not waited for", async () => {
    const { exporter, clock, counters } = await startExporter([() => new Promise(() => {})]);
    exporter.write(batchOf(numbered(0, 3)));
    await settled();
    const time = new AbortController();
    const stopped = exporter.stop(time.signal);
    time.abort();
    await clock.advance(1000);
    await stopped;
    expect(counters).toMatchObject({ exported: 0, send_failed: 3 });
  });
});
