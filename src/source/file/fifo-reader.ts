/** @module Reads a named pipe that a glob matched. */

import * as fs from "node:fs";
import { errorCode } from "../../os/caught.ts";
import { foreignFormat, HEAD_BYTES } from "../foreign-format.ts";
import { LineCursor } from "../line-cursor.ts";
import type { LineSplitter } from "../line-splitter.ts";
import { type ByteReader, feed, pump, writeLast } from "../pump.ts";
import type { Sink } from "../source.ts";

const NEWLINE = 0x0a;
const NO_BYTES = new Uint8Array(0);
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
  /** Called when what the writers send holds no text: it is dropped until they leave. */
  readonly onForeign: (format: string) => void;
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
    const { path, splitter, exitAtEnd, patienceMs } = this.#settings;
    this.#endsWithWriters ||= exitAtEnd;
    const patientUntil = performance.now() + (exitAtEnd ? patienceMs : 0);
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    splitter.select(new LineCursor());
    try {
      while (!this.#isStopped) {
        const first = this.#firstBytes(fd);
        if (first === undefined) {
          if (this.#endsWithWriters && performance.now() >= patientUntil) return;
          await Bun.sleep(LOOK_MS);
          continue;
        }
        this.#reader = Bun.file(fd).stream().getReader();
        await this.#readWriters(this.#reader, first);
        if (this.#isStopped || this.#endsWithWriters) return;
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

  /** Reads until the writers are gone. */
  async #readWriters(reader: ByteReader, first: Uint8Array): Promise<void> {
    const { splitter, sink, exitAtEnd, onForeign } = this.#settings;
    const head = await readHead(reader, first);
    const format = foreignFormat(head.subarray(0, HEAD_BYTES));
    if (format !== undefined) {
      onForeign(format);
      while (!exitAtEnd && !(await reader.read()).done);
      return;
    }
    await feed(head, splitter, sink);
    if (!this.#isStopped) await pump(reader, splitter, sink);
    if (!this.#isStopped) await writeLast(splitter, sink);
  }

  /** Without a writer a FIFO is at its end, with one it makes the reader wait. @returns A byte, where one has come. */
  #firstBytes(fd: number): Uint8Array | undefined {
    const byte = new Uint8Array(1);
    try {
      return fs.readSync(fd, byte, 0, 1, null) > 0 ? byte : undefined;
    } catch (error) {
      if (errorCode(error) === "EAGAIN") return NO_BYTES;
      throw error;
    }
  }
}

/** What shows whether it is text: a line, or {@link HEAD_BYTES}. Before that there is nothing to hand on either. */
async function readHead(reader: ByteReader, first: Uint8Array): Promise<Uint8Array> {
  let head = first;
  while (head.length < HEAD_BYTES && !head.includes(NEWLINE) && foreignFormat(head) === undefined) {
    const { value, done } = await reader.read();
    if (done || value === undefined) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}
