/** @module Fills a record, field by field and segment by segment, and hands it to the ring buffer. */
import { PAGE_SIZE } from "../../os/mapping.ts";
import type { AccessSize, Helper, Register } from "../asm/index.ts";
import type { Fields, RecordLayout, SegmentPlace, Segments } from "../record/index.ts";
import type { Pointer, ProgramBuilder, Scalar } from "./builder.ts";

/**
 * `BPF_RB_NO_WAKEUP`: the reader looks at the ring by itself, so that no event pays for waking it.
 */
const BPF_RB_NO_WAKEUP = 1;

/** Of `<linux/binfmts.h>`: bytes of the longest argument, its NUL included. */
const MAX_ARG_STRLEN = 32 * PAGE_SIZE;

/** The writer's own slots: those of the program may have any name. */
const SLOT = {
  key: Symbol("key"),
  bits: Symbol("bits"),
  start: Symbol("start"),
  end: Symbol("end"),
  segmentStart: Symbol("segment start"),
} as const;

/** Names of the maps that a writer needs. */
export interface RecordMaps {
  /** Ring buffer that the record goes to. */
  readonly ring: string;
  /** Per-CPU array with one `u64`: records that found no room. */
  readonly lost: string;
  /** Per-CPU array whose one value has room for the longest record. */
  readonly scratch: string;
}

/** The writer of a layout. */
export type WriterOf<L> = L extends RecordLayout<infer F, infer S> ? RecordWriter<F, S> : never;

/**
 * Writes one record of `layout`. Open it, fill all fields, and the segments in order, then send it: a record that has
 * gaps is refused when the program is assembled. What is written on one of several ways through the program counts as
 * written; that the other ways write it too is the program's care.
 */
export class RecordWriter<F extends Fields, S extends Segments> {
  readonly #builder: ProgramBuilder;
  readonly #layout: RecordLayout<F, S>;
  readonly #maps: RecordMaps;
  /** Whether a field that is not written is 0, not what happens to be there. */
  readonly #isZeroed: boolean;
  readonly #fieldsWritten = new Set<string>();
  /** How many of the segments, from the first, were filled. */
  #segmentsWritten = 0;
  /** The most that `r8` can be: header and the capacities of the segments so far. */
  #bound: number;

  private constructor(
    builder: ProgramBuilder,
    layout: RecordLayout<F, S>,
    maps: RecordMaps,
    isZeroed: boolean,
  ) {
    this.#builder = builder;
    this.#layout = layout;
    this.#maps = maps;
    this.#isZeroed = isZeroed;
    this.#bound = layout.headerSize;
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
    const key = builder.asm.slot(SLOT.key, 4);
    builder.asm
      .note(`record in ${maps.scratch}`)
      .store(4, "r10", key, 0)
      .loadMap("r1", maps.scratch)
      .set("r2", "r10")
      .alu("r2", "+=", key)
      .call("map_lookup_elem");
    builder.leaveIf("r0", "==", 0);
    builder.asm.set("r7", "r0").set("r8", layout.headerSize);
    return new RecordWriter(builder, layout, maps, true);
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
    writer.#countLost();
    builder.leave();
    asm.label(reserved).set("r7", "r0");
    return writer;
  }

  /** `field` = a constant. */
  constant(field: keyof F & string, value: number): void {
    const { offset, size } = this.#field(field);
    this.#builder.asm.note(field).store(size, "r7", offset, value);
  }

  /** `field` = what a helper without arguments returns. */
  helper(field: keyof F & string, helper: Helper): void {
    this.#builder.asm.note(field).call(helper);
    this.register(field, "r0");
  }

  /** `field` = the low bytes of a register. */
  register(field: keyof F & string, register: Register): void {
    const { offset, size } = this.#field(field);
    this.#builder.asm.store(size, "r7", offset, register);
  }

  /** `field` = the member at `path`. A member that is narrower than its field is zero-extended. */
  read(field: keyof F & string, from: Pointer, path: string): void {
    const { asm, types } = this.#builder;
    const member = types.member(from.struct, path);
    const place = this.#field(field);
    if (member.bits !== undefined) {
      this.#builder.loadSlot("r0", this.#builder.scalar(from, path, SLOT.bits));
      this.register(field, "r0");
      return;
    }
    if (member.size > place.size) {
      throw new RangeError(`Cannot put ${member.text} into "${field}": ${member.size} > ${place.size} bytes`);
    }
    asm.note(`${field} = ${member.text}`);
    const base = this.#builder.chase(from, member.hops);
    if (member.size < place.size) asm.store(place.size, "r7", place.offset, 0);
    this.#builder.setSource(base, member.offset);
    asm.set("r1", "r7").alu("r1", "+=", place.offset).set("r2", member.size).call("probe_read_kernel");
  }

