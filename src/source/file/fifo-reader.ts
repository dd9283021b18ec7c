/** @module Reads a named pipe that a glob matched. */

import * as fs from "node:fs";
import { errorCode } from "../../os/caught.ts";
import { LineCursor } from "../line-cursor.ts";
import type { LineSplitter } from "../line-splitter.ts";
import { type ByteReader, pump, writeLast } from "../pump.ts";
import type { Sink } from "../source.ts";

/** How often to look for a writer while there is none, milliseconds. */
const LOOK_MS = 50;

/** What a reader is given. */
export interface FifoReaderSettings {
  readonly path: string;
  readonly splitter: LineSplitter;
  readonly sink: Sink;
  /** End when the writers have closed it, or none has come; else wait for the next ones. */
  readonly exitAtEnd: boolean;
  /** How long to wait for the first writer before that is the end, milliseconds. */
  readonly patienceMs: number;
}

/** Reads one FIFO. It has no positions: no checkpoint can follow it. */
export class FifoReader {
  readonly #settings: FifoReaderSettings;
  #reader: ByteReader | undefined;
  #isStopped = false;
  #endsWithWriters = false;
  /** Whether {@link run} has returned. */
  isDone = false;

  constructor(settings: FifoReaderSettings) {
    this.#settings = settings;
  }

  /**
   * Reads until stopped, or until the writers are gone.
   * @throws The system's error when the FIFO cannot be opened or read.
   */
  async run(): Promise<void> {
    const { path, splitter, sink, exitAtEnd, patienceMs } = this.#settings;
    this.#endsWithWriters ||= exitAtEnd;
    const patientUntil = performance.now() + (exitAtEnd ? patienceMs : 0);
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    splitter.select(new LineCursor());
    try {
      while (!this.#isStopped) {
        if (!(await this.#hasWriter(fd))) {
          if (this.#endsWithWriters && performance.now() >= patientUntil) return;
          await Bun.sleep(LOOK_MS);
          continue;
        }
        this.#reader = Bun.file(fd).stream().getReader();
        if (!this.#isStopped) await pump(this.#reader, splitter, sink);
        if (this.#isStopped) return;
        await writeLast(splitter, sink);
        if (this.#endsWithWriters) return;
      }
    } finally {
      this.isDone = true;
      fs.closeSync(fd);
    }
  }

  /** Ends {@link run} once no writer is left. */
  endWithWriters(): void {
    this.#endsWithWriters = true;
  }

  /** Ends {@link run} soon. */
  stop(): void {
    this.#isStopped = true;
    void this.#reader?.cancel();
  }

  /** Without a writer a FIFO is at its end, with one it makes the reader wait; a byte that comes is taken along. */
  async #hasWriter(fd: number): Promise<boolean> {
    const { splitter } = this.#settings;
    try {
      const count = fs.readSync(fd, splitter.room(), 0, 1, null);
      splitter.added(count);
      if (count > 0) return true;
    } catch (error) {
      if (errorCode(error) === "EAGAIN") return true;
      throw error;
    }
    return false;
  }
}
