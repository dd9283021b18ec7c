/**
 * @module Reads a BPF ring buffer in place.
 *
 * The kernel shows the ring as pages: the reader's position (which the reader writes), the writers' position,
 * and the data, mapped twice in a row so that a record which wraps around is whole. See the kernel's
 * `Documentation/bpf/ringbuf.rst` and `kernel/bpf/ringbuf.c`.
 */
import { Mapping, PAGE_SIZE, PROT } from "../../os/mapping.ts";

/** `BPF_RINGBUF_HDR_SZ`: before each record, its length and flags, then 4 bytes that are the kernel's. */
export const RECORD_HEADER_SIZE = 8;
/** `BPF_RINGBUF_BUSY_BIT`: the writer is not done. */
const BUSY = 0x80000000;
/** `BPF_RINGBUF_DISCARD_BIT`: the writer changed its mind. */
const DISCARDED = 0x40000000;
const LENGTH_MASK = ~(BUSY | DISCARDED);

/** Records that are read before the kernel is told that their room is free again: these, or what fills an eighth. */
const RELEASE_INTERVAL = 128;
const RELEASE_SHARE = 8;

/** Milliseconds to wait for a record that is being written, which takes a program microseconds. */
const BUSY_WAIT = 10;

const IS_ARM = process.arch === "arm64";

/** Takes the record of `length` bytes at `offset` of {@link RingBuffer.memory}. Its bytes are gone after that. */
export type RecordHandler = (offset: number, length: number) => void;

/** The reading end of a ring buffer. There may be one only. */
export class RingBuffer implements Disposable {
  /** The ring, for views: offsets that handlers are given refer to it. */
  readonly memory: ArrayBuffer;
  readonly #consumer: Mapping;
  readonly #producer: Mapping;
  readonly #consumerPosition: BigUint64Array;
  readonly #words: Uint32Array;
  readonly #ownWord = new Int32Array(1);
  readonly #mask: number;
  #isClosed = false;
  /** Bytes read since the ring was made. */
  #position: number;

  /**
   * @param fd Of a map of type `BPF_MAP_TYPE_RINGBUF`, which must stay open.
   * @param size The map's `max_entries`.
   * @param longestRecord Bytes of the longest record, its header included. The second mapping of the data, which
   * counts as resident memory like the first, is no longer than that.
   * @throws SystemCallError when the pages cannot be mapped.
   */
  constructor(fd: number, size: number, longestRecord = size) {
    const overlap = Math.min(Math.ceil(longestRecord / PAGE_SIZE) * PAGE_SIZE, size);
    this.#consumer = new Mapping(fd, PAGE_SIZE, PROT.READ | PROT.WRITE, 0);
    try {
      this.#producer = new Mapping(fd, PAGE_SIZE + size + overlap, PROT.READ, PAGE_SIZE);
    } catch (error) {
      this.#consumer[Symbol.dispose]();
      throw error;
    }
    this.memory = this.#producer.buffer;
    this.#consumerPosition = new BigUint64Array(this.#consumer.buffer, 0, 1);
    this.#words = new Uint32Array(this.memory);
    this.#mask = size - 1;
    this.#position = Number(this.#consumerPosition[0]);
  }

  /** Bytes of records that wait to be read, their headers included. */
  get pendingBytes(): number {
    if (this.#isClosed) return 0;
    // The positions are 64 bits wide, but never more than the ring's size apart: 32 bits tell the distance.
    return (this.#words[0]! - (this.#position >>> 0)) >>> 0;
  }

  /**
   * Hands records to `handle`, oldest first, until none is ready, `limit` were read, or `handle` closes the ring. Where
   * `handle` throws, so does this; the record counts as read.
   * @returns How many were read.
   */
  read(handle: RecordHandler, limit: number = Number.MAX_SAFE_INTEGER): number {
    const releaseBytes = (this.#mask + 1) / RELEASE_SHARE;
    let count = 0;
    let unreleased = 0;
    let unreleasedBytes = 0;
    let pending = 0;
    try {
      while (count < limit && !this.#isClosed) {
        if (pending === 0) {
          pending = this.pendingBytes;
          if (pending === 0) break;
          this.#fence();
        }
        const at = PAGE_SIZE + (this.#position % (this.#mask + 1));
        const header = this.#words[at >>> 2]!;
        if ((header & BUSY) !== 0) break;
        this.#fence();
        const length = header & LENGTH_MASK;
        const advance = (RECORD_HEADER_SIZE + length + 7) & ~7;
        // Before the record is handled, or one whose handler throws would be the next one for ever.
        this.#position += advance;
        pending -= advance;
        unreleased++;
        unreleasedBytes += advance;
        if ((header & DISCARDED) === 0) {
          handle(at + RECORD_HEADER_SIZE, length);
          count++;
        }
        if (unreleased === RELEASE_INTERVAL || unreleasedBytes >= releaseBytes) {
          this.#release();
          unreleased = 0;
          unreleasedBytes = 0;
        }
      }
    } finally {
      if (unreleased > 0) this.#release();
    }
    return count;
  }

  /**
   * Shows `inspect` every record, and leaves them all where they are. Waits a moment for one that is being written;
   * from one that stays so on, none is shown.
   */
  peek(inspect: RecordHandler): void {
    let remaining = this.pendingBytes;
    let position = this.#position;
    this.#fence();
    while (remaining > 0 && !this.#isClosed) {
      const at = PAGE_SIZE + (position % (this.#mask + 1));
      const header = this.#awaitHeader(at);
      if ((header & BUSY) !== 0) return;
      this.#fence();
      const length = header & LENGTH_MASK;
      if ((header & DISCARDED) === 0) inspect(at + RECORD_HEADER_SIZE, length);
      const advance = (RECORD_HEADER_SIZE + length + 7) & ~7;
      position += advance;
      remaining -= advance;
    }
  }

  /** The header at `at`, read until its record is written or {@link BUSY_WAIT} is over. */
  #awaitHeader(at: number): number {
    let header = this.#words[at >>> 2]!;
    if ((header & BUSY) === 0) return header;
    const deadline = performance.now() + BUSY_WAIT;
    do {
      this.#fence();
      header = this.#words[at >>> 2]!;
    } while ((header & BUSY) !== 0 && performance.now() < deadline);
    return header;
  }

  /**
   * Keeps what is read after it from being read before what was read before it. On x86-64 an atomic addition is a
   * barrier in both directions. On arm64 what went before is done by its store, and what follows begins after its load,
   * which comes first: so the two may pass each other inside of one addition, but not of two. An atomic load would do
   * less; and it may not be done to the ring itself: JavaScriptCore compiles `Atomics.load` to an exchange.
   */
  #fence(): void {
    Atomics.add(this.#ownWord, 0, 0);
    if (IS_ARM) Atomics.add(this.#ownWord, 0, 0);
  }

  #release(): void {
    if (this.#isClosed) return;
    Atomics.store(this.#consumerPosition, 0, BigInt(this.#position));
  }

  /** Unmaps the ring: views of {@link memory} must not be used after that. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#consumer[Symbol.dispose]();
    this.#producer[Symbol.dispose]();
  }
}