  /** `segment` = the string that the `char *` at `path` points to, without its NUL, cut at the capacity. */
  string(segment: keyof S & string, from: Pointer, path: string): void {
    const { asm } = this.#builder;
    const place = this.#segment(segment);
    const member = this.#builder.pointerMember(from, path);
    asm.note(`${segment} = string ${member.text}`);
    const text = this.#builder.chase(from, [...member.hops, member.offset]);
    this.#builder.setSource(text, 0);
    this.#target(place.capacity);
    asm.call("probe_read_kernel_str");
    this.#clampResult(place.capacity);
    const empty = asm.freshLabel("empty");
    asm.jumpIf("r0", "==", 0, empty).alu("r0", "-=", 1).label(empty);
    asm.store(4, "r7", place.lengthOffset, "r0").alu("r8", "+=", "r0");
  }

  /**
   * `segment` = user memory between the addresses at `startPath` and `endPath`, cut at the capacity, empty
   * when it cannot be read; `sizeField` = how much there was.
   * @param options `skipsString`: what is told begins after the first NUL.
   * @throws RangeError inside of a loop.
   */
  userMemory(
    segment: keyof S & string,
    sizeField: keyof F & string,
    from: Pointer,
    startPath: string,
    endPath: string,
    { skipsString = false } = {},
  ): void {
    const { asm } = this.#builder;
    this.#builder.refuseInLoop("read user memory");
    const place = this.#segment(segment);
    const start = this.#builder.scalar(from, startPath, SLOT.start);
    const end = this.#builder.scalar(from, endPath, SLOT.end);
    const unread = asm.freshLabel("unread");
    if (skipsString) this.#skipString(start, end, { capacity: place.capacity, sizeField, failed: unread });
    asm.note(`${segment} = user memory ${startPath}..${endPath}`);
    this.#builder.loadSlot("r9", end);
    this.#builder.loadSlot("r3", start);
    asm.alu("r9", "-=", "r3");
    this.register(sizeField, "r9");
    const fits = asm.freshLabel("fits");
    const read = asm.freshLabel("read");
    asm.jumpIf("r9", "<=", place.capacity, fits).set("r9", place.capacity).label(fits);
    asm.set("r1", "r7").alu("r1", "+=", "r8").set("r2", "r9").call("probe_read_user");
    asm.jumpIf("r0", "==", 0, read).label(unread).set("r9", 0).label(read);
    asm.store(4, "r7", place.lengthOffset, "r9").alu("r8", "+=", "r9");
  }

