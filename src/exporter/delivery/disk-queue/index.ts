/**
 * @module A queue on disk between an exporter and its receiver: events as they came, in segments with checksums, bounded in
 * bytes. What {@link DiskQueue.append} has taken survives a kill; with the position of the source in the same record, a
 * restart goes on exactly behind it. It knows nothing of who takes the events.
 *
 * Sequence numbers are dense, so what damage has taken is counted by the gap. Ids of events are made of the segment's
 * prefix and the sequence number; each run begins a segment of its own, so no id is ever another event's.
 */
import type { LineView } from "../../../event/batch.ts";
import { codeOrText } from "../../../os/caught.ts";
import { fs } from "../../../os/fs.ts";
import { Throttle } from "../../../telemetry/throttle.ts";
import { Cursor } from "./cursor.ts";
import { QueueDirectory, refusalOf } from "./directory.ts";
import { findEnd } from "./find-end.ts";
import { RECORD, RECORD_BYTES, SEGMENT_BYTES } from "./layout.ts";
import type { QueuePositions } from "./positions.ts";
import { positionsRecord, RecordBuilder } from "./record-builder.ts";
import { RecordStream } from "./record-stream.ts";
import { newQueueId, type Segment, Segments } from "./segments.ts";
import { type DiskQueueSettings, segmentBytesOf } from "./settings.ts";
import type { StoredLines } from "./stored-lines.ts";

/** How long nothing is written after a write has failed, milliseconds. */
const STUCK_MS = 1000;

/** What {@link DiskQueue.open} opens. */
interface Opened {
  readonly directory: QueueDirectory;
  readonly segments: Segments;
  readonly cursor: Cursor;
  readonly queueId: bigint;
  readonly records: RecordStream;
  readonly positions: QueuePositions;
}

/** The queue. {@link open} comes first. */
export class DiskQueue {
  /** Events before this one may have been delivered by an earlier run. */
  sentBefore = 0;
  readonly #settings: DiskQueueSettings;
  readonly #segmentBytes: number;
  readonly #log = new Throttle(30_000);
  readonly #builder: RecordBuilder;
  #opened: Opened | undefined;
  /** Sequence number of the next event that is appended. */
  #next = 0;
  #acked = 0;
  #sent = 0;
  /** Events before this one have reached the disk. */
  #synced = 0;
  /** The last record that has been delivered. */
  #delivered: { readonly segment: Segment; readonly endOffset: number } | undefined;
  #lost = 0;
  #stuckUntil = 0;
  #isClosed = false;

  constructor(settings: DiskQueueSettings) {
    const { maxBytes, checkpointId } = settings;
    this.#settings = settings;
    this.#segmentBytes = segmentBytesOf(maxBytes);
    this.#builder = new RecordBuilder(checkpointId);
  }

  /** A number that this queue has in each run, and no other queue. {@link open} comes first. */
  get id(): bigint {
    return this.#opened!.queueId;
  }

  /** Events that have not been delivered. */
  get length(): number {
    return this.#next - this.#acked;
  }

  /** Those of them that {@link take} has not shown. */
  get unread(): number {
    return this.#opened === undefined ? 0 : this.#next - this.#opened.records.expected;
  }

