/**
 * @module Lines to datagrams: fills the array for sendmmsg(2), sends it, says what became of each line.
 *
 * Lines go straight from the buffer that they were read into; nothing is copied unless a line is too large.
 */
import type { Inflight } from "../../checkpoint/inflight.ts";
import type { LineView } from "../../event/batch.ts";
import { DatagramSender, Errno } from "../../os/datagram-sender.ts";
import { queuedBytes } from "../../os/send-queue.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";
import type { Congestion } from "./congestion.ts";
import type { Datagrams, Packing } from "./datagrams.ts";
import { Messages, type MessagesSettings, type SendPath } from "./messages.ts";

/** Tries for one datagram whose send failed with the answer to an earlier one. */
const MAX_RETRIES = 8;

/** What {@link Transmitter} is given. */
export interface TransmitterSettings extends MessagesSettings {
  readonly counters: ExporterCounters;
  readonly congestion: Congestion;
  /** Called when the network answered an earlier datagram, which the socket should not hear of. */
  readonly onAnswer: () => void;
  /** Called for each datagram that the kernel refused for good. */
  readonly onError: (errno: number) => void;
}

/** Sends lines to one destination and counts them; knows no queue and no waiting. */
export class Transmitter {
  readonly #inflight: Inflight;
  readonly #counters: ExporterCounters;
  readonly #congestion: Congestion;
  readonly #onAnswer: () => void;
  readonly #onError: (errno: number) => void;
  readonly #sender: DatagramSender;
  readonly #messages: Messages;
  #fd = -1;
  #blockedBy = 0;
  /** Lines are left for later, to share a datagram with others. */
  isWaiting = false;
  /** Events beyond the first of each datagram that has left; a datagram that holds a part of one has one less than none. */
  joined = 0;
  /** What is being sent, where that is not lines. */
  #datagrams: Datagrams | undefined;
  /** Of these, the first one after those with a part of an event that is given up. */
  #afterFailure = 0;
  /** The kernel refused a run: its lines are to leave one by one. */
  #isRefused = false;

