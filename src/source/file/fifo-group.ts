/** @module The named pipes that a glob matched, each read by itself. */

import type { ConsolaInstance } from "consola";
import { codeOrText } from "../../os/caught.ts";
import type { LineSplitter } from "../line-splitter.ts";
import type { Sink } from "../source.ts";
import { FifoReader } from "./fifo-reader.ts";

/** What the group is given. */
export interface FifoGroupSettings {
  readonly sink: Sink;
  readonly log: ConsolaInstance;
  readonly exitAtEnd: boolean;
  /** Each pipe has a splitter of its own: the beginning of a line cannot be read again. */
  readonly createSplitter: () => LineSplitter;
  /** Called when a reader has ended. */
  readonly onEnd: () => void;
}

/** Readers that come and go. */
export class FifoGroup {
  readonly #settings: FifoGroupSettings;
  readonly #running = new Map<FifoReader, Promise<void>>();
  #hasFailed = false;

  constructor(settings: FifoGroupSettings) {
    this.#settings = settings;
  }

  /** Whether no reader is at work. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Whether a pipe could not be read. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Reads one more pipe. */
  add(path: string): void {
    const { sink, exitAtEnd, createSplitter } = this.#settings;
    const reader = new FifoReader({ path, sink, exitAtEnd, splitter: createSplitter() });
    this.#running.set(reader, this.#run(reader, path));
  }

  /** Ends all readers; resolves when they have handed on what they read. */
  async stop(): Promise<void> {
    for (const reader of this.#running.keys()) reader.stop();
    await Promise.all(this.#running.values());
  }

  async #run(reader: FifoReader, path: string): Promise<void> {
    const { log, onEnd } = this.#settings;
    // Registered before it can end.
    await undefined;
    try {
      await reader.run();
    } catch (error) {
      this.#hasFailed = true;
      log.warn("Cannot read pipe", { path, error: codeOrText(error) });
    }
    this.#running.delete(reader);
    onEnd();
  }
}
