/** Promise 3: whatever happens, every event that an exporter was given is delivered or counted under a reason. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { LineView } from "../../../src/event/batch.ts";
import { createDirectExporter, createPushExporter } from "../../../src/exporter/delivery/delivery.ts";
import type { DirectDestination, MetadataFate } from "../../../src/exporter/delivery/destination.ts";
import { accountedFor, batchOf, exporterSettings, metadataOf, numbered, start } from "../support.ts";
import { ManualClock } from "./manual-clock.ts";
import { type Answer, TestDestination } from "./test-destination.ts";

/** One thing that happens to an exporter. */
type Step =
  | { readonly does: "write" | "offer"; readonly count: number; readonly padding: number }
  | { readonly does: "wait"; readonly milliseconds: number }
  | { readonly does: "refresh" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constantFrom("write" as const, "offer" as const),
      count: fc.nat(30),
      padding: fc.nat(60),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant("wait" as const), milliseconds: fc.nat(2000) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("refresh" as const) }) },
);

/** For each line of a push what becomes of it, again and again, and how the push ends. */
const answer: fc.Arbitrary<Answer> = fc
  .record({
    outcomes: fc.array(fc.constantFrom("accept", "refuse", "lose", "nothing"), {
      minLength: 1,
      maxLength: 5,
    }),
    ends: fc.constantFrom("well", "error", "throw", "hang"),
    retryAfterMs: fc.option(fc.nat(500), { nil: undefined }),
  })
  .map(({ outcomes, ends, retryAfterMs }) => async (batch) => {
    if (ends === "hang") return new Promise(() => {});
    if (ends === "throw") throw new Error("thrown");
    for (let i = 0; i < batch.length; i++) {
      const outcome = outcomes[i % outcomes.length]!;
      if (outcome === "accept") batch.accept(i);
      else if (outcome === "refuse") batch.refuse(i);
      else if (outcome === "lose") batch.lose(i);
    }
    return ends === "well" ? {} : { error: new Error("failed"), retryAfterMs };
  });

const settings = fc.record({
  whenFull: fc.constantFrom("block" as const, "drop" as const),
  queue: fc.record({
    maxEvents: fc.integer({ min: 1, max: 60 }),
    maxBytes: fc.integer({ min: 50, max: 5000 }),
  }),
  batch: fc.record({
    maxEvents: fc.integer({ min: 1, max: 40 }),
    maxBytes: fc.integer({ min: 20, max: 3000 }),
  }),
  lingerMs: fc.constantFrom(0, 50),
  giveUpMs: fc.constantFrom(300, Number.POSITIVE_INFINITY),
  isStoppedInTime: fc.boolean(),
});

describe("every event is delivered, or counted under the reason that dropped it", () => {
  test("by pushes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step),
        fc.array(answer, { maxLength: 20 }),
        settings,
        async (steps, answers, chosen) => {
          const { giveUpMs, isStoppedInTime, ...rest } = chosen;
          const clock = new ManualClock();
          const destination = new TestDestination(...answers);
          const metadata = metadataOf('{"n":-1}');
          const committed: number[] = [];
          const all = {
            ...exporterSettings({ metadata }),
            ...rest,
            clock,
            random: () => 0.5,
            timeoutMs: 100,
            backoff: { initialMs: 10, maxMs: 200, factor: 2, jitter: 0.5, giveUpMs },
            positions: { commitPosition: (_: number, position: number) => void committed.push(position) },
          };
          const exporter = createPushExporter(destination, all);
          await start(exporter);
          let given = 0;
          for (const next of steps) {
            if (next.does === "wait") await clock.advance(next.milliseconds);
            else if (next.does === "refresh") metadata.refresh(Buffer.from('{"n":-1}'));
            else {
              exporter[next.does](batchOf(numbered(given, next.count, next.padding), given));
              given += next.count;
            }
          }
          const stop = new AbortController();
          const stopped = exporter.stop(stop.signal);
          if (isStoppedInTime) await clock.advance(100_000);
          stop.abort();
          // A push that is in flight when time is up is waited for a moment longer.
          await clock.advance(1000);
          await stopped;
          const { counters } = all;
          expect(accountedFor(counters)).toBe(given);
          const events = destination.arrived
            .map((line) => JSON.parse(line).n as number)
            .filter((n) => n >= 0);
          expect(new Set(events).size).toBe(events.length);
          // What a push without an answer has brought nobody knows.
          if (isStoppedInTime) expect(events.length).toBe(counters.exported);
          else expect(events.length).toBeGreaterThanOrEqual(counters.exported);
          expect(committed).toEqual(committed.toSorted((a, b) => a - b));
          // Metadata before any event.
          const first = destination.arrived.findIndex((line) => JSON.parse(line).n >= 0);
          const isIntroduced = destination.pushes[0]?.length === 1 && destination.pushes[0][0] === '{"n":-1}';
          if (first >= 0) expect(isIntroduced).toBe(true);
          if (rest.whenFull === "block" && steps.every(({ does }) => does !== "offer")) {
            expect(counters.queue_full).toBe(0);
          }
        },
      ),
    );
  });

  test("directly", async () => {
    const rooms = fc.array(fc.nat(40), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(step), rooms, settings, async (steps, room, { whenFull, queue }) => {
        const all = exporterSettings({ whenFull, queue, metadata: metadataOf('{"n":-1}') });
        const destination = new Narrow(room, all.counters);
        const exporter = createDirectExporter(destination, all);
        await start(exporter);
        let given = 0;
        for (const next of steps) {
          if (next.does === "wait") destination.events!.onRoom();
          else if (next.does === "refresh") destination.events!.onReceiver();
          else {
            exporter[next.does](batchOf(numbered(given, next.count, next.padding), given));
            given += next.count;
          }
        }
        await exporter.stop(AbortSignal.abort());
        expect(accountedFor(all.counters)).toBe(given);
        expect(all.counters.exported).toBe(destination.sent);
        expect(destination.beforeMetadata).toBe(0);
      }),
    );
  });
});

/** Has room for so many lines at each call, and for everything after the last. The metadata fails where that is 0 or 1. */
class Narrow implements DirectDestination {
  readonly kind = "direct";
  readonly description = "a narrow place";
  readonly isOpen = true;
  sent = 0;
  beforeMetadata = 0;
  events: { onReceiver(): void; onRoom(): void } | undefined;
  readonly #room: number[];
  readonly #counters: { exported: number };
  #isIntroduced = false;

  constructor(room: readonly number[], counters: { exported: number }) {
    this.#room = [...room];
    this.#counters = counters;
  }

  async open(events: { onReceiver(): void; onRoom(): void }): Promise<void> {
    this.events = events;
  }

  transmitMetadata(): MetadataFate {
    const room = this.#room.shift();
    this.#isIntroduced = room !== 0 && room !== 1;
    return room === 0 ? "full" : room === 1 ? "unreachable" : "sent";
  }

  transmit(lines: LineView): number {
    const count = Math.min(lines.length, this.#room.shift() ?? lines.length);
    this.#count(count);
    return count;
  }

  awaitRoom(): number {
    return 0;
  }

  async close(): Promise<void> {}

  #count(count: number): void {
    this.sent += count;
    this.#counters.exported += count;
    if (!this.#isIntroduced) this.beforeMetadata += count;
  }
}
