import { describe, expect, test } from "bun:test";
import { Keeper, type RunnerLike } from "../../../src/exporter/module/keeper/keeper.ts";
import type { RunnerEvents } from "../../../src/exporter/module/keeper/runner.ts";
import type {
  BatchMessage,
  FromKeeper,
  FromRunner,
  KeeperStart,
  ToRunner,
} from "../../../src/exporter/module/protocol.ts";
import { until } from "../support.ts";

const START: KeeperStart = {
  type: "start",
  agent: "{}",
  module: { path: "/x.ts", name: "module", options: {}, filtersCalls: true, timeoutMs: 100, maxMemory: 1e9 },
};

/** A process that says what the test has it say. */
class FakeRunner implements RunnerLike {
  readonly startedAt = performance.now();
  readonly sent: ToRunner[] = [];
  readonly #events: RunnerEvents;
  readonly pid: number;
  isOver = false;

  constructor(events: RunnerEvents, pid: number) {
    this.#events = events;
    this.pid = pid;
  }

  send(message: ToRunner): void {
    this.sent.push(message);
  }

  end(why: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#events.onEnd(why);
  }

  says(message: FromRunner): void {
    this.#events.onMessage(message);
  }

  look(): void {
    this.#events.onLook();
  }
}

function setUp() {
  const said: FromKeeper[] = [];
  const runners: FakeRunner[] = [];
  const state = { stops: 0, failures: 0 };
  const keeper = new Keeper(
    START,
    (message) => said.push(message),
    () => state.stops++,
    async (_, events) => {
      if (state.failures-- > 0) throw new Error("no process");
      const runner = new FakeRunner(events, 100 + runners.length);
      runners.push(runner);
      return runner;
    },
  );
  const runner = async (i: number) => {
    await until(() => runners.length > i, `process ${i}`);
    await Bun.sleep(0);
    return runners[i]!;
  };
  const of = (type: FromKeeper["type"]) => said.filter((message) => message.type === type);
  return { keeper, said, runner, runners, of, state };
}

const batch = (id: number, count = 3): BatchMessage => ({ type: "batch", id, at: 0, bytes: 30, count });