  /** Bytes on disk of segments, those of events that have been delivered left out. */
  get bytes(): number {
    if (this.#opened === undefined || this.length === 0) return 0;
    const { segments } = this.#opened;
    const isFirst = this.#delivered !== undefined && this.#delivered.segment === segments.at(0);
    return segments.bytes - (isFirst ? this.#delivered!.endOffset : 0);
  }

  /** When the oldest event was written that {@link take} has shown and that is not delivered; milliseconds since 1970. */
  get oldest(): number | undefined {
    return this.#opened?.records.taken[0]?.time;
  }

  /**
   * Opens the directory, and finds out what earlier runs have left.
   * @returns How far each stream of this checkpoint is in the queue.
   * @throws TetradError as {@link QueueDirectory.open}.
   */
  open(): ReadonlyMap<number, number> {
    const { directory: path, option, user, checkpointId } = this.#settings;
    const directory = QueueDirectory.open(path, option, user);
    try {
      const segments = new Segments(directory);
      const cursor = new Cursor(directory.openFile("cursor", fs().constants.O_CREAT), (error) =>
        this.#warn("Cannot note how far the queue on disk was delivered", { error: codeOrText(error) }),
      );
      const state = cursor.read();
      const id = segments.load(state?.queueId, (file, why) => this.#noteForeign(file, why));
      const { end, positions } = findEnd(segments, checkpointId);
      this.#acked = state?.acked ?? segments.at(0)?.first ?? 0;
      // What the last run has synced or sent was there: a segment that ends before it was cut.
      this.#synced = state?.end ?? 0;
      this.#next = Math.max(this.#acked, end, state?.sent ?? 0, this.#synced);
      // Without a cursor nobody knows.
      this.#sent = state === undefined ? this.#next : Math.max(state.sent, this.#acked);
      this.sentBefore = this.#sent;
      const records = new RecordStream(segments, this.#acked, (events) => this.#noteLost(events));
      this.#opened = { directory, segments, cursor, queueId: id ?? newQueueId(), records, positions };
      if (segments.count > 0) this.#saveCursor();
      return positions.resume();
    } catch (cause) {
      directory.close();
      throw refusalOf(option, path, cause);
    }
  }

  /**
   * Appends lines from number `first` on, one write for each run of lines of one stream. Those that an earlier run has
   * appended are passed over.
   * @returns The number of the first line that found no room; `lines.length` when all did.
   */
  append(lines: LineView, first = 0, kind: number = RECORD.events): number {
    const { positions } = this.#opened!;
    let i = first;
    while (i < lines.length) {
      if (positions.has(lines, i)) {
        i++;
        continue;
      }
      const end = this.#builder.fill(lines, i, kind);
      if (!this.#write(end - i)) return i;
      positions.set(lines.streamAt(i), lines.positionAt(end - 1));
      i = end;
    }
    return i;
  }

  /** Whether a line of so many bytes can never be appended. */
  isTooLarge(bytes: number): boolean {
    return bytes > this.#settings.maxBytes / 4;
  }

  /** The next lines, valid until the next call; `undefined` when there are none. Damage is passed over. */
  take(): StoredLines | undefined {
    return this.#opened?.records.next(this.#next);
  }

  /** Events before this one were shown, or are lost. */
  get seen(): number {
    return this.#opened!.records.expected;
  }

  /** How many events damage has taken since the last call. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** Notes, before it is done, that events before `end` are sent. */
  noteSent(end: number): void {
    if (end <= this.#sent) return;
    this.#sent = end;
    this.#saveCursor();
  }

  /** Notes that all events before `end` have been delivered; segments without others are removed. */
  ack(end: number): void {
    if (end <= this.#acked || this.#opened === undefined) return;
    const { records, segments } = this.#opened;
    this.#acked = end;
    this.#saveCursor();
    if (this.#acked === this.#next) this.#stuckUntil = 0;
    while (records.taken[0] !== undefined && records.taken[0].end <= end)
      this.#delivered = records.taken.shift();
    // The newest one stays: it says how far the streams are.
    for (let second = segments.at(1); second !== undefined; second = segments.at(1)) {
      if (second.first > end || !records.isBehind(segments.at(0)!)) break;
      segments.dropOldest();
      this.#stuckUntil = 0;
    }
  }

  /** Has what was appended reach the disk. Resolves in any case. */
  async sync(): Promise<void> {
    const next = this.#next;
    await this.#opened?.segments.writer?.sync();
    if (next <= this.#synced || this.#isClosed) return;
    this.#synced = next;
    this.#saveCursor();
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#opened?.directory.close();
  }

  /** Takes back what {@link open} has made, where the queue never had an event. After {@link close}. */
  undo(): void {
    if (this.#opened === undefined || this.#opened.segments.count > 0) return;
    const { directory } = this.#opened;
    directory.remove("cursor");
    directory.undo();
  }

  #write(events: number): boolean {
    const now = performance.now();
    if (now < this.#stuckUntil) return false;
    try {
      if (this.#append(events) || (this.#reset() && this.#append(events))) return true;
    } catch (error) {
      this.#stuckUntil = now + STUCK_MS;
      // Delivered events take room until their segment is done with.
      if (this.#tryReset()) return this.#write(events);
      this.#warn("Cannot write to the queue on disk: events wait in memory", { error: codeOrText(error) });
    }
    return false;
  }

  /** @returns Whether there was room. @throws The system's error. */
  #append(events: number): boolean {
    if (!this.#makeRoom(this.#builder.size)) return false;
    const { segments } = this.#opened!;
    segments.append(this.#builder.seal(segments.newest.tag, this.#next));
    this.#next += events;
    return true;
  }

  #tryReset(): boolean {
    try {
      if (!this.#reset()) return false;
      this.#stuckUntil = 0;
      return true;
    } catch {
      return false;
    }
  }

  /** Empties the segment that is written, where all of it was delivered. @returns Whether it did. @throws The system's error. */
  #reset(): boolean {
    const { segments, positions, records } = this.#opened!;
    if (this.#acked < this.#next || segments.writer === undefined) return false;
    const { tag, size } = segments.newest;
    const record = positionsRecord(positions, this.#settings.checkpointId, tag, this.#next);
    if (size <= SEGMENT_BYTES + record.length) return false;
    segments.reset(record);
    records.rewind();
    this.#delivered = undefined;
    return true;
  }

  /** @returns Whether a record of so many bytes may be appended to the newest segment. @throws The system's error. */
  #makeRoom(bytes: number): boolean {
    const { segments, positions, queueId } = this.#opened!;
    const size = segments.writer?.size;
    const isNewDue = size === undefined || (size > SEGMENT_BYTES && size + bytes > this.#segmentBytes);
    const overhead = isNewDue ? SEGMENT_BYTES + RECORD_BYTES + positions.bytes : 0;
    if (segments.bytes + bytes + overhead > this.#settings.maxBytes) return false;
    if (!isNewDue) return true;
    if (segments.count === 0) this.#saveCursor();
    segments.begin(this.#next, queueId);
    segments.append(positionsRecord(positions, this.#settings.checkpointId, segments.newest.tag, this.#next));
    return true;
  }

  #saveCursor(): void {
    const state = { queueId: this.id, acked: this.#acked, sent: this.#sent, end: this.#synced };
    this.#opened!.cursor.write(state);
  }

  #noteLost(events: number): void {
    this.#lost += events;
    this.#say("The queue on disk is damaged: events in it are lost", { events });
  }

  #warn(message: string, fields: object): void {
    const repeated = this.#log.pass();
    if (repeated !== undefined) this.#say(message, { ...fields, ...repeated });
  }

  #noteForeign(file: string, why: string): void {
    this.#say("Left alone a file in the directory of the queue", { file, why });
  }

  #say(message: string, fields: object): void {
    const { exporter, directory, log } = this.#settings;
    log.warn(message, { exporter, directory, ...fields });
  }
}