  /**
   * Moves `start` behind the first NUL of the user memory there, at most to `end`. The string itself is written to where
   * the segment will be, and overwritten. Where it cannot be read to its end, goes to `failed`: `sizeField` is not 0.
   */
  #skipString(
    start: Scalar,
    end: Scalar,
    { capacity, sizeField, failed }: { capacity: number; sizeField: keyof F & string; failed: string },
  ): void {
    const { asm } = this.#builder;
    const cut = asm.freshLabel("cut");
    const found = asm.freshLabel("found");
    const inside = asm.freshLabel("inside");
    asm.note("skip a string");
    this.#builder.loop(Math.ceil(MAX_ARG_STRLEN / (capacity - 1)), (_again, done) => {
      this.#target(capacity);
      this.#builder.loadSlot("r3", start);
      // Older kernels (5.10 to 6.12 do) answer 0 for an empty string, as if it had no NUL.
      const counted = asm.freshLabel("counted");
      asm.call("probe_read_user_str").jumpIf("r0", "s<", 0, done);
      asm.jumpIf("r0", "!=", 0, counted).set("r0", 1).label(counted);
      this.#builder.loadSlot("r1", start);
      asm.alu("r1", "+=", "r0").jumpIf("r0", ">=", capacity, cut);
      asm.store(8, "r10", start.slot, "r1").jump(found).label(cut);
      // As long as there was room for: its last byte was written as the NUL, which it need not be.
      asm.alu("r1", "-=", 1).store(8, "r10", start.slot, "r1");
    });
    this.constant(sizeField, 1);
    asm.jump(failed).label(found);
    this.#builder.loadSlot("r1", start);
    this.#builder.loadSlot("r2", end);
    asm.jumpIf("r1", "<=", "r2", inside).store(8, "r10", start.slot, "r2").label(inside);
  }

  /**
   * `segment` = strings, each with its NUL, added one at a time.
   *
   * Meanwhile the record's length lives in the record, where the segment's length will be, not in `r8`: what
   * is read from memory has no history, so that the verifier finds all rounds of a loop alike and looks at
   * one. With the history it would follow each sequence of lengths and give up.
   * @param longest Bytes of the longest string, its NUL included.
   * @param fill Is given a function that adds the string which the `char *` at a path points to, and jumps
   * to `full` when the longest one would not fit any more.
   */
  strings(
    segment: keyof S & string,
    longest: number,
    fill: (add: (from: Pointer, path: string, full: string) => void) => void,
  ): void {
    const { asm } = this.#builder;
    const start = asm.slot(SLOT.segmentStart);
    const { lengthOffset } = this.#segment(segment);
    const end = this.#bound;
    asm.note(`${segment} begins`).store(8, "r10", start, "r8").store(4, "r7", lengthOffset, "r8");
    fill((from, path, full) => {
      const member = this.#builder.pointerMember(from, path);
      asm.note(`add string ${member.text}`).load(4, "r8", "r7", lengthOffset);
      asm.jumpIf("r8", ">", end - longest, full);
      const text = this.#builder.chase(from, [...member.hops, member.offset]);
      this.#builder.setSource(text, 0);
      this.#target(longest);
      asm.call("probe_read_kernel_str");
      this.#clampResult(longest);
      asm.alu("r8", "+=", "r0").store(4, "r7", lengthOffset, "r8");
    });
    const bounded = asm.freshLabel("bounded");
    asm.note(`${segment} ends`).load(4, "r8", "r7", lengthOffset);
    asm.jumpIf("r8", "<=", end, bounded).set("r8", end).label(bounded);
    asm.load(8, "r1", "r10", start).set("r2", "r8").alu("r2", "-=", "r1").store(4, "r7", lengthOffset, "r2");
  }

  /** `register` = the first eight bytes of `segment`, which must be the first one; what is shorter is followed by others. */
  loadStart(register: Register, segment: keyof S & string): void {
    if (Object.keys(this.#layout.segments)[0] !== segment) {
      throw new RangeError(
        `Cannot load segment "${segment}": where it begins is known of the first one only`,
      );
    }
    this.#builder.asm.load(8, register, "r7", this.#layout.headerSize);
  }

  /** `segment` = nothing; it may be filled after that. */
  empty(segment: keyof S & string): void {
    this.#builder.asm.note(`${segment} is empty`).store(4, "r7", this.#segment(segment).lengthOffset, 0);
  }

  /**
   * Copies the record to the ring, or counts it as lost.
   * @throws RangeError when the record has gaps.
   */
  output(): void {
    this.#refuseGaps();
    const { asm } = this.#builder;
    const sent = asm.freshLabel("sent");
    asm
      .note(`send ${this.#maps.ring}`)
      .loadMap("r1", this.#maps.ring)
      .set("r2", "r7")
      .set("r3", "r8")
      .set("r4", BPF_RB_NO_WAKEUP)
      .call("ringbuf_output")
      .jumpIf("r0", "==", 0, sent);
    this.#countLost();
    asm.label(sent);
  }

  /**
   * Makes the reserved record visible to the reader.
   * @throws RangeError when the record has gaps.
   */
  submit(): void {
    this.#refuseGaps();
    this.#builder.asm
      .note(`submit ${this.#maps.ring}`)
      .set("r1", "r7")
      .set("r2", BPF_RB_NO_WAKEUP)
      .call("ringbuf_submit");
  }

  /** The field's place; it counts as written from now on. */
  #field(name: keyof F & string): { offset: number; size: AccessSize } {
    const place = this.#layout.fields[name];
    if (place === undefined) throw new RangeError(`Cannot find field "${name}" in the record`);
    this.#fieldsWritten.add(name);
    return place;
  }

  /** The segment's place; it counts as written, and the bound is behind it, from now on. */
  #segment(name: keyof S & string): SegmentPlace {
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

  /** A gap would be told to the reader as if it were an event's: bytes of an earlier record. */
  #refuseGaps(): void {
    const fields = Object.keys(this.#layout.fields).filter((name) => !this.#fieldsWritten.has(name));
    const segments = Object.keys(this.#layout.segments).slice(this.#segmentsWritten);
    const gaps = [
      ...(this.#isZeroed ? [] : fields.map((name) => `field "${name}"`)),
      ...segments.map((name) => `segment "${name}"`),
    ];
    if (gaps.length > 0) throw new RangeError(`Cannot send the record: nothing is in ${gaps.join(", ")}`);
  }

  /** `r1`, `r2` = the end of the record and how many bytes may be written there. */
  #target(size: number): void {
    this.#builder.asm.set("r1", "r7").alu("r1", "+=", "r8").set("r2", size);
  }

  /** Makes the verifier know what is known: `r0` is between 0 and `limit`, an error counting as 0. */
  #clampResult(limit: number): void {
    const { asm } = this.#builder;
    const positive = asm.freshLabel("positive");
    const bounded = asm.freshLabel("bounded");
    asm.jumpIf("r0", "s>", 0, positive).set("r0", 0).label(positive);
    asm.jumpIf("r0", "<=", limit, bounded).set("r0", limit).label(bounded);
  }

  #countLost(): void {
    const { asm } = this.#builder;
    const key = asm.slot(SLOT.key, 4);
    const uncounted = asm.freshLabel("uncounted");
    asm
      .note(`count in ${this.#maps.lost}`)
      .store(4, "r10", key, 0)
      .loadMap("r1", this.#maps.lost)
      .set("r2", "r10")
      .alu("r2", "+=", key)
      .call("map_lookup_elem")
      .jumpIf("r0", "==", 0, uncounted)
      // An interrupt may run another program on this processor meanwhile.
      .set("r1", 1)
      .atomicAdd(8, "r0", 0, "r1")
      .label(uncounted);
  }
}