describe("Keeper", () => {
  test("says when the module is ready, gives it batches in order, and passes on what it says of them", async () => {
    const { keeper, said, runner } = setUp();
    keeper.take(batch(1));
    const first = await runner(0);
    first.says({ type: "ready" });
    keeper.take(batch(2));
    expect(first.sent).toEqual([batch(1), batch(2)]);
    first.says({ type: "progress", id: 1, count: 2 });
    first.says({ type: "done", id: 1, refused: [[2, "no"]] });
    first.says({ type: "failed", id: 2, error: "busy" });
    expect(said).toEqual([
      { type: "up", pid: 100 },
      { type: "progress", id: 1, count: 2 },
      { type: "done", id: 1, refused: [[2, "no"]] },
      { type: "failed", id: 2, error: "busy" },
    ]);
  });

  test("says of each batch that is lost with a process which one may be why, and starts another process", async () => {
    const { keeper, of, runner } = setUp();
    const first = await runner(0);
    first.says({ type: "ready" });
    keeper.take(batch(1));
    keeper.take(batch(2));
    first.end("it ended with exit code 3");
    const why = "it ended with exit code 3";
    expect(of("lost")).toEqual([
      { type: "lost", id: 1, why, isSuspect: true },
      { type: "lost", id: 2, why, isSuspect: false },
    ]);
    expect(of("down")).toEqual([{ type: "down", why, isUnusable: false, inMs: 100 }]);
    const second = await runner(1);
    keeper.take(batch(3));
    second.says({ type: "ready" });
    expect(second.sent).toEqual([batch(3)]);
    expect(of("up")).toEqual([
      { type: "up", pid: 100 },
      { type: "up", pid: 101 },
    ]);
  });

  test("suspects no batch where the process was not ready", async () => {
    const { keeper, of, runner } = setUp();
    keeper.take(batch(1));
    (await runner(0)).says({ type: "broken", error: "open threw" });
    expect(of("lost")).toEqual([{ type: "lost", id: 1, why: "open threw", isSuspect: false }]);
  });

  test("waits longer after each failure, until a batch is done", async () => {
    const { keeper, of, runner } = setUp();
    for (let i = 0; i < 3; i++) (await runner(i)).end("no");
    const fourth = await runner(3);
    fourth.says({ type: "ready" });
    keeper.take(batch(1));
    fourth.says({ type: "done", id: 1, refused: [] });
    fourth.end("no");
    expect(of("down").map((message) => message.type === "down" && message.inMs)).toEqual([
      100, 200, 400, 100,
    ]);
  });

  test("tries again where there can be no process, and says what would be no other one the next time", async () => {
    const { of, runner, state, runners } = setUp();
    (await runner(0)).says({ type: "unusable", error: "found no default export" });
    expect(of("down")).toMatchObject([{ why: "found no default export", isUnusable: true }]);
    state.failures = 1;
    await runner(1);
    expect(of("down")).toMatchObject([{}, { why: "no process", isUnusable: false }]);
    expect(runners.length).toBe(2);
  });

  test.each([
    ["a batch that it was not given", { type: "done", id: 9, refused: [] }],
    ["a batch that is not its first", { type: "done", id: 2, refused: [] }],
    ["more than there is", { type: "progress", id: 1, count: 4 }],
    ["fewer than before", { type: "progress", id: 1, count: 1 }],
    ["half an event", { type: "progress", id: 1, count: 2.5 }],
    ["what it has acknowledged", { type: "done", id: 1, refused: [[0, "no"]] }],
    ["what is no list", { type: "done", id: 1, refused: [null] }],
    ["a failure without an error", { type: "failed", id: 1, error: 7 }],
  ])("ends a process that speaks of %s", async (_, message) => {
    const { keeper, of, runner } = setUp();
    keeper.take(batch(1));
    keeper.take(batch(2));
    const first = await runner(0);
    first.says({ type: "ready" });
    first.says({ type: "progress", id: 1, count: 1 });
    first.says(message as never);
    expect(first.isOver).toBe(true);
    expect(of("down")).toMatchObject([{ why: "it said of events what cannot be" }]);
    expect(of("done")).toEqual([]);
  });

  test("ends a process that says twice that it is ready", async () => {
    const { of, runner } = setUp();
    const first = await runner(0);
    first.says({ type: "ready" });
    first.says({ type: "ready" });
    expect(of("down")).toMatchObject([{ why: "it said twice that it was ready" }]);
  });

  test("ends a process that acknowledges nothing in time, and lets one be that has nothing to do", async () => {
    const { keeper, of, runner } = setUp();
    const first = await runner(0);
    first.says({ type: "ready" });
    const look = () => {
      first.look();
      return first.isOver;
    };
    await Bun.sleep(START.module.timeoutMs * 2);
    expect(look()).toBe(false);
    keeper.take(batch(1));
    await until(look, "its end");
    expect(of("down")).toMatchObject([
      { why: "it acknowledged nothing for 100 ms (--export-module-timeout)" },
    ]);
  });

  test("has a process close what it has open when it stops, and starts no other one", async () => {
    const { keeper, of, runner, runners, state } = setUp();
    const first = await runner(0);
    first.says({ type: "ready" });
    keeper.take(batch(1));
    keeper.take({ type: "stop", withinMs: 10_000 });
    expect(first.sent.at(-1)).toEqual({ type: "stop" });
    expect(state.stops).toBe(0);
    first.end("it ended with exit code 0");
    expect(state.stops).toBe(1);
    expect(of("lost")).toMatchObject([{ id: 1, isSuspect: false }]);
    expect(of("down")).toEqual([]);
    await Bun.sleep(150);
    expect(runners.length).toBe(1);
  });

  test("ends a process that does not close in time, and stops at once where there is none", async () => {
    const one = setUp();
    const first = await one.runner(0);
    one.keeper.take({ type: "stop", withinMs: 10 });
    await until(() => one.state.stops === 1, "the stop");
    expect(first.isOver).toBe(true);
    const other = setUp();
    (await other.runner(0)).end("no");
    other.keeper.take({ type: "stop", withinMs: 10_000 });
    expect(other.state.stops).toBe(1);
  });
});
