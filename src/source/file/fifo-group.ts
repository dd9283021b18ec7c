/** @module The named pipes that a glob matched, each read by itself. */

import type { ConsolaInstance } from "consola";
import { codeOrText } from "../../os/caught.ts";
import type { Counters } from "../../telemetry/counters.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import type { LineSplitter } from "../line-splitter.ts";
import type { Sink } from "../source.ts";
import type { Pipe, PipeListener } from "./catalog.ts";
import { FifoReader } from "./fifo-reader.ts";

/** What the group is given. */
export interface FifoGroupSettings {
  readonly sink: Sink;
  readonly log: ConsolaInstance;
  readonly counters: Counters;
  readonly exitAtEnd: boolean;
  /** Each pipe has a splitter of its own: the beginning of a line cannot be read again. */
  readonly createSplitter: () => LineSplitter;
  /** How many pipes are read at once; each takes a descriptor and a buffer. */
  readonly maxOpen: number;
  /** How long a pipe that has no writer is waited for when everything is to be read to its end, milliseconds. */
  readonly patienceMs: number;
  /** Called when a reader has ended. @param failed Key of a pipe that could not be read, to be tried again. */
  readonly onEnd: (failed: string | undefined) => void;
}

/** Readers that come and go. */
export class FifoGroup implements PipeListener {
  readonly #settings: FifoGroupSettings;
  readonly #running = new Map<FifoReader, Promise<void>>();
  readonly #readers = new Map<string, FifoReader>();
  readonly #throttle = new Throttle();
  readonly #refusals = new Throttle();
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

  /** Reads one more pipe; one too many is reported and tried again at the next look. */
  add({ key, path }: Pipe): void {
    const { sink, exitAtEnd, createSplitter, maxOpen, patienceMs, onEnd } = this.#settings;
    if (this.#running.size >= maxOpen) {
      this.#warn(path, `${maxOpen} pipes are open, as many as --max-open-files allows`);
      onEnd(key);
      return;
    }
    const splitter = createSplitter();
    const onForeign = (format: string) => this.#refuse(path, format);
    const reader = new FifoReader({ path, sink, exitAtEnd, patienceMs, splitter, onForeign });
    this.#readers.set(key, reader);
    this.#running.set(reader, this.#run(reader, { key, path }));
  }

  /** Reads what is left in a pipe without a name, and lets it go when its writers have. */
  remove(key: string): void {
    this.#readers.get(key)?.endWithWriters();
  }

  /** Ends all readers; resolves when they have handed on what they read. */
  async stop(): Promise<void> {
    for (const reader of this.#running.keys()) reader.stop();
    await Promise.all(this.#running.values());
  }

  #warn(path: string, error: string): void {
    this.#hasFailed = true;
    const repeated = this.#throttle.pass();
    if (repeated !== undefined) this.#settings.log.warn("Cannot read pipe", { path, error, ...repeated });
  }

  #refuse(path: string, found: string): void {
    this.#hasFailed = true;
    const { counters, log } = this.#settings;
    counters.files_refused++;
    const repeated = this.#refusals.pass();
    if (repeated !== undefined)
      log.warn("Pipe is not read: it holds no text that can be read", { path, found, ...repeated });
  }

  async #run(reader: FifoReader, { key, path }: Pipe): Promise<void> {
    const { exitAtEnd, onEnd } = this.#settings;
    let failed: string | undefined;
    // Registered before it can end.
    await undefined;
    try {
      await reader.run();
    } catch (error) {
      this.#warn(path, codeOrText(error));
      if (!exitAtEnd) failed = key;
    }
    this.#running.delete(reader);
    if (this.#readers.get(key) === reader) this.#readers.delete(key);
    onEnd(failed);
  }
}