  constructor(settings: TransmitterSettings) {
    const { inflight, counters, onTooLarge } = settings;
    this.#inflight = inflight;
    this.#counters = counters;
    this.#congestion = settings.congestion;
    this.#onAnswer = settings.onAnswer;
    this.#onError = settings.onError;
    this.#sender = new DatagramSender(inflight);
    this.#messages = new Messages(this.#sender, {
      ...settings,
      onTooLarge(bytes) {
        counters.too_large++;
        onTooLarge(bytes);
      },
    });
  }

  /** Where datagrams go from now on. @param socketAddress As `encodeSocketAddress` makes it. */
  setDestination(fd: number, socketAddress: Uint8Array): void {
    this.#fd = fd;
    this.#sender.setDestination(fd, socketAddress);
    this.setPath(undefined);
  }

  /** What is known of the way there. Without it each datagram leaves alone. */
  setPath(path: SendPath | undefined): void {
    this.#messages.setPath(path);
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
    const messages = this.#messages;
    this.#datagrams = undefined;
    messages.begin(lines.length, true);
    let next = 0;
    while (next < lines.length) {
      next = messages.fill(lines, next);
      const filled = this.#sender.count;
      const done = this.#flush(filled);
      messages.clear();
      if (done === filled) continue;
      next = messages.line[done]!;
      if (!this.#isRefused) return next;
      this.#isRefused = false;
      messages.stopRuns();
    }
    return next;
  }

  /** The same for what is made of the lines: datagrams that hold several, each of which is counted, or a part of one. */
  transmitPacked(packing: Packing, lines: LineView, mayWait: boolean): number {
    for (let next = 0; ; ) {
      const datagrams = packing.pack(lines, mayWait, Number.POSITIVE_INFINITY, next);
      const { length } = datagrams;
      this.isWaiting = length === 0;
      const sent = this.#transmitDatagrams(datagrams);
      next = datagrams.lineAt(sent);
      packing.settle(sent);
      if (this.isWaiting || sent < length || next === lines.length) return next;
    }
  }

  #transmitDatagrams(datagrams: Datagrams): number {
    const messages = this.#messages;
    this.#datagrams = datagrams;
    messages.begin(datagrams.length, false);
    let next = 0;
    while (next < datagrams.length) {
      next = messages.fillDatagrams(datagrams, next);
      const filled = this.#sender.count;
      this.#afterFailure = 0;
      const done = this.#flush(filled);
      messages.clear();
      if (done < filled) return messages.line[done]!;
      next = Math.max(next, this.#afterFailure);
    }
    return next;
  }

  /** The first of the lines has left by another way. @param datagrams The lines, where they are packed. @returns Its events. */
  noteSent(lines: LineView, datagrams: Datagrams | undefined): number {
    const events = datagrams?.eventsAt(0) ?? 1;
    this.#counters.exported += events;
    this.#counters.bytes_exported += lines.endAt(0) - lines.startAt(0);
    if (datagrams?.isShortenedAt(0)) this.#counters.truncated++;
    this.joined += events - 1;
    this.#inflight.commitPosition(lines.streamAt(0), lines.positionAt(0));
    return events;
  }

  /** Sends what the sender holds. @returns How many messages were dealt with before the socket buffer was full. */
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
      if (errno !== Errno.EAGAIN && errno !== Errno.ENOBUFS && this.#disconnects(errno)) continue;
      if (errno !== Errno.EAGAIN && this.#refusesRun(first, errno, retries)) break;
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
      first = Math.min(count, this.#giveUp(first, errno));
      retries = 0;
    }
    this.#inflight.commit(first);
    return first;
  }

  /** Drops the events of a message. @returns The slot after those that hold a part of them. */
  #giveUp(slot: number, errno: number): number {
    let events = this.#messages.lineCount[slot]!;
    let next = slot + 1;
    if (this.#datagrams !== undefined) {
      const number = this.#messages.line[slot]!;
      this.#afterFailure = this.#datagrams.endOfEventAt(number);
      events = this.#datagrams.eventsAt(this.#afterFailure - 1);
      next = slot + this.#afterFailure - number;
    }
    if (errno === Errno.EMSGSIZE) this.#counters.too_large += events;
    else this.#counters.send_failed += events;
    this.#onError(errno);
    return next;
  }

  /** Whether the socket was connected, which may be why it failed, and is not any more. A size is too large either way. */
  #disconnects(errno: number): boolean {
    const { path } = this.#messages;
    if (path?.isConnected !== true || errno === Errno.EMSGSIZE) return false;
    path.disconnect(performance.now());
    this.#sender.nameDestination(true);
    return true;
  }

  /** Whether the message is a run whose lines are to leave one by one: whatever is wrong with one of them shows then. */
  #refusesRun(slot: number, errno: number, retries: number): boolean {
    if (!this.#sender.isRun(slot) || (errno === Errno.ECONNREFUSED && retries < MAX_RETRIES)) return false;
    this.#isRefused = true;
    this.#messages.path?.refuse(performance.now());
    return true;
  }

  #isHopeless(slot: number): boolean {
    return this.#congestion.isHopeless(
      this.#messages.length[slot]!,
      queuedBytes(this.#fd),
      performance.now(),
    );
  }

  #noteLeft(first: number, count: number): void {
    for (let i = first; i < first + count; i++) this.#congestion.left(this.#messages.length[i]!);
  }

  #countExported(slot: number): void {
    const events = this.#messages.lineCount[slot]!;
    this.#counters.exported += events;
    if (this.#datagrams !== undefined) this.joined += events - 1;
    this.#counters.bytes_exported += this.#messages.bytes[slot]!;
    if (this.#messages.isShortened[slot] === 1) this.#counters.truncated++;
  }
}
