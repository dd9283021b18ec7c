/** Events that wait for an answer: bounded, in order within a process, and never lost. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../../../src/lib/json/object.ts";
import type { Enricher } from "../../../src/pipeline/enrich/enricher.ts";
import { type EnrichSettings, type GivenUp, WaitingRoom } from "../../../src/pipeline/enrich/waiting-room.ts";

/** An enricher that a test answers for: by container, each question once. */
class Answers implements Enricher {
  readonly name = "answers";
  readonly known = new Map<unknown, string>();
  readonly #questions = new Map<unknown, PromiseWithResolvers<void>>();
  asked = 0;

  enrich(event: JsonObject) {
    this.asked++;
    const { container } = event;
    if (container === undefined) return "nothing";
    const pod = this.known.get(container);
    if (pod === undefined) {
      const question = this.#questions.get(container) ?? Promise.withResolvers<void>();
      this.#questions.set(container, question);
      return question.promise;
    }
    event.pod = pod;
    return "added";
  }

  /** Answers, and lets whoever waits hear of it. */
  async answer(container: string, pod: string | undefined): Promise<void> {
    if (pod !== undefined) this.known.set(container, pod);
    const question = this.#questions.get(container);
    this.#questions.delete(container);
    if (pod === undefined) question?.reject(new Error("no answer"));
    else question?.resolve();
    await Promise.resolve();
  }
}

function createRoom(overrides: Partial<EnrichSettings> = {}) {
  const answers = new Answers();
  const givenUp: GivenUp[] = [];
  let heard = 0;
  const errors: unknown[] = [];
  const room = new WaitingRoom(
    {
      enrichers: [answers],
      timeoutMs: 100,
      maxEvents: 10,
      maxBytes: 1 << 20,
      onGivenUp: (reason) => givenUp.push(reason),
      onAnswer: () => heard++,
      ...overrides,
    },
    (error) => errors.push(error),
  );
  const takeAll = (): JsonObject[] => {
    const events: JsonObject[] = [];
    for (let event = room.take(); event !== undefined; event = room.take()) events.push(event);
    return events;
  };
  return { room, answers, givenUp, errors, takeAll, heard: () => heard };
}

