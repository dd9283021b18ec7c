/**
 * @module Keeps a module running: starts its process, gives it batches, ends it when it does what it may not, and starts another one,
 * after a failure later and later.
 */
import { Backoff } from "../../../lib/backoff.ts";
import { errorMessage } from "../../../os/caught.ts";
import type { BatchMessage, FromKeeper, FromRunner, KeeperStart, ToKeeper } from "../protocol.ts";
import { Runner, type RunnerEvents } from "./runner.ts";

/** A process that was up for so long is replaced at once, milliseconds. */
const LONG_ENOUGH_MS = 1000;
/** A process has at least so long to get ready, milliseconds: it may be started on a busy host. */
const LEAST_READY_MS = 10_000;
const RESTART = {
  initialMs: 100,
  maxMs: 30_000,
  factor: 2,
  jitter: 0,
  giveUpMs: Number.POSITIVE_INFINITY,
};

/** What a keeper does with a process. */
export type RunnerLike = Pick<Runner, "startedAt" | "pid" | "isOver" | "send" | "end">;
/** Starts one. @throws Error when there can be no process. */
export type StartRunner = (start: KeeperStart, events: RunnerEvents) => Promise<RunnerLike>;

/** A batch that the process has. */
interface InFlight {
  readonly batch: BatchMessage;
  /** How many of its lines are dealt with. */
  acknowledged: number;
}

/** One module. */
export class Keeper {
  readonly #say: (message: FromKeeper) => void;
  readonly #onStopped: () => void;
  readonly #backoff = new Backoff(RESTART);
  /** In the order in which the process has them. */
  readonly #inFlight: InFlight[] = [];
  readonly #start: KeeperStart;
  readonly #startRunner: StartRunner;
  #runner: RunnerLike | undefined;
  #isReady = false;
  #isStopping = false;
  #isUnusable = false;
  /** When the process last said that it got on, milliseconds. */
  #movedAt = 0;
  #restart: Timer | undefined;

  /** @param onStopped Called once there is no process any more, after a stop. */
  constructor(
    start: KeeperStart,
    say: (message: FromKeeper) => void,
    onStopped: () => void,
    startRunner: StartRunner = Runner.start,
  ) {
    this.#start = start;
    this.#startRunner = startRunner;
    this.#say = say;
    this.#onStopped = onStopped;
    void this.#begin();
  }

  take(message: ToKeeper): void {
    switch (message.type) {
      case "batch":
        this.#give(message);
        break;
      case "stop":
        this.#stop(message.withinMs);
        break;
      case "start":
        break;
    }
  }

  async #begin(): Promise<void> {
    this.#isReady = false;
    this.#isUnusable = false;
    this.#movedAt = performance.now();
    const keeper = this;
    try {
      const runner = await this.#startRunner(this.#start, {
        onMessage: (message) => this.#hear(message),
        onOutput: ({ lines, left }) => this.#say({ type: "log", lines, left }),
        onEnd: (why) => this.#ended(why),
        onLook: () => this.#watch(),
        get isBusy() {
          return keeper.#inFlight.length > 0;
        },
      });
      if (runner.isOver) return;
      this.#runner = runner;
      for (const { batch } of this.#inFlight) runner.send(batch);
    } catch (error) {
      this.#ended(errorMessage(error));
    }
  }

  /** What comes while there is no process waits for the next one. */
  #give(batch: BatchMessage): void {
    if (this.#inFlight.length === 0) this.#movedAt = performance.now();
    this.#inFlight.push({ batch, acknowledged: 0 });
    this.#runner?.send(batch);
  }

  #hear(message: FromRunner): void {
    switch (message.type) {
      case "ready":
        if (this.#isReady) {
          this.#runner?.end("it said twice that it was ready");
          break;
        }
        this.#isReady = true;
        this.#movedAt = performance.now();
        this.#say({ type: "up", pid: this.#runner?.pid ?? 0 });
        break;
      case "unusable":
        this.#isUnusable = true;
        this.#runner?.end(String(message.error));
        break;
      case "broken":
        this.#runner?.end(String(message.error));
        break;
      default:
        if (this.#isTrue(message)) this.#pass(message);
        else this.#runner?.end("it said of events what cannot be");
    }
  }

  /** Whether what is said of a batch can be: the process has it, and has it first. */
  #isTrue(message: Extract<FromRunner, { readonly id: number }>): boolean {
    const [first] = this.#inFlight;
    if (first === undefined || message.id !== first.batch.id) return false;
    const { count } = first.batch;
    if (message.type === "progress")
      return Number.isInteger(message.count) && message.count > first.acknowledged && message.count <= count;
    if (message.type === "failed") return typeof message.error === "string";
    return (
      message.type === "done" &&
      Array.isArray(message.refused) &&
      message.refused.every(
        (item) =>
          Array.isArray(item) &&
          Number.isInteger(item[0]) &&
          item[0] >= first.acknowledged &&
          item[0] < count &&
          typeof item[1] === "string",
      )
    );
  }

  #pass(message: Extract<FromRunner, { readonly id: number }>): void {
    this.#movedAt = performance.now();
    if (message.type === "progress") this.#inFlight[0]!.acknowledged = message.count;
    else this.#inFlight.shift();
    if (message.type === "done") this.#backoff.reset();
    this.#say(message);
  }

  /** Ends a process that does not get on. */
  #watch(): void {
    if (this.#isReady && this.#inFlight.length === 0) return;
    const { timeoutMs } = this.#start.module;
    const limitMs = this.#isReady ? timeoutMs : Math.max(timeoutMs, LEAST_READY_MS);
    if (performance.now() - this.#movedAt < limitMs) return;
    const what = this.#isReady ? "acknowledged nothing" : "was not ready";
    this.#runner?.end(`it ${what} for ${limitMs} ms (--export-module-timeout)`);
  }

  #ended(why: string): void {
    const wasReady = this.#isReady;
    const uptime = performance.now() - (this.#runner?.startedAt ?? performance.now());
    this.#runner = undefined;
    this.#isReady = false;
    if (this.#isStopping) {
      this.#lose(why, false);
      this.#onStopped();
      return;
    }
    if (wasReady && uptime >= LONG_ENOUGH_MS) this.#backoff.reset();
    const inMs = this.#backoff.next(performance.now()) ?? RESTART.maxMs;
    this.#restart = setTimeout(() => void this.#begin(), inMs);
    this.#lose(why, wasReady);
    this.#say({ type: "down", why, isUnusable: this.#isUnusable, inMs });
  }

  /** @param isSuspect Whether the first batch may be why. */
  #lose(why: string, isSuspect: boolean): void {
    for (const [i, { batch }] of this.#inFlight.splice(0).entries())
      this.#say({ type: "lost", id: batch.id, why, isSuspect: isSuspect && i === 0 });
  }

  #stop(withinMs: number): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    clearTimeout(this.#restart);
    if (this.#runner === undefined) {
      this.#onStopped();
      return;
    }
    this.#runner.send({ type: "stop" });
    setTimeout(() => this.#runner?.end("the agent ends"), withinMs);
  }
}
