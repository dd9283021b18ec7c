/**
 * @module Lines as the messages of one system call: each a datagram, or several lines that leave together as a run
 * (`run-finder.ts`), where the way to the receiver takes runs.
 */
import type { Inflight } from "../../checkpoint/inflight.ts";
import type { LineView } from "../../event/batch.ts";
import { addressOf } from "../../os/address.ts";
import { type DatagramSender, MESSAGES_PER_CALL } from "../../os/datagram-sender.ts";
import type { Datagrams } from "./datagrams.ts";
import { fitLong } from "./fit-long.ts";
import { RunFinder } from "./run-finder.ts";

/** Above this length of a line, what shortening it leaves behind is collected at once. */
const COLLECT_ABOVE_BYTES = 512 * 1024;

/** What is known of the way to the destination: `path.ts` asks the kernel. */
export interface SendPath {
  /** Looks whether it has changed: before lines are sent. @param now Milliseconds. */
  look(now: number): void;
  /** Bytes of a datagram in a run at most; 0 where there may be no runs. */
  datagramBytes(now: number): number;
  /** The kernel refused a run. */
  refuse(now: number): void;
  /** Whether the socket is connected to the destination. */
  readonly isConnected: boolean;
  /** A datagram failed that may not have, had it named its destination. */
  disconnect(now: number): void;
}

/** Lines at a time that are worth knowing the path for. */
const MANY_LINES = 16;

/** What {@link Messages} is given. */
export interface MessagesSettings {
  readonly maxDatagramBytes: number;
  /** `--udp-pad`: how many more bytes events may cost so that they leave together, in percent. */
  readonly padPercent: number;
  /** Bytes of a run at most. */
  readonly runBytes: number;
  readonly inflight: Inflight;
  /** Called once for each destination, when lines came for which {@link Messages.path} should be known. */
  readonly onPathWanted: () => void;
  /** Called for each event that cannot be made small enough, with its length in bytes. */
  readonly onTooLarge: (bytes: number) => void;
}

/** Fills a {@link DatagramSender} with lines and knows which they are. */
export class Messages {
  readonly #settings: MessagesSettings;
  readonly #sender: DatagramSender;
  readonly #runs: RunFinder;
  readonly #hasPadding: boolean;
  /** Of each message: number of its first line or of its datagram, how many events it has, bytes of its longest datagram and of all. */
  readonly line: Uint32Array = new Uint32Array(MESSAGES_PER_CALL);
  readonly lineCount: Uint32Array = new Uint32Array(MESSAGES_PER_CALL);
  readonly length: Uint32Array = new Uint32Array(MESSAGES_PER_CALL);
  readonly bytes: Uint32Array = new Uint32Array(MESSAGES_PER_CALL);
  readonly isShortened: Uint8Array = new Uint8Array(MESSAGES_PER_CALL);
  /** Keeps the text of shortened events alive until it has been sent. */
  readonly #shortened: Uint8Array[] = [];
  #path: SendPath | undefined;
  #wasPathWanted = false;
  /** Bytes of a datagram in a run at most; 0 for no runs. */
  #runDatagramBytes = 0;

  constructor(sender: DatagramSender, settings: MessagesSettings) {
    this.#sender = sender;
    this.#settings = settings;
    this.#runs = new RunFinder(settings.padPercent, settings.runBytes);
    this.#hasPadding = settings.padPercent > 0;
  }

  /** What is known of the way to the destination. Without it each datagram leaves alone. */
  get path(): SendPath | undefined {
    return this.#path;
  }

  /** The destination is another one, or more is known of the way to it. */
  setPath(path: SendPath | undefined): void {
    this.#path = path;
    this.#wasPathWanted = false;
  }

  /** Begins with other lines: so many. @param mayRun Whether they may leave as runs. */
  begin(count: number, mayRun: boolean): void {
    const now = performance.now();
    this.#runs.begin();
    this.#path?.look(now);
    this.#runDatagramBytes = mayRun ? (this.#path?.datagramBytes(now) ?? 0) : 0;
    this.#sender.nameDestination(this.#path?.isConnected !== true);
    if (count >= MANY_LINES) this.#wantPath();
  }

  #wantPath(): void {
    if (this.#path !== undefined || this.#wasPathWanted) return;
    this.#wasPathWanted = true;
    this.#settings.onPathWanted();
  }

  /** Has each datagram leave alone until {@link begin}. */
  stopRuns(): void {
    this.#runDatagramBytes = 0;
  }