describe("WaitingRoom", () => {
  test("what is known at once, and what there is nothing to say of, does not wait", () => {
    const { room, answers } = createRoom();
    answers.known.set("a", "web");
    const event: JsonObject = { container: "a" };
    expect(room.add(1, event, 0)).toBe("changed");
    expect(event.pod).toBe("web");
    expect(room.add(2, {}, 0)).toBe("unchanged");
    expect(room.count).toBe(0);
  });

  test("events of one container wait for one answer, and other processes pass", async () => {
    const { room, answers, takeAll, heard, givenUp } = createRoom();
    for (const pid of [1, 2]) expect(room.add(pid, { container: "a", pid }, 0)).toBe("held");
    expect(room.add(3, { pid: 3 }, 0)).toBe("unchanged");
    room.settle(1);
    expect(takeAll()).toEqual([]);
    await answers.answer("a", "web");
    expect(heard()).toBe(1);
    room.settle(2);
    expect(takeAll()).toEqual([
      { container: "a", pid: 1, pod: "web" },
      { container: "a", pid: 2, pod: "web" },
    ]);
    expect([room.count, room.bytes]).toEqual([0, 0]);
    expect(givenUp).toEqual([]);
  });

  test("what happens to a process waits behind what waits of it, until that has been taken", async () => {
    const { room, answers, takeAll } = createRoom();
    room.add(1, { container: "a", what: "exec" }, 0);
    expect(room.add(1, { what: "exit" }, 0)).toBe("held");
    await answers.answer("a", "web");
    room.settle(1);
    expect(room.isDue).toBe(true);
    expect(room.add(1, { what: "after" }, 1)).toBe("held");
    room.settle(1);
    expect(takeAll().map(({ what }) => what)).toEqual(["exec", "exit", "after"]);
    expect(room.add(1, { what: "last" }, 1)).toBe("unchanged");
  });

  test("an enricher that throws takes that event only, whenever it is asked", () => {
    const failure = new Error("not a pod");
    let isFailing = false;
    const question = new Promise(() => {});
    const enrich = ({ what }: JsonObject) => {
      if (isFailing && what === "bad") throw failure;
      return isFailing ? "nothing" : question;
    };
    const { room, errors, takeAll } = createRoom({ enrichers: [{ name: "failing", enrich }] });
    for (const pid of [1, 2]) {
      room.add(pid, { pid, what: "bad" }, 0);
      room.add(pid, { pid, what: "good" }, 0);
    }
    isFailing = true;
    expect(() => room.add(3, { pid: 3, what: "bad" }, 0)).toThrow(failure);
    room.settle(1);
    expect(errors).toEqual([failure, failure]);
    expect(takeAll()).toEqual([
      { pid: 1, what: "good" },
      { pid: 2, what: "good" },
    ]);
    expect([room.count, room.bytes]).toEqual([0, 0]);
  });

  test("what has waited too long goes on as it is, and is counted", () => {
    const { room, takeAll, givenUp } = createRoom();
    room.add(1, { container: "a" }, 0);
    room.settle(99);
    expect(room.isDue).toBe(false);
    room.settle(100);
    expect(takeAll()).toEqual([{ container: "a" }]);
    expect(givenUp).toEqual(["timeout"]);
  });

  test("a clock that is set back does not make events wait longer", () => {
    const { room, takeAll } = createRoom();
    room.settle(1000);
    room.add(1, { container: "a" }, 1000);
    room.settle(500);
    room.settle(600);
    expect(takeAll()).toHaveLength(1);
  });

  test("an answer that fails is asked for again until the time is over", async () => {
    const { room, answers, takeAll, givenUp } = createRoom();
    room.add(1, { container: "a" }, 0);
    await answers.answer("a", undefined);
    room.settle(1);
    expect(takeAll()).toEqual([]);
    await answers.answer("a", "web");
    room.settle(2);
    expect(takeAll()).toEqual([{ container: "a", pod: "web" }]);
    expect(givenUp).toEqual([]);
  });

  test("an enricher that fails at once is asked a bounded number of times, and up to the end", async () => {
    let asked = 0;
    let isKnown = false;
    const failing: Enricher = {
      name: "failing",
      enrich() {
        asked++;
        return isKnown ? "added" : Promise.reject(new Error("refused"));
      },
    };
    const { room, takeAll, givenUp, heard } = createRoom({ enrichers: [failing] });
    room.add(1, { pid: 1 }, 0);
    room.add(2, { pid: 2 }, 0);
    // Whoever hears of an answer settles at once, as the agent does.
    for (let now = 0; now < 100; now += 0.1) {
      const before = heard();
      await Promise.resolve();
      if (heard() > before || now > 0) room.settle(now);
    }
    expect(asked).toBeLessThanOrEqual(2 * 16);
    expect(asked).toBeGreaterThan(2 * 12);
    expect(takeAll()).toEqual([]);
    isKnown = true;
    room.settle(100);
    expect(takeAll()).toHaveLength(2);
    expect(givenUp).toEqual([]);
  });

  for (const [what, limits] of [
    ["events", { maxEvents: 2 }],
    ["bytes", { maxBytes: 250 }],
  ] as const) {
    test(`too many ${what}: the newest goes on, after those of its own process`, () => {
      const { room, takeAll, givenUp } = createRoom(limits);
      const text = "x".repeat(30);
      room.add(1, { container: "a", text, what: 1 }, 0);
      room.add(2, { container: "b", text, what: 2 }, 0);
      expect(room.add(3, { container: "c", text, what: 3 }, 0)).toBe("unchanged");
      expect(room.add(1, { container: "a", text, what: 4 }, 0)).toBe("held");
      expect(room.isDue).toBe(true);
      expect(takeAll().map((event) => event.what)).toEqual([1, 4]);
      expect(givenUp).toEqual(["full", "full", "full"]);
      expect(room.count).toBe(1);
    });
  }

  test("of two enrichers, one that does not answer does not keep the other from adding", () => {
    const silent: Enricher = { name: "silent", enrich: () => new Promise(() => {}) };
    const sure: Enricher = {
      name: "sure",
      enrich(event) {
        event.sure = true;
        return "added";
      },
    };
    const { room, takeAll } = createRoom({ enrichers: [silent, sure] });
    room.add(1, {}, 0);
    room.settle(100);
    expect(takeAll()).toEqual([{ sure: true }]);
  });

  test("giveUpAll() keeps nothing", () => {
    const { room, takeAll, givenUp } = createRoom();
    for (let pid = 0; pid < 5; pid++) room.add(pid, { container: "a", pid }, 0);
    room.giveUpAll();
    expect(takeAll().map(({ pid }) => pid)).toEqual([0, 1, 2, 3, 4]);
    expect(givenUp).toHaveLength(5);
    expect([room.count, room.bytes]).toEqual([0, 0]);
  });

  test("whatever happens: nothing is lost or comes twice, each process's events keep their order, the bounds hold", async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ add: fc.nat(3), container: fc.option(fc.constantFrom("a", "b")) }),
      },
      { weight: 1, arbitrary: fc.record({ answer: fc.constantFrom("a", "b"), isKnown: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ pass: fc.nat(60) }) },
      { weight: 1, arbitrary: fc.constant({ take: true } as const) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        async (steps, maxEvents) => {
          const { room, answers, takeAll } = createRoom({ maxEvents, timeoutMs: 50 });
          const left: { pid: number; number: number }[] = [];
          const push = (events: readonly JsonObject[]) => {
            left.push(...(events as { pid: number; number: number }[]));
          };
          let now = 0;
          let number = 0;
          for (const action of steps) {
            if ("add" in action) {
              const event = {
                pid: action.add,
                number: number++,
                ...(action.container && { container: action.container }),
              };
              if (room.add(action.add, event, now) !== "held") push([event]);
            } else if ("answer" in action) {
              await answers.answer(action.answer, action.isKnown ? "pod" : undefined);
            } else if ("pass" in action) {
              now += action.pass;
              room.settle(now);
            } else {
              push(takeAll());
            }
            expect(room.count).toBeLessThanOrEqual(maxEvents);
          }
          room.settle(now + 50);
          push(takeAll());
          expect([room.count, room.bytes]).toEqual([0, 0]);
          expect(left.map((event) => event.number).toSorted((a, b) => a - b)).toEqual(
            Array.from({ length: number }, (_, i) => i),
          );
          for (const events of Map.groupBy(left, ({ pid }) => pid).values()) {
            const numbers = events.map((event) => event.number);
            expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
          }
        },
      ),
    );
  });
});
