/** @module Events from standard input: a pipe, a FIFO, a file, a socket or a terminal. Ends at its end. */

import * as fs from "node:fs";
import { tick } from "../../lib/tick.ts";
import { codeOrText } from "../../os/caught.ts";
import { TetradError } from "../../os/error.ts";
import { isWritten } from "../../os/written-files.ts";
import { foreignFormat, HEAD_BYTES } from "../foreign-format.ts";
import { LineCursor } from "../line-cursor.ts";
import { LineSplitter } from "../line-splitter.ts";
import { tooLongWarner } from "../log-too-long.ts";
import type { PipeReader } from "../pipe-reader.ts";
import { type ByteReader, feed, pump, TURN_BYTES, writeLast, writeLines } from "../pump.ts";
import { Running } from "../running.ts";
import type { Source, SourceSettings } from "../source.ts";

/** What the stdin source is given. */
export interface StdinSourceSettings extends SourceSettings {
  /** Longest line, in bytes without its newline. */
  readonly maxLineBytes: number;
  /** @default 0 */
  readonly fd?: number;
}

/** Lines of standard input, until it ends. No checkpoint can follow it. */
export class StdinSource implements Source {
  readonly name = "stdin";
  readonly #settings: StdinSourceSettings;
  readonly #fd: number;
  readonly #splitter: LineSplitter;
  readonly #running = new Running();
  #reader: ByteReader | undefined;
  #pipe: PipeReader | undefined;
  #isStopped = false;
  #hasFailed = false;

  constructor(settings: StdinSourceSettings) {
    const { maxLineBytes, counters, log } = settings;
    this.#settings = settings;
    this.#fd = settings.fd ?? 0;
    const onTooLong = tooLongWarner(this.name, maxLineBytes, log);
    this.#splitter = new LineSplitter({ maxLineBytes, counters, onTooLong });
    this.#splitter.select(new LineCursor());
  }

  /**
   * Whoever started the agent has opened it.
   * @throws TetradError `config` when the agent writes to the same file or FIFO: each event would come back as another.
   */
  async start(): Promise<void> {
    let stat: fs.BigIntStats;
    try {
      stat = fs.fstatSync(this.#fd, { bigint: true });
    } catch {
      // Whoever reads it says what is wrong.
      return;
    }
    if ((stat.isFile() || stat.isFIFO()) && isWritten(stat))
      throw new TetradError(
        "config",
        "Cannot read standard input: found a file that this agent writes to, needs another one",
      );
    if (stat.isFIFO()) await this.#openPipe();
  }

  /** While there are rights to: afterwards a pipe that another user has made cannot be opened. */
  async #openPipe(): Promise<void> {
    const { PipeReader } = await import("../pipe-reader.ts");
    if (this.#isStopped) return;
    try {
      this.#pipe = new PipeReader(this.#fd);
    } catch {
      // It is read as what other streams are.
    }
  }

  run(): Promise<void> {
    return this.#running.track(this.#run());
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#isStopped = true;
    this.#pipe?.stop();
    void this.#reader?.cancel();
    await this.#running.end(signal);
    this.#pipe?.[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    const { sink, log } = this.#settings;
    if (this.#isStopped) return;
    try {
      if (this.#pipe !== undefined) await this.#readPipe(this.#pipe);
      else if (fs.fstatSync(this.#fd).isFile()) await this.#readFile();
      else await this.#readStream();
    } catch (error) {
      this.#hasFailed = true;
      log.warn("Cannot read standard input", {
        error: error instanceof TetradError ? error.message : codeOrText(error),
      });
    }
    if (!this.#isStopped) await writeLast(this.#splitter, sink);
  }

  /** A file never makes a reader wait, so plain reads are both simplest and fastest. */
  async #readFile(): Promise<void> {
    const splitter = this.#splitter;
    let read = 0;
    for (let isFirst = true; !this.#isStopped; isFirst = false) {
      const room = splitter.room();
      const count = fs.readSync(this.#fd, room, 0, room.length, null);
      if (count === 0) return;
      if (isFirst) refuseForeign(room.subarray(0, count));
      splitter.added(count);
      await writeLines(splitter, this.#settings.sink);
      read += count;
      if (read < TURN_BYTES) continue;
      await tick();
      read = 0;
    }
  }

  async #readPipe(pipe: PipeReader): Promise<void> {
    const { sink } = this.#settings;
    try {
      await pipe.run({ splitter: this.#splitter, sink, onFirst: refuseForeign });
    } finally {
      pipe[Symbol.dispose]();
    }
  }

  /** Bun waits for such a descriptor in its event loop, and leaves the mode that others share with us alone. */
  async #readStream(): Promise<void> {
    const reader = Bun.file(this.#fd).stream().getReader();
    this.#reader = reader;
    const { value, done } = await reader.read();
    if (done) return;
    refuseForeign(value);
    await feed(value, this.#splitter, this.#settings.sink);
    await pump(reader, this.#splitter, this.#settings.sink);
  }
}

/** @throws TetradError when that is no text. */
function refuseForeign(first: Uint8Array): void {
  const format = foreignFormat(first.subarray(0, HEAD_BYTES));
  if (format !== undefined) throw new TetradError("failed", `found ${format}, needs text`);
}
