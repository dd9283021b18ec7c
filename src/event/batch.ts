/**
 * @module A batch of events on its way from a source to the exporters.
 *
 * One batch is one read. An event comes in as bytes, or as a value.
 *
 * Bytes stay where the source read them; the batch holds their offsets, so that an event which no stage changes
 * leaves as the very bytes it came in. A value is what the agent itself saw happen: stages work on it as an object,
 * without parsing anything, and text is made of it when an exporter wants text, once. All arrays are made once and
 * reused.
 */
import type { JsonObject } from "../lib/json/object.ts";
import type { CountedValues } from "./counted-values.ts";
import type { Edit } from "./edit/edit.ts";
import { encode } from "./encode.ts";
import { TEXT, WHOLE } from "./line-state.ts";
import { type LineView, NO_STREAM } from "./line-view.ts";
import type { MessageWriter } from "./message-writer.ts";

export { TEXT, WHOLE } from "./line-state.ts";
export { type LineView, NO_STREAM } from "./line-view.ts";

/** Lines in one batch at most. A source ends the batch when it is full. */
export const BATCH_CAPACITY = 1024;

/**
 * The events of one batch as their source saw them. They stay as they are until the source begins its next batch.
 * What {@link object} and {@link writeLine} make of an event is the same JSON.
 */
export interface EventValues {
  /**
   * Event number `place` as the object that `JSON.parse` would make of its text. The event, what is in it and the
   * processes there (with their environment) are the caller's to change; what lies deeper is shared, and may be
   * replaced only.
   */
  object(place: number): JsonObject;
  /**
   * Makes the text of event `i` of `batch`, which is {@link TEXT}`.ofValue`: a line of JSON behind those that were made
   * before, in a buffer which becomes the batch's {@link EventBatch.bytes}.
   */
  writeLine(batch: EventBatch, i: number): void;
  /**
   * Writes event number `place` as the message `GetEventsResponse`, without its length, by what `writer` does, whose
   * offsets begin at `at`. It says what {@link object} says, as far as the API has fields for it. Sources that cannot do
   * it faster than by the object leave it out.
   * @returns The offset after the message.
   */
  writeProtobuf?(place: number, writer: MessageWriter, at: number): number;
  /** What {@link object} says, faster; left out by sources that cannot. */
  readonly counted?: CountedValues;
}

/**
 * Events as line ranges over two buffers: `bytes`, which the source owns and does not touch until the batch
 * has been written, and `rewritten`, which holds the new text of events that a stage changed.
 *
 * A line's range includes its newline: `[start, end)`, `buffer[end - 1] === 0x0a`. Events that have no text yet get
 * theirs by {@link makeText}; before that, none may be read as a line.
 */
export class EventBatch implements LineView {
  /** What the source read. Replaced by the source when it needs more room. */
  bytes: Uint8Array;
  /** Text of changed events. Grown by {@link rewrite}. */
  rewritten: Uint8Array = new Uint8Array(0);
  /** Bytes of `rewritten` in use. */
  rewrittenLength = 0;
  /** Lines in the batch. Stages that drop lines compact the arrays and lower it. */
  count = 0;
  /** Checkpoint slot of the stream that the lines came from, or {@link NO_STREAM}. */
  stream: number = NO_STREAM;
  /** Position in the stream after the last line that was read, dropped lines included. */
  endPosition = 0;
  /** The events that come as values: what the agent saw itself, which nobody needs to validate. */
  values: EventValues | undefined = undefined;
  /** Offset of each line's first byte. */
  readonly start: Uint32Array = new Uint32Array(BATCH_CAPACITY);
  /** Offset after each line's newline. */
  readonly end: Uint32Array = new Uint32Array(BATCH_CAPACITY);
  /** One of {@link TEXT} for each event. */
  readonly text: Uint8Array = new Uint8Array(BATCH_CAPACITY);
  /** One of {@link WHOLE} for each line as it was read. */
  readonly whole: Uint8Array = new Uint8Array(BATCH_CAPACITY);
  /** Number of each event that came as a value, among {@link values}. */
  readonly place: Uint16Array = new Uint16Array(BATCH_CAPACITY);
  /** Position in the stream after each line: where a restart resumes once the line has been exported. */
  readonly position: Float64Array = new Float64Array(BATCH_CAPACITY);
  /** Whether a character may be written by its number in a line that was not decoded, as in `\u0061`. */
  hasNumbered = true;
  /** Decoded events; `undefined` where nothing asked for them. */
  readonly event: (JsonObject | undefined)[] = new Array(BATCH_CAPACITY).fill(undefined);
  /** Whether there may be events without text. */
  #lacksText = false;

