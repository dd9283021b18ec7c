/**
 * @module The layout of a record: which fields, in which order, and what of variable length follows.
 *
 * One layout serves both sides. A program fills the record in the kernel; {@link RecordView}, derived from
 * the same layout, reads it in place, in the ring buffer. Neither knows an offset that the layout did not
 * give it.
 *
 * ```ts
 * const openRecord = defineRecord({ kind: "u32", pid: "u32", time: "u64" }, { path: 4096 });
 * ```
 *
 * In memory: the fields, naturally aligned; a length for each segment; then the segments' bytes, one after
 * the other, each as long as what it holds. So a record is as long as what it carries.
 */

const FIELD_SIZES = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;
export type FieldType = keyof typeof FIELD_SIZES;

/** Fields of fixed size, in order. */
export type Fields = Readonly<Record<string, FieldType>>;
/** Segments of variable length, in order, with the most bytes each may hold. */
export type Segments = Readonly<Record<string, number>>;

/** Where a field lies. */
export interface FieldPlace {
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
}

/** Where a segment's length (a `u32`) lies, and its limit. */
export interface SegmentPlace {
  readonly lengthOffset: number;
  readonly capacity: number;
}

/** A laid-out record. */
export interface RecordLayout<F extends Fields = Fields, S extends Segments = Segments> {
  readonly fields: { readonly [K in keyof F]: FieldPlace };
  readonly segments: { readonly [K in keyof S]: SegmentPlace };
  /** Bytes before the segments, a multiple of 8. */
  readonly headerSize: number;
  /** Bytes of the longest record. */
  readonly maxSize: number;
}

/** What a view of the record has beside its fields and segments. */
const RESERVED_NAMES = ["at", "hashFrom", "copyFrom", "equalsFrom"] as const;

/**
 * Lays a record out.
 * @throws RangeError when a name is taken: by another field or segment, by a half of a `u64` (`name_low`, `name_high`),
 * or by a method of the view.
 */
export function defineRecord<const F extends Fields, const S extends Segments>(
  fields: F,
  segments: S,
): RecordLayout<F, S> {
  refuseTakenNames(fields, segments);
  let end = 0;
  const place = (size: 1 | 2 | 4 | 8): number => {
    const offset = Math.ceil(end / size) * size;
    end = offset + size;
    return offset;
  };
  const fieldPlaces: Record<string, FieldPlace> = {};
  for (const [name, type] of Object.entries(fields)) {
    const size = FIELD_SIZES[type];
    fieldPlaces[name] = { offset: place(size), size };
  }
  const segmentPlaces: Record<string, SegmentPlace> = {};
  let capacities = 0;
  for (const [name, capacity] of Object.entries(segments)) {
    segmentPlaces[name] = { lengthOffset: place(FIELD_SIZES.u32), capacity };
    capacities += capacity;
  }
  const headerSize = Math.ceil(end / 8) * 8;
  return {
    fields: fieldPlaces as RecordLayout<F, S>["fields"],
    segments: segmentPlaces as RecordLayout<F, S>["segments"],
    headerSize,
    maxSize: headerSize + capacities,
  };
}

function refuseTakenNames(fields: Fields, segments: Segments): void {
  const taken = new Set<string>(RESERVED_NAMES);
  const halves = Object.keys(fields)
    .filter((name) => fields[name] === "u64")
    .flatMap((name) => [`${name}_low`, `${name}_high`]);
  for (const name of [...Object.keys(fields), ...Object.keys(segments), ...halves]) {
    if (taken.has(name)) throw new RangeError(`Cannot define record: the name "${name}" is taken`);
    taken.add(name);
  }
}
