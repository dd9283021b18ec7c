/** @module Fills a record, field by field and segment by segment, and hands it to the ring buffer. */
import type { HeldRegister } from "../asm/index.ts";
import type { Fields, RecordLayout, Segments } from "../record/index.ts";
import type { ProgramBuilder } from "./builder.ts";
import { countIn } from "./count.ts";
import type { Pointer } from "./pointer.ts";
import { FieldWriter } from "./record-fields.ts";
import {
  type AddString,
  type CopySource,
  copyBytes,
  readString,
  readStrings,
  type SegmentTarget,
} from "./record-strings.ts";
import { outputToRing, type RecordMaps, ringFlags, scratchKey } from "./ring-output.ts";
import { locateUserMemory, sendBeyond, takeUserMemory, type UserMemory } from "./user-memory.ts";

/** Bytes of a pointer. */
const POINTER_SIZE = 8;

/** The writer's own slot: those of the program may have any name. */
const KEY = Symbol("key");

/** The writer of a layout. */
export type WriterOf<L> = L extends RecordLayout<infer F, infer S> ? RecordWriter<F, S> : never;

/**
 * Writes one record of `layout`. Open it, fill all fields, and the segments in order, then send it: a record that has
 * gaps is refused when the program is assembled. What is written on one of several ways through the program counts as
 * written; that the other ways write it too is the program's care.
 */
export class RecordWriter<F extends Fields, S extends Segments> extends FieldWriter<F, S> {
  readonly #layout: RecordLayout<F, S>;
  readonly #maps: RecordMaps;
  /** Bytes of the record so far, until it is sent; a record that was reserved has one length from the start. */
  readonly #length: HeldRegister | undefined;

  private constructor(
    builder: ProgramBuilder,
    layout: RecordLayout<F, S>,
    maps: RecordMaps,
    hasSegments: boolean,
  ) {
    super(builder, layout);
    this.#layout = layout;
    this.#maps = maps;
    this.#length = hasSegments ? builder.asm.hold("record's length", "r8") : undefined;
  }

