/** @module Reads a pipe into a splitter's buffer: nothing is copied in between. */
import * as fs from "node:fs";
import { tick } from "../lib/tick.ts";
import { errorCode } from "../os/caught.ts";
import { Descriptor } from "../os/descriptor.ts";
import { growPipe } from "../os/pipe.ts";
import { ReadableWatch } from "../os/readable-watch.ts";
import type { LineSplitter } from "./line-splitter.ts";
import { TURN_BYTES, writeLines } from "./pump.ts";
import type { Sink } from "./source.ts";
import { Wake } from "./wake.ts";

/** As much as a user without rights may have by default. */
const PIPE_BYTES = 1024 * 1024;
/** How long to sleep at most, milliseconds: a wake-up may be lost. */
const LONGEST_SLEEP = 5000;

/** Where a pipe's bytes go. */
export interface PipeReaderSettings {
  readonly splitter: LineSplitter;
  readonly sink: Sink;
  /** Called with the first bytes. What it throws ends {@link PipeReader.run}. */
  readonly onFirst: (bytes: Uint8Array) => void;
}

/** Reads one pipe, by a descriptor of its own: the mode of the one that it was given is other processes' as well. */
export class PipeReader implements Disposable {
  readonly #pipe: Descriptor;
  readonly #wake = new Wake();
  #isStopped = false;

  /**
   * Opens the pipe once more, so that reading it never waits.
   * @throws The system's error where that is not possible: without /proc, or where the pipe is another user's.
   */
  constructor(fd: number) {
    const flags = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;
    this.#pipe = new Descriptor(fs.openSync(`/proc/self/fd/${fd}`, flags));
    growPipe(fd, PIPE_BYTES);
  }

  /**
   * Reads until the writers are gone, or {@link stop}. The event loop gets a turn after {@link TURN_BYTES}. The line at the end
   * is not completed.
   * @throws The system's error.
   */
  async run({ splitter, sink, onFirst }: PipeReaderSettings): Promise<void> {
    const watch = new ReadableWatch(this.#pipe.fd, () => this.#wake.signal());
    try {
      let isFirst = true;
      let read = 0;
      while (!this.#isStopped) {
        const room = splitter.room();
        const count = this.#read(room);
        if (count === 0) return;
        if (count === undefined) {
          watch.arm();
          await this.#wake.wait(LONGEST_SLEEP);
          read = 0;
          continue;
        }
        if (isFirst) onFirst(room.subarray(0, count));
        isFirst = false;
        splitter.added(count);
        await writeLines(splitter, sink);
        read += count;
        if (read < TURN_BYTES) continue;
        await tick();
        read = 0;
      }
    } finally {
      watch[Symbol.dispose]();
    }
  }

  /** Ends {@link run} soon. */
  stop(): void {
    this.#isStopped = true;
    this.#wake.signal();
  }

  [Symbol.dispose](): void {
    this.#pipe[Symbol.dispose]();
  }

  /** @returns How many bytes there were; 0 at the end, `undefined` where there is nothing yet. */
  #read(room: Uint8Array): number | undefined {
    try {
      return fs.readSync(this.#pipe.fd, room, 0, room.length, null);
    } catch (error) {
      if (errorCode(error) === "EAGAIN") return undefined;
      throw error;
    }
  }
}
