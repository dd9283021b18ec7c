/**
 * @module Lines to datagrams: fills the array for sendmmsg(2), sends it, says what became of each line.
 *
 * Lines go straight from the buffer that they were read into; nothing is copied unless a line is too large.
 */
import type { Inflight } from "../../checkpoint/inflight.ts";
import type { LineView } from "../../event/batch.ts";
import { fit } from "../../event/fit.ts";
import { addressOf } from "../../os/address.ts";
import { DATAGRAMS_PER_CALL, DatagramSender, Errno } from "../../os/datagram-sender.ts";
import { queuedBytes } from "../../os/udp-socket.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";
import type { Congestion } from "./congestion.ts";

/** Tries for one datagram whose send failed with the answer to an earlier one. */
const MAX_RETRIES = 8;

/** Above this length of a line, what shortening it leaves behind is collected at once. */
const COLLECT_ABOVE_BYTES = 512 * 1024;

/** What {@link Transmitter} is given. */
export interface TransmitterSettings {
  readonly maxDatagramBytes: number;
  readonly inflight: Inflight;
  readonly counters: ExporterCounters;
  readonly congestion: Congestion;
  /** Called when the network answered an earlier datagram, which the socket should not hear of. */
  readonly onAnswer: () => void;
  /** Called for each datagram that the kernel refused for good. */
  readonly onError: (errno: number) => void;
  /** Called for each event that cannot be made small enough, with its length in bytes. */
  readonly onTooLarge: (bytes: number) => void;
}

/** Sends lines to one destination and counts them; knows no queue and no waiting. */
export class Transmitter {
  readonly #maxDatagramBytes: number;
  readonly #inflight: Inflight;
  readonly #counters: ExporterCounters;
  readonly #congestion: Congestion;
  readonly #onAnswer: () => void;
  readonly #onError: (errno: number) => void;
  readonly #onTooLarge: (bytes: number) => void;
  readonly #sender: DatagramSender;
  /** Line number and length of each datagram in the sender, and whether it was shortened. */
  readonly #line: Uint32Array = new Uint32Array(DATAGRAMS_PER_CALL);
  readonly #length: Uint32Array = new Uint32Array(DATAGRAMS_PER_CALL);
  readonly #isShortened: Uint8Array = new Uint8Array(DATAGRAMS_PER_CALL);
  /** Keeps the text of shortened events alive until it has been sent. */
  readonly #shortened: Uint8Array[] = [];
  #fd = -1;
  #blockedBy = 0;

  constructor(settings: TransmitterSettings) {
    this.#maxDatagramBytes = settings.maxDatagramBytes;
    this.#inflight = settings.inflight;
    this.#counters = settings.counters;
    this.#congestion = settings.congestion;
    this.#onAnswer = settings.onAnswer;
    this.#onError = settings.onError;
    this.#onTooLarge = settings.onTooLarge;
    this.#sender = new DatagramSender(settings.inflight);
  }

  /** Where datagrams go from now on. @param socketAddress As `encodeSocketAddress` makes it. */
  setDestination(fd: number, socketAddress: Uint8Array): void {
    this.#fd = fd;
    this.#sender.setDestination(fd, socketAddress);
  }

  /** Why the last {@link transmit} stopped early: `EAGAIN` or `ENOBUFS`. */
  get blockedBy(): number {
    return this.#blockedBy;
  }