  /** @param bytes The buffer that the source reads into. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Whether {@link push} has room. */
  get isFull(): boolean {
    return this.count === BATCH_CAPACITY;
  }

  /** Forgets all lines; buffers are kept. */
  clear(): void {
    this.count = 0;
    this.rewrittenLength = 0;
    this.#lacksText = false;
  }

  /**
   * Adds the line `bytes[start, end)`; `end` is after its newline.
   * @param position Where a restart resumes once this line has been exported.
   */
  push(start: number, end: number, position: number): void {
    const i = this.count++;
    this.start[i] = start;
    this.end[i] = end;
    this.position[i] = position;
    this.text[i] = TEXT.read;
    this.whole[i] = WHOLE.unknown;
    this.event[i] = undefined;
  }

  /** Adds event number `place` of {@link values}; for `position` see {@link push}. */
  pushValue(place: number, position: number): void {
    this.push(place, place, position);
    this.text[this.count - 1] = TEXT.ofValue;
    this.place[this.count - 1] = place;
    this.#lacksText = true;
  }

  /** Adds an event that comes from nowhere but the agent. Its text is made of the object. */
  pushObject(event: JsonObject): void {
    this.push(0, 0, 0);
    this.change(this.count - 1, event);
  }

  /** Whether event `i` is a value: it came without text. */
  isValue(i: number): boolean {
    return this.text[i]! >= TEXT.ofValue;
  }

  /** Whether event `i` came as a value, which no stage has changed: number {@link place} of {@link values} says the same. */
  isUnchangedValue(i: number): boolean {
    const state = this.text[i];
    return this.values !== undefined && (state === TEXT.ofValue || state === TEXT.read);
  }

  /** Puts another event in the place of event `i`, whose text is made anew. */
  change(i: number, event: JsonObject): void {
    this.event[i] = event;
    this.text[i] = TEXT.ofObject;
    this.#lacksText = true;
  }

