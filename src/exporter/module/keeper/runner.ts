/** @module One process that has the module: started, watched, ended. */

import { closeSync, readFileSync } from "node:fs";
import { IgnoredStreams } from "../../../os/ignored-stream.ts";
import { ownCommand } from "../../../os/own-command.ts";
import { openStreamPair } from "../../../os/passed-descriptor.ts";
import { openPolledPipe } from "../../../os/pipe.ts";
import { Channel, CLOSED } from "../channel.ts";
import { RUNNER_COMMAND } from "../command.ts";
import { type FromRunner, type KeeperStart, MEMORY_FD, type ToRunner } from "../protocol.ts";
import { type Heard, Output } from "./output.ts";

/** How often a process is looked at, milliseconds: while its memory changes or it has something to do, and else. */
const [BUSY_LOOK_MS, IDLE_LOOK_MS] = [20, 100];
/** How long a process may take to end once its channel is closed, milliseconds. */
const END_MS = 100;
const PAGE = 4096;
/** Growth between two looks that is one. */
const GROWTH_BYTES = 1024 ** 2;

/** What a {@link Runner} calls. */
export interface RunnerEvents {
  onMessage(message: FromRunner): void;
  onOutput(heard: Heard): void;
  /** The process has ended. @param why In words. */
  onEnd(why: string): void;
  /** At each look, before anything else. */
  onLook(): void;
  readonly isBusy: boolean;
}

/** A process. */
export class Runner {
  readonly startedAt = performance.now();
  readonly #events: RunnerEvents;
  readonly #maxMemory: number;
  #child: Bun.Subprocess | undefined;
  #channel: Channel<FromRunner, ToRunner> | undefined;
  #output: Output | undefined;
  #timer: Timer | undefined;
  #resident = 0;
  /** Why it is being ended. */
  #sentence: string | undefined;
  #isOver = false;

  private constructor(maxMemory: number, events: RunnerEvents) {
    this.#maxMemory = maxMemory;
    this.#events = events;
  }

  /** Starts one. @throws The system's error when there can be no process. */
  static async start({ module, agent }: KeeperStart, events: RunnerEvents): Promise<Runner> {
    const runner = new Runner(module.maxMemory, events);
    const [own, other] = openStreamPair();
    const [readEnd, writeEnd] = openPolledPipe();
    runner.#output = new Output(readEnd);
    using streams = new IgnoredStreams();
    try {
      runner.#child = Bun.spawn([...ownCommand(), RUNNER_COMMAND], {
        stdio: [streams.input, writeEnd, writeEnd, MEMORY_FD, other],
        cwd: "/",
        // The runtime keeps code that it has translated in a directory below HOME, and takes it from there: there is none.
        env: { HOME: "/dev/null" },
        // In a session of its own: its priority is that of the session.
        detached: true,
        onExit: (child) => runner.#ended(child),
      });
    } catch (error) {
      closeSync(own);
      runner.#output[Symbol.dispose]();
      throw error;
    } finally {
      closeSync(other);
      closeSync(writeEnd);
    }
    runner.#channel = await Channel.open<FromRunner, ToRunner>(own, {
      onMessage: (message) => events.onMessage(message),
      onEnd(why) {
        const end = () => runner.end(`its channel to the agent: ${why}`);
        // A process that has ended says so itself.
        if (why === CLOSED) setTimeout(end, END_MS);
        else end();
      },
    });
    runner.#channel.send({ type: "start", module, agent, parent: process.pid });
    runner.#look();
    return runner;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Whether the process has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  send(message: ToRunner): void {
    this.#channel?.send(message);
  }

  /** Ends it at once. @param why What {@link RunnerEvents.onEnd} is told. */
  end(why: string): void {
    if (this.#isOver) return;
    this.#sentence ??= why;
    this.#child?.kill("SIGKILL");
  }

  #look(): void {
    if (this.#isOver) return;
    this.#events.onLook();
    const before = this.#resident;
    this.#resident = residentBytes(this.pid) ?? before;
    if (this.#resident > this.#maxMemory)
      this.end(
        `it has ${megabytes(this.#resident)} MB of memory, more than the ${megabytes(this.#maxMemory)} MB of --export-module-max-memory`,
      );
    const heard = this.#output?.read(performance.now());
    if (heard !== undefined) this.#events.onOutput(heard);
    const isQuiet =
      Math.abs(this.#resident - before) < GROWTH_BYTES && !this.#events.isBusy && heard === undefined;
    this.#timer = setTimeout(() => this.#look(), isQuiet ? IDLE_LOOK_MS : BUSY_LOOK_MS);
  }

  #ended({ exitCode, signalCode }: Bun.Subprocess): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#channel?.close();
    const heard = this.#output?.readLast(performance.now());
    this.#output?.[Symbol.dispose]();
    if (heard !== undefined) this.#events.onOutput(heard);
    const how = signalCode === null ? `it ended with exit code ${exitCode}` : `it was ended by ${signalCode}`;
    this.#events.onEnd(this.#sentence ?? how);
  }
}

function residentBytes(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * PAGE;
  } catch {
    // It has ended.
    return undefined;
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 ** 2);
}