  /**
   * Sends the lines in order, each as one datagram, and counts each as `exported`, `too_large` or `send_failed`.
   * @returns How many were dealt with: fewer than `lines.length` when the socket buffer is full.
   */
  transmit(lines: LineView): number {
    let next = 0;
    while (next < lines.length) {
      next = this.#fill(lines, next);
      const filled = this.#sender.count;
      const done = this.#flush(filled);
      this.#sender.count = 0;
      if (this.#shortened.length > 0) this.#shortened.length = 0;
      if (done < filled) return this.#line[done]!;
    }
    return next;
  }

  /** Adds lines from number `next` on until the sender is full. @returns The number of the first line not looked at. */
  #fill(lines: LineView, next: number): number {
    const sender = this.#sender;
    const { streams, positions } = this.#inflight;
    const count = lines.length;
    let buffer: Uint8Array | undefined;
    let base = 0;
    let i = next;
    while (i < count && !sender.isFull) {
      const start = lines.startAt(i);
      const end = lines.endAt(i);
      const lineBuffer = lines.bufferAt(i);
      const slot = sender.count;
      let length = end - start;
      if (length > this.#maxDatagramBytes) {
        // What stands before it is sent first, so that a line that is dropped here is dropped once.
        if (slot > 0) break;
        const text = this.#shorten(lineBuffer, start, end);
        if (text === undefined) {
          this.#counters.too_large++;
          this.#onTooLarge(length);
          i++;
          continue;
        }
        length = text.length;
        this.#isShortened[slot] = 1;
        sender.add(addressOf(text), length);
      } else {
        if (lineBuffer !== buffer) {
          buffer = lineBuffer;
          base = addressOf(buffer);
        }
        this.#isShortened[slot] = 0;
        sender.add(base + start, length);
      }
      this.#line[slot] = i;
      this.#length[slot] = length;
      streams[slot] = lines.streamAt(i);
      positions[slot] = lines.positionAt(i);
      i++;
    }
    return i;
  }

  /** The line as text that fits, or `undefined`. */
  #shorten(buffer: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (end - start > COLLECT_ABOVE_BYTES) Bun.gc(true);
    const text = fit(
      Buffer.from(buffer.buffer, buffer.byteOffset + start, end - start - 1).toString(),
      this.#maxDatagramBytes,
    );
    // A few of these would fill the memory before the collector notices; compared with `fit`, collecting costs nothing.
    if (end - start > COLLECT_ABOVE_BYTES) Bun.gc(true);
    if (text === undefined) return undefined;
    const bytes = Buffer.from(`${text}\n`);
    this.#shortened.push(bytes);
    return bytes;
  }

  /** Sends what the sender holds. @returns How many datagrams were dealt with before the socket buffer was full. */
  #flush(count: number): number {
    if (count === 0) return 0;
    this.#inflight.begin(count);
    let first = 0;
    let retries = 0;
    while (first < count) {
      const sent = this.#sender.send(first);
      if (sent > 0) {
        for (let i = first; i < first + sent; i++) this.#countExported(i);
        if (this.#congestion.isNoted) this.#noteLeft(first, sent);
        first += sent;
        retries = 0;
        continue;
      }
      const errno = this.#sender.errno;
      if (errno === Errno.EINTR) continue;
      if (errno === Errno.EAGAIN || (errno === Errno.ENOBUFS && !this.#isHopeless(first))) {
        this.#blockedBy = errno;
        break;
      }
      // It may have been the answer to an earlier datagram, which this one had to pay for.
      if (errno !== Errno.ENOBUFS && retries < (errno === Errno.ECONNREFUSED ? MAX_RETRIES : 1)) {
        if (errno === Errno.ECONNREFUSED) {
          this.#onAnswer();
          this.#counters.retries++;
        }
        retries++;
        continue;
      }
      if (errno === Errno.EMSGSIZE) this.#counters.too_large++;
      else this.#counters.send_failed++;
      this.#onError(errno);
      first++;
      retries = 0;
    }
    this.#inflight.commit(first);
    return first;
  }

  #isHopeless(slot: number): boolean {
    return this.#congestion.isHopeless(this.#length[slot]!, queuedBytes(this.#fd), performance.now());
  }

  #noteLeft(first: number, count: number): void {
    for (let i = first; i < first + count; i++) this.#congestion.left(this.#length[i]!);
  }

  #countExported(slot: number): void {
    this.#counters.exported++;
    this.#counters.bytes_exported += this.#length[slot]!;
    if (this.#isShortened[slot] === 1) this.#counters.truncated++;
  }
}
