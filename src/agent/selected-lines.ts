/** @module The events of a batch that one subscriber's filter lets through. */
import type { EventLines } from "../component/subscriber.ts";
import type { EventSelection } from "../encoding/encoding.ts";
import { BATCH_CAPACITY, EventBatch } from "../event/batch.ts";

/** A selection of lines as lines: no text is copied. Made once for each subscriber, and reused. */
export class SelectedLines implements EventLines, EventSelection {
  count = 0;
  readonly numbers: Uint16Array = new Uint16Array(BATCH_CAPACITY);
  /** What the numbers are of. */
  lines: EventLines = new EventBatch(new Uint8Array(0));

  get length(): number {
    return this.count;
  }

  get stream(): number {
    return this.lines.stream;
  }

  get endPosition(): number {
    return this.lines.endPosition;
  }

  bufferAt(i: number): Uint8Array {
    return this.lines.bufferAt(this.numbers[i]!);
  }

  startAt(i: number): number {
    return this.lines.startAt(this.numbers[i]!);
  }

  endAt(i: number): number {
    return this.lines.endAt(this.numbers[i]!);
  }

  streamAt(i: number): number {
    return this.lines.streamAt(this.numbers[i]!);
  }

  positionAt(i: number): number {
    return this.lines.positionAt(this.numbers[i]!);
  }

  isWholeAt(i: number): boolean {
    return this.lines.isWholeAt(this.numbers[i]!);
  }
}
