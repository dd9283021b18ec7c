/** @module What of a record was written so far: a record with gaps is refused when the program is assembled. */
import type { FieldPlace, Fields, RecordLayout, SegmentPlace, Segments } from "../record/index.ts";

/** Follows the writing of one record of a layout. */
export class RecordProgress<F extends Fields, S extends Segments> {
  readonly #layout: RecordLayout<F, S>;
  readonly #fieldsWritten = new Set<string>();
  /** How many of the segments, from the first, were filled. */
  #segmentsWritten = 0;
  #bound: number;

  constructor(layout: RecordLayout<F, S>) {
    this.#layout = layout;
    this.#bound = layout.headerSize;
  }

  /** The most bytes that the record can have so far: its header and the capacities of its segments. */
  get bound(): number {
    return this.#bound;
  }

  /** The field's place; it counts as written from now on. */
  field(name: keyof F & string): FieldPlace {
    const place = this.#layout.fields[name];
    if (place === undefined) throw new RangeError(`Cannot find field "${name}" in the record`);
    this.#fieldsWritten.add(name);
    return place;
  }

  /** The segment's place; it counts as written, and the bound is behind it, from now on. */
  segment(name: keyof S & string): SegmentPlace {
    const place = this.#layout.segments[name];
    if (place === undefined) throw new RangeError(`Cannot find segment "${name}" in the record`);
    const names = Object.keys(this.#layout.segments);
    const index = names.indexOf(name);
    if (index > this.#segmentsWritten) {
      throw new RangeError(`Cannot fill segment "${name}": "${names[this.#segmentsWritten]}" comes before`);
    }
    // The one that was filled last may be filled again: in another branch, or after it was declared empty.
    if (index < this.#segmentsWritten - 1) {
      throw new RangeError(`Cannot fill segment "${name}": "${names[index + 1]}" is filled already`);
    }
    if (index === this.#segmentsWritten) {
      this.#segmentsWritten++;
      this.#bound += place.capacity;
    }
    return place;
  }

  /**
   * A gap would be read as if it were an event's: bytes of an earlier record.
   * @param isZeroed Whether a field that is not written is 0, not what happens to be there.
   * @throws RangeError when there is one.
   */
  refuseGaps(isZeroed: boolean): void {
    const fields = Object.keys(this.#layout.fields).filter((name) => !this.#fieldsWritten.has(name));
    const segments = Object.keys(this.#layout.segments).slice(this.#segmentsWritten);
    const gaps = [
      ...(isZeroed ? [] : fields.map((name) => `field "${name}"`)),
      ...segments.map((name) => `segment "${name}"`),
    ];
    if (gaps.length > 0) throw new RangeError(`Cannot send the record: nothing is in ${gaps.join(", ")}`);
  }
}
