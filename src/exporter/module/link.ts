/** @module The agent's side of the process that keeps a module running. */

import { closeSync } from "node:fs";
import type { ConsolaInstance } from "consola";
import { TetradError } from "../../os/error.ts";
import { IgnoredStreams } from "../../os/ignored-stream.ts";
import { ownCommand } from "../../os/own-command.ts";
import { openStreamPair } from "../../os/passed-descriptor.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import { Channel } from "./channel.ts";
import { KEEPER_COMMAND } from "./command.ts";
import type { BatchMessage, FromKeeper, KeeperStart, ToKeeper } from "./protocol.ts";

/** How long a start waits to hear whether the module can be used, milliseconds. One that takes longer is waited for by nobody. */
const FIRST_WORD_MS = 2000;
/** At most one line about a module that ends in this time, milliseconds. */
const LOG_INTERVAL_MS = 10_000;

/** How it went with a batch. */
export type BatchAnswer =
  | Extract<FromKeeper, { readonly type: "done" | "failed" }>
  | Omit<Extract<FromKeeper, { readonly type: "lost" }>, "id">;

interface Waiting {
  readonly resolve: (answer: BatchAnswer) => void;
  readonly onProgress: (count: number) => void;
}

/** Keeper and module of one exporter. */
export class KeeperLink {
  readonly #log: ConsolaInstance;
  readonly #exporter: string;
  readonly #started = new Throttle(LOG_INTERVAL_MS);
  readonly #ended = new Throttle(LOG_INTERVAL_MS);
  readonly #waiting = new Map<number, Waiting>();
  readonly #firstWord = Promise.withResolvers<FromKeeper | undefined>();
  readonly #over = Promise.withResolvers<void>();
  #channel: Channel<FromKeeper, ToKeeper> | undefined;
  /** Whoever started it is not waiting for a first word any more, which is in its error. */
  #isOpen = false;
  #isStopping = false;
  #starts = 0;
  #restarts = 0;

  private constructor(exporter: string, log: ConsolaInstance) {
    this.#exporter = exporter;
    this.#log = log;
  }

  /**
   * Starts both, with the rights that this process has at that moment.
   * @param memory Descriptor of what batches lie in.
   * @throws TetradError `config` where the module can never be used; `failed` where there can be no process.
   */
  static async open(start: KeeperStart, memory: number, log: ConsolaInstance): Promise<KeeperLink> {
    const link = new KeeperLink(start.module.name, log);
    try {
      await link.#spawn(memory);
    } catch (cause) {
      throw new TetradError("failed", `Cannot start a process for the exporter module: ${String(cause)}`, {
        cause,
      });
    }
    link.#channel?.send(start);
    const timer = setTimeout(() => link.#firstWord.resolve(undefined), FIRST_WORD_MS);
    const first = await link.#firstWord.promise;
    clearTimeout(timer);
    link.#isOpen = true;
    if (first?.type === "down" && !first.isUnusable) link.#logDown(first);
    if (first?.type !== "down" || !first.isUnusable) return link;
    link.#isStopping = true;
    link.#channel?.close();
    throw new TetradError("config", `Cannot use --export-module "${start.module.path}": ${first.why}`);
  }

  /** How often the module's process has ended and was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Gives the module a batch. Never rejects. @param onProgress Takes how many of its first lines are dealt with. */
  give(batch: BatchMessage, onProgress: (count: number) => void): Promise<BatchAnswer> {
    const { promise, resolve } = Promise.withResolvers<BatchAnswer>();
    if (this.#channel?.isOpen !== true) resolve(GONE);
    else {
      this.#waiting.set(batch.id, { resolve, onProgress });
      this.#channel.send(batch);
    }
    return promise;
  }

  /** Has the module close what it has open, for so long, then ends it. */
  async close(withinMs: number): Promise<void> {
    this.#isStopping = true;
    if (this.#channel?.isOpen !== true) return;
    this.#channel.send({ type: "stop", withinMs });
    await this.#over.promise;
    if (this.#starts > 1)
      this.#log.info("Exporter module has ended", { exporter: this.#exporter, starts: this.#starts });
  }

  async #spawn(memory: number): Promise<void> {
    const [own, other] = openStreamPair();
    using streams = new IgnoredStreams();
    try {
      const child = Bun.spawn([...ownCommand(), KEEPER_COMMAND], {
        stdio: [streams.input, streams.output, streams.output, memory, other],
        cwd: "/",
        env: {},
        // In a session of its own: no terminal of whoever started the agent.
        detached: true,
      });
      child.unref();
    } catch (error) {
      closeSync(own);
      throw error;
    } finally {
      closeSync(other);
    }
    this.#channel = await Channel.open<FromKeeper, ToKeeper>(own, {
      onMessage: (message) => this.#take(message),
      onEnd: () => this.#end(),
    });
  }

  #take(message: FromKeeper): void {
    const exporter = this.#exporter;
    switch (message.type) {
      case "up":
        this.#firstWord.resolve(message);
        this.#logUp(message.pid);
        break;
      case "down":
        this.#restarts++;
        this.#firstWord.resolve(message);
        if (this.#isOpen) this.#logDown(message);
        break;
      case "log":
        for (const text of message.lines)
          this.#log.info("Exporter module wrote", {
            exporter,
            text,
            ...(message.left > 0 && { left_out: message.left }),
          });
        break;
      case "progress":
        this.#waiting.get(message.id)?.onProgress(message.count);
        break;
      default:
        this.#waiting.get(message.id)?.resolve(message);
        this.#waiting.delete(message.id);
    }
  }

  #logUp(pid: number): void {
    const repeated = this.#starts++ === 0 ? {} : this.#started.pass();
    if (repeated === undefined) return;
    const message = this.#starts === 1 ? "Exporter module runs" : "Exporter module runs again";
    this.#log.info(message, { exporter: this.#exporter, pid, starts: this.#starts, ...repeated });
  }

  #logDown({ why, inMs }: Extract<FromKeeper, { type: "down" }>): void {
    const repeated = this.#ended.pass();
    if (repeated === undefined || this.#isStopping) return;
    this.#log.warn("Exporter module has ended and is started again", {
      exporter: this.#exporter,
      why,
      in_ms: inMs,
      ...repeated,
    });
  }

  /** The keeper is gone. */
  #end(): void {
    this.#over.resolve();
    this.#firstWord.resolve(undefined);
    for (const { resolve } of this.#waiting.values()) resolve(GONE);
    this.#waiting.clear();
    if (!this.#isStopping)
      this.#log.error("The process that keeps the exporter module running has ended: restart the agent", {
        exporter: this.#exporter,
      });
  }
}

const GONE: BatchAnswer = {
  type: "lost",
  why: "the process that keeps it running has ended: restart the agent",
  isSuspect: false,
};