  /**
   * A record with segments: built in per-CPU memory, copied to the ring at its real length. That memory begins as
   * zeroes and stays between runs, so a field that the program never writes is 0, unless another layout shares it.
   */
  static inScratch<F extends Fields, S extends Segments>(
    builder: ProgramBuilder,
    layout: RecordLayout<F, S>,
    maps: RecordMaps,
  ): RecordWriter<F, S> {
    builder.asm.note(`record in ${maps.scratch}`);
    const key = scratchKey(builder, maps, KEY);
    builder.asm.loadMap("r1", maps.scratch).set("r2", "r10").alu("r2", "+=", key).call("map_lookup_elem");
    builder.leaveIf("r0", "==", 0);
    const writer = new RecordWriter<F, S>(builder, layout, maps, true);
    builder.asm.set(writer.record, "r0").set(writer.#end, layout.headerSize);
    return writer;
  }

  /** A record without segments: reserved in the ring and filled there. What is not written is whatever was there. */
  static inRing<F extends Fields>(
    builder: ProgramBuilder,
    layout: RecordLayout<F, Record<never, number>>,
    maps: RecordMaps,
  ): RecordWriter<F, Record<never, number>> {
    const { asm } = builder;
    const writer = new RecordWriter(builder, layout, maps, false);
    const reserved = asm.freshLabel("reserved");
    asm
      .note(`record in ${maps.ring}`)
      .loadMap("r1", maps.ring)
      .set("r2", layout.headerSize)
      .set("r3", 0)
      .call("ringbuf_reserve")
      .jumpIf("r0", "!=", 0, reserved);
    countIn(builder, maps.lost);
    builder.leave();
    asm.label(reserved).set(writer.record, "r0");
    return writer;
  }

  /** `segment` = the string that the `char *` at `path` points to, without its NUL, cut at the capacity. */
  string(segment: keyof S & string, from: Pointer, path: string): void {
    readString(this.builder, this.#target(segment), from, path);
  }

  /**
   * `segment` = user memory between the addresses at `startPath` and `endPath`, cut at the capacity, empty
   * when it cannot be read; `sizeField` = how much there was.
   * @param options `skipsString`: what is recorded begins after the first NUL.
   * @throws RangeError when no register is left to count in.
   */
  userMemory(
    segment: keyof S & string,
    sizeField: keyof F & string,
    from: Pointer,
    startPath: string,
    endPath: string,
    { skipsString = false } = {},
  ): void {
    this.takeUserMemory(segment, sizeField, this.locateUserMemory(from, startPath, endPath, { skipsString }));
  }

  /**
   * Finds user memory between the addresses at `startPath` and `endPath`, for {@link takeUserMemory}. The next one that
   * is found takes its place.
   * @param options `skipsString`: it begins after the first NUL.
   * @throws RangeError when no register is left to count in.
   */
  locateUserMemory(
    from: Pointer,
    startPath: string,
    endPath: string,
    { skipsString = false } = {},
  ): UserMemory {
    const room = this.#layout.maxSize - this.progress.bound;
    const at = { record: this.record, end: this.#end, room };
    return locateUserMemory(this.builder, at, { from, startPath, endPath, skipsString });
  }

  /**
   * `segment` = user memory that was located, cut at the capacity, empty when it cannot be read; `sizeField` = how much
   * there was.
   */
  takeUserMemory(segment: keyof S & string, sizeField: keyof F & string, memory: UserMemory): void {
    const target = { ...this.#target(segment), size: this.progress.field(sizeField), sizeField };
    takeUserMemory(this.builder, target, memory);
  }

  /**
   * Sends what of located user memory will not fit `segment`, up to `limit` bytes with what does: in records that have
   * the fields which were written so far, `offsetField`, where what they have begins, and that segment alone. To be used
   * before a segment is filled.
   */
  sendBeyond(
    segment: keyof S & string,
    offsetField: keyof F & string,
    memory: UserMemory,
    limit: number,
  ): void {
    const { capacity, lengthOffset } = this.#layout.segments[segment]!;
    const beyond = { record: this.record, end: this.#end, layout: this.#layout, capacity, lengthOffset };
    const { offset } = this.progress.field(offsetField);
    sendBeyond(this.builder, beyond, memory, { limit, offset, send: (done) => this.#outputOr(done) });
  }

  /**
   * `segment` = strings, each with its NUL, added one at a time.
   * @param longest Bytes of the longest string, its NUL included.
   * @param fill Is given a function that adds the string which a `char *` points to, and jumps to `full` when the longest
   * one would not fit any more.
   * @param options `shortest`: bytes of the shortest one that is kept, its NUL included.
   */
  strings(
    segment: keyof S & string,
    longest: number,
    fill: (add: AddString) => void,
    { shortest = 0 } = {},
  ): void {
    const target = this.#target(segment);
    readStrings(this.builder, target, { longest, shortest, bound: this.progress.bound }, fill);
  }

  /**
   * The same pointer as a plain number to the verifier, which keeps no types of what is in the record. In a loop, each round
   * has to look alike to it.
   * @throws RangeError when the record was reserved.
   */
  untyped(pointer: Pointer): Pointer {
    if (!pointer.isTyped) return pointer;
    // The last bytes, where only the last segment will ever be.
    const place = this.#layout.maxSize - POINTER_SIZE;
    const { asm } = this.builder;
    if (this.#length === undefined)
      throw new RangeError(`Cannot keep "${pointer.name}" in a record of one length`);
    asm.note(`${pointer.name} as a number`).load(8, "r1", "r10", pointer.slot);
    asm
      .store(8, this.record, place, "r1")
      .load(8, "r1", this.record, place)
      .store(8, "r10", pointer.slot, "r1");
    return { ...pointer, isTyped: false };
  }

  /** `segment` = bytes that lie elsewhere in the kernel's memory, cut at the capacity. */
  bytes(segment: keyof S & string, source: CopySource): void {
    copyBytes(this.builder, this.#target(segment), source);
  }

  /** `segment` = nothing; it may be filled after that. */
  empty(segment: keyof S & string): void {
    this.builder.asm
      .note(`${segment} is empty`)
      .store(4, this.record, this.progress.segment(segment).lengthOffset, 0);
  }

  /**
   * Copies the record to the ring, or counts it as lost.
   * @param onLost Adds code for one that is. Uses `r0` to `r5`.
   * @throws RangeError when the record has gaps.
   */
  output(onLost?: () => void): void {
    this.progress.refuseGaps(true);
    this.#outputOr(undefined, onLost);
    this.#free();
  }

  /**
   * Puts the record into a map, to be sent by another program: `lengthField` says how much of the value it is.
   * @param keySlot Where on the stack the key is.
   * @throws RangeError when the record has gaps.
   */
  keep(map: string, keySlot: number, lengthField: keyof F & string): void {
    this.register(lengthField, this.#end);
    this.progress.refuseGaps(true);
    this.builder.mapUpdateFrom(map, keySlot, this.record);
    this.#free();
  }

  /** Copies the record to the ring. One that finds no room is counted, and the program goes on at `lost`. */
  #outputOr(lost?: string, onLost?: () => void): void {
    outputToRing(this.builder, this.#maps, { record: this.record, size: this.#end, lost, onLost });
  }

  /**
   * Makes the reserved record visible to the reader.
   * @throws RangeError when the record has gaps.
   */
  submit(): void {
    this.progress.refuseGaps(false);
    this.builder.asm
      .note(`submit ${this.#maps.ring}`)
      .set("r1", this.record)
      .set("r2", ringFlags(this.#maps))
      .call("ringbuf_submit");
    this.#free();
  }

  /** The register that holds the record's length. */
  get #end(): HeldRegister {
    if (this.#length === undefined)
      throw new RangeError("Cannot add to the record: it was reserved at its length");
    return this.#length;
  }

  /** The record is sent: its registers are another one's from now on. */
  #free(): void {
    this.record[Symbol.dispose]();
    this.#length?.[Symbol.dispose]();
  }

  /** Where the segment goes, which comes next. */
  #target(name: keyof S & string): SegmentTarget {
    return { record: this.record, end: this.#end, segment: this.progress.segment(name), name };
  }
}