  /** Empties the sender. */
  clear(): void {
    this.#sender.clear();
    if (this.#shortened.length > 0) this.#shortened.length = 0;
  }

  /** Adds lines from number `next` on until the sender is full. @returns The number of the first line not looked at. */
  fill(lines: LineView, next: number): number {
    const sender = this.#sender;
    const count = lines.length;
    const { maxDatagramBytes } = this.#settings;
    let buffer: Uint8Array | undefined;
    let base = 0;
    let i = next;
    while (i < count && !sender.isFull) {
      const start = lines.startAt(i);
      const length = lines.endAt(i) - start;
      if (length > maxDatagramBytes) {
        // What stands before it is sent first, so that a line that is dropped here is dropped once.
        if (sender.count > 0) break;
        this.#addShortened(lines, i++);
        continue;
      }
      if (i + 1 < count && this.#mayBeginRun(lines, i, length)) {
        const found = this.#runs.find(lines, i, Math.min(this.#runDatagramBytes, maxDatagramBytes));
        if (found > 1) {
          this.#addRun(lines, i, found);
          i += found;
          continue;
        }
      }
      const lineBuffer = lines.bufferAt(i);
      if (lineBuffer !== buffer) {
        buffer = lineBuffer;
        base = addressOf(buffer);
      }
      this.#note(lines, i, length);
      sender.add(base + start, length);
      i++;
    }
    return i;
  }

  /** The same for datagrams, which are as they leave. */
  fillDatagrams(datagrams: Datagrams, next: number): number {
    const sender = this.#sender;
    const count = datagrams.length;
    const { maxDatagramBytes, onTooLarge } = this.#settings;
    let i = next;
    for (; i < count && !sender.isFull; i++) {
      const length = datagrams.endAt(i) - datagrams.startAt(i);
      if (length > maxDatagramBytes) {
        if (sender.count > 0) break;
        onTooLarge(length);
        continue;
      }
      const slot = sender.count;
      this.#note(datagrams, i, length);
      this.lineCount[slot] = datagrams.eventsAt(i);
      if (datagrams.isShortenedAt(i)) this.isShortened[slot] = 1;
      datagrams.addTo(sender, i);
    }
    return i;
  }

  /** Whether a run may begin with line `i`: the next one is as long, or may be made so, and the path takes runs. */
  #mayBeginRun(lines: LineView, i: number, length: number): boolean {
    if (!this.#hasPadding && lines.endAt(i + 1) - lines.startAt(i + 1) !== length) return false;
    this.#wantPath();
    return length <= this.#runDatagramBytes;
  }

  /** Notes a message that is about to be added: of line `i`, or of a run that ends with it. */
  #note(lines: LineView, i: number, length: number): void {
    const slot = this.#sender.count;
    const { streams, positions } = this.#settings.inflight;
    this.line[slot] = i;
    this.lineCount[slot] = 1;
    this.length[slot] = length;
    this.bytes[slot] = length;
    this.isShortened[slot] = 0;
    streams[slot] = lines.streamAt(i);
    positions[slot] = lines.positionAt(i);
  }

  /** Adds `count` lines as one message. Its position is that of the last one: all of them leave or none. */
  #addRun(lines: LineView, first: number, count: number): void {
    const sender = this.#sender;
    const { segmentBytes } = this.#runs;
    const last = first + count - 1;
    const slot = sender.count;
    this.#note(lines, last, segmentBytes);
    this.line[slot] = first;
    this.lineCount[slot] = count;
    this.bytes[slot] = segmentBytes * (count - 1) + lines.endAt(last) - lines.startAt(last);
    sender.beginRun(segmentBytes);
    let buffer: Uint8Array | undefined;
    let base = 0;
    for (let i = first; i <= last; i++) {
      const lineBuffer = lines.bufferAt(i);
      if (lineBuffer !== buffer) {
        buffer = lineBuffer;
        base = addressOf(buffer);
      }
      const start = lines.startAt(i);
      const length = lines.endAt(i) - start;
      sender.addToRun(base + start, length, i === last ? 0 : segmentBytes - length);
    }
    sender.endRun();
  }

  /** Adds line `i` as text that fits, or drops it. */
  #addShortened(lines: LineView, i: number): void {
    const start = lines.startAt(i);
    const end = lines.endAt(i);
    const text = this.#shorten(lines.bufferAt(i), start, end);
    if (text === undefined) {
      this.#settings.onTooLarge(end - start);
      return;
    }
    const slot = this.#sender.count;
    this.#note(lines, i, text.length);
    this.isShortened[slot] = 1;
    this.#sender.add(addressOf(text), text.length);
  }

  /** The line as text that fits, or `undefined`. */
  #shorten(buffer: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (end - start > COLLECT_ABOVE_BYTES) Bun.gc(true);
    const text = fitLong(
      Buffer.from(buffer.buffer, buffer.byteOffset + start, end - start - 1).toString(),
      this.#settings.maxDatagramBytes,
    );
    // A few of these would fill the memory before the collector notices; compared with that, collecting costs nothing.
    if (end - start > COLLECT_ABOVE_BYTES) Bun.gc(true);
    if (text === undefined) return undefined;
    const bytes = Buffer.from(`${text}\n`);
    this.#shortened.push(bytes);
    return bytes;
  }
}