  /** Makes the text of all events that have none. @throws RangeError for an object that is nested too deeply. */
  makeText(): void {
    if (!this.#lacksText) return;
    this.#lacksText = false;
    const { count } = this;
    for (let i = 0; i < count; i++) this.makeTextOf(i);
  }

  /** Makes the text of event `i`, if it has none. @throws RangeError as {@link makeText}. */
  makeTextOf(i: number): void {
    const state = this.text[i];
    if (state === TEXT.ofValue) this.values!.writeLine(this, i);
    else if (state === TEXT.ofObject) this.rewrite(i, encode(this.event[i]!));
  }

  /** Copies line `from` to place `to`, for stages that drop lines in between. */
  move(from: number, to: number): void {
    if (from === to) return;
    this.start[to] = this.start[from]!;
    this.end[to] = this.end[from]!;
    this.position[to] = this.position[from]!;
    this.text[to] = this.text[from]!;
    this.whole[to] = this.whole[from]!;
    this.place[to] = this.place[from]!;
    this.event[to] = this.event[from];
  }

  /**
   * Makes `other` a batch of the same events, which stages may change without changing this one. Both share what the
   * source read, for as long as this batch lasts.
   */
  copyTo(other: EventBatch): void {
    const { count } = this;
    other.clear();
    for (let i = 0; i < count; i++) if (this.text[i] === TEXT.ofObject) this.makeTextOf(i);
    other.reserve(this.rewrittenLength);
    other.rewritten.set(this.rewritten.subarray(0, this.rewrittenLength));
    other.rewrittenLength = this.rewrittenLength;
    const { bytes, values, stream, endPosition } = this;
    Object.assign(other, { bytes, values, stream, endPosition, count });
    for (const name of ["start", "end", "text", "whole", "place", "position"] as const) {
      other[name].set(this[name].subarray(0, count) as never);
    }
    for (let i = 0; i < count; i++) {
      // A value that has become text is decoded: nothing else would, in a batch of values.
      const isText = this.values !== undefined && !this.isValue(i);
      other.event[i] = isText ? (JSON.parse(decoder.decode(this.line(i))) as JsonObject) : undefined;
    }
    other.#lacksText = this.#lacksText;
  }

  /** The buffer that line `i` lies in. */
  bufferAt(i: number): Uint8Array {
    return this.text[i] === TEXT.rewritten ? this.rewritten : this.bytes;
  }

  get length(): number {
    return this.count;
  }

  startAt(i: number): number {
    return this.start[i]!;
  }

  endAt(i: number): number {
    return this.end[i]!;
  }

  streamAt(): number {
    return this.stream;
  }

  positionAt(i: number): number {
    return this.position[i]!;
  }

  isWholeAt(i: number): boolean {
    return this.text[i] === TEXT.read && this.whole[i] === WHOLE.yes && this.values === undefined;
  }

  /** The bytes of line `i`, newline included: a view, valid as long as the batch. */
  line(i: number): Uint8Array {
    return this.bufferAt(i).subarray(this.start[i]!, this.end[i]!);
  }

  /** Makes room for so many more bytes in {@link rewritten}. */
  reserve(bytes: number): void {
    const needed = this.rewrittenLength + bytes;
    if (needed <= this.rewritten.length) return;
    const larger = new Uint8Array(Math.max(needed, this.rewritten.length * 2, 65536));
    larger.set(this.rewritten.subarray(0, this.rewrittenLength));
    this.rewritten = larger;
  }

  /**
   * Replaces line `i` by what `edits` make of it.
   * @param line Where the bytes are that the edits count in: those of the line, or a copy.
   * @param edits In ascending order, none within another.
   */
  edit(
    i: number,
    line: { readonly bytes: Uint8Array; readonly start: number; readonly end: number },
    edits: readonly Edit[],
  ): void {
    const isOwn = line.bytes === this.rewritten;
    this.reserve(edits.reduce((bytes, { text }) => bytes + text.length * 3, line.end - line.start));
    const from = isOwn ? this.rewritten : line.bytes;
    const begin = this.rewrittenLength;
    let to = begin;
    let copied = line.start;
    for (const { start, end, text } of edits) {
      this.rewritten.set(from.subarray(copied, start), to);
      to += start - copied;
      if (text !== "") to += encoder.encodeInto(text, this.rewritten.subarray(to)).written;
      copied = end;
    }
    this.rewritten.set(from.subarray(copied, line.end), to);
    to += line.end - copied;
    this.rewrittenLength = to;
    this.#rewrote(i, begin, to);
  }

  /** Replaces line `i` by `text`, one JSON document without a newline, and a newline. */
  rewrite(i: number, text: string): void {
    this.reserve(text.length * 3 + 1);
    const begin = this.rewrittenLength;
    const { written } = encoder.encodeInto(text, this.rewritten.subarray(begin));
    this.rewritten[begin + written] = NEWLINE;
    this.rewrittenLength = begin + written + 1;
    this.#rewrote(i, begin, this.rewrittenLength);
  }

  #rewrote(i: number, start: number, end: number): void {
    this.start[i] = start;
    this.end[i] = end;
    this.text[i] = TEXT.rewritten;
  }
}

const NEWLINE = 0x0a;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
