/** @module The lines of container logs, whose parts are joined before they are put into a batch. */
import { type EventBatch, TEXT } from "../event/batch.ts";
import { isBlank, skipFiller } from "./blank.ts";
import { CriJoiner, JoinBudget } from "./cri-joiner.ts";
import { type CriLine, parseCriLine } from "./cri-line.ts";
import type { LineCursor } from "./line-cursor.ts";
import { countTooLong, type LineSplitterSettings } from "./line-limit.ts";
import { mayWrap, unwrap } from "./wrapped-line.ts";

const NEWLINE = 0x0a;
const OPENING_BRACE = 0x7b;

/** Puts the text of container log lines into a batch. */
export class CriLines {
  readonly #batch: EventBatch;
  readonly #settings: LineSplitterSettings;
  readonly #budget: JoinBudget;
  readonly #line: CriLine = { stream: 0, isPartial: false, text: 0 };

  constructor(batch: EventBatch, settings: LineSplitterSettings) {
    this.#batch = batch;
    this.#settings = settings;
    this.#budget = new JoinBudget(settings.maxLineBytes);
  }

  /**
   * Takes a line of the batch's bytes.
   * @returns Whether it is one of a container log.
   */
  take(cursor: LineCursor, bytes: Uint8Array, start: number, newline: number, position: number): boolean {
    if (!parseCriLine(bytes, start, newline, this.#line)) return false;
    const { stream, isPartial } = this.#line;
    const { joiner } = cursor;
    const isFirst = joiner === undefined || !joiner.isOpen(stream);
    const text = isFirst ? skipFiller(bytes, this.#line.text, newline) : this.#line.text;
    if (!isPartial && isFirst) {
      if (text === newline) return true;
      this.#settings.counters.read++;
      this.#batch.push(text, newline + 1, position);
      return true;
    }
    const parts = this.#joinerOf(cursor);
    if (!parts.append(stream, bytes.subarray(text, newline))) countTooLong(this.#settings);
    if (!isPartial) this.#takeJoined(parts, stream, position);
    return true;
  }

  /**
   * Takes a line that wraps another.
   * @returns Whether it does.
   */
  takeWrapped(
    cursor: LineCursor,
    bytes: Uint8Array,
    start: number,
    newline: number,
    position: number,
  ): boolean {
    const wrapped = unwrap(bytes, start, newline);
    if (wrapped === undefined) return false;
    const { text, isPartial } = wrapped;
    const parts = this.#joinerOf(cursor);
    const stream = parts.slotOf(wrapped.stream);
    // Parts of more streams than can be joined at once are no events.
    if (stream === undefined) return false;
    if (!parts.append(stream, text)) countTooLong(this.#settings);
    if (!isPartial) this.#takeJoined(parts, stream, position);
    return true;
  }

  /** A line that was exported before: only the parts of a line that was not are of use. */
  takeSilently(cursor: LineCursor, bytes: Uint8Array, begin: number, newline: number): void {
    const line = this.#line;
    const start = skipFiller(bytes, begin, newline);
    if (bytes[start] === OPENING_BRACE) {
      if (mayWrap(bytes, start)) this.#takeWrappedSilently(cursor, bytes, start, newline);
      return;
    }
    if (!parseCriLine(bytes, start, newline, line)) return;
    if (line.isPartial) this.#joinerOf(cursor).append(line.stream, bytes.subarray(line.text, newline));
    else cursor.joiner?.clear(line.stream);
  }

  /** Takes parts whose rest will not come. @returns Whether the batch has got lines. */
  finish(cursor: LineCursor): boolean {
    const { joiner } = cursor;
    if (joiner === undefined) return false;
    const before = this.#batch.count;
    for (const stream of [0, 1] as const) {
      if (joiner.isOpen(stream)) this.#takeJoined(joiner, stream, cursor.position);
    }
    return this.#batch.count > before;
  }

  #takeWrappedSilently(cursor: LineCursor, bytes: Uint8Array, start: number, newline: number): void {
    const wrapped = unwrap(bytes, start, newline);
    const stream = wrapped && this.#joinerOf(cursor).slotOf(wrapped.stream);
    if (stream === undefined) return;
    if (wrapped!.isPartial) this.#joinerOf(cursor).append(stream, wrapped!.text);
    else cursor.joiner?.clear(stream);
  }

  #joinerOf(cursor: LineCursor): CriJoiner {
    cursor.joiner ??= new CriJoiner(this.#budget);
    return cursor.joiner;
  }

  #takeJoined(parts: CriJoiner, stream: 0 | 1, position: number): void {
    const text = parts.text(stream);
    if (text !== undefined && !isBlank(text, 0, text.length)) {
      this.#settings.counters.read++;
      pushCopy(this.#batch, text, position);
    }
    parts.clear(stream);
  }
}

/** Adds a line whose text is not in the batch's bytes: a copy with a newline, as if a stage had rewritten it. */
function pushCopy(batch: EventBatch, text: Uint8Array, position: number): void {
  const start = batch.rewrittenLength;
  const end = start + text.length + 1;
  if (end > batch.rewritten.length) {
    const larger = new Uint8Array(Math.max(end, batch.rewritten.length * 2));
    larger.set(batch.rewritten.subarray(0, start));
    batch.rewritten = larger;
  }
  batch.rewritten.set(text, start);
  batch.rewritten[end - 1] = NEWLINE;
  batch.rewrittenLength = end;
  batch.push(start, end, position);
  batch.text[batch.count - 1] = TEXT.rewritten;
}
