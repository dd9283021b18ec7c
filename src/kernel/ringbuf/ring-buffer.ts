/**
 * @module Reads a BPF ring buffer in place.
 *
 * The kernel shows the ring as pages: the reader's position (which the reader writes), the writers' position,
 * and the data, mapped twice in a row so that a record which wraps around is whole. See the kernel's
 * `Documentation/bpf/ringbuf.rst` and `kernel/bpf/ringbuf.c`.
 */
import { Mapping, PAGE_SIZE, PROT } from "../../os/mapping.ts";
import { pollReadable } from "../../os/poll.ts";

/** `BPF_RINGBUF_HDR_SZ`: before each record, its length and flags, then 4 bytes that are the kernel's. */
export const RECORD_HEADER_SIZE = 8;
/** `BPF_RINGBUF_BUSY_BIT`: the writer is not done. */
const BUSY = 0x80000000;
/** `BPF_RINGBUF_DISCARD_BIT`: the writer changed its mind. */
const DISCARDED = 0x40000000;
const LENGTH_MASK = ~(BUSY | DISCARDED);

/** Records that are read before the kernel learns that their room is free again: these, or what fills an eighth. */
const RELEASE_INTERVAL = 128;
const RELEASE_SHARE = 8;

/**
 * Milliseconds to wait for a record that is being written. It takes a program microseconds, unless its processor is taken
 * away meanwhile: a virtual one by its host.
 */
const BUSY_WAIT = 250;

const IS_ARM = process.arch === "arm64";

/**
 * What is wrong with a ring, which no kernel should ever do: the writers' position is behind the reader's, or farther
 * ahead than the ring is long (`positions`); or a record is longer than what was written, or than the longest (`length`).
 */
export interface RingFault {
  readonly kind: "positions" | "length";
  /** Bytes read since the ring was made, up to there. */
  readonly position: number;
  /** Distance of the writers' position. */
  readonly pending: number;
  /** The header that makes no sense, of `length`. */
  readonly header?: number;
}

/** Takes the record of `length` bytes at `offset` of {@link RingBuffer.memory}. Its bytes are gone after that. */
export type RecordHandler = (offset: number, length: number) => void;

/** The reading end of a ring buffer. There may be one only. */
export class RingBuffer implements Disposable {
  /** The ring, for views: offsets that handlers are given refer to it. */
  readonly memory: ArrayBuffer;
  /** The map's descriptor: whoever waits for several things polls it for reading. */
  readonly fd: number;
  readonly #consumer: Mapping;
  readonly #producer: Mapping;
  readonly #consumerPosition: BigUint64Array;
  readonly #words: Uint32Array;
  readonly #ownWord = new Int32Array(1);
  readonly #size: number;
  /** Bytes of {@link memory}: asking the buffer itself costs as much as reading a record. */
  readonly #end: number;
  #isClosed = false;
  #fault: RingFault | undefined;
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
    this.fd = fd;
    this.#consumer = new Mapping(fd, PAGE_SIZE, PROT.READ | PROT.WRITE, 0);
    try {
      this.#producer = new Mapping(fd, PAGE_SIZE + size + overlap, PROT.READ, PAGE_SIZE);
    } catch (error) {
      this.#consumer[Symbol.dispose]();
      throw error;
    }
    this.memory = this.#producer.buffer;
    this.#end = this.memory.byteLength;
    this.#consumerPosition = new BigUint64Array(this.#consumer.buffer, 0, 1);
    this.#words = new Uint32Array(this.memory);
    this.#size = size;
    this.#position = Number(this.#consumerPosition[0]);
  }

  /** Bytes of records that wait to be read, their headers included; 0 where the positions make no sense. */
  get pendingBytes(): number {
    const distance = this.#distance;
    return this.#isSensible(distance) ? distance : 0;
  }

  /** What is wrong with the ring. As long as it is there nothing is read. */
  get fault(): RingFault | undefined {
    return this.#fault;
  }

  /**
   * Waits until there is something to read. It blocks the thread that calls it: for a worker, or a program that does
   * nothing else. Writers wake a waiting reader only where `RecordMaps.wakesReader` says so.
   * @param timeout Milliseconds; 0 asks and does not wait, infinity waits for ever.
   * @returns Whether there is something.
   * @throws SystemCallError
   */
  wait(timeout: number): boolean {
    return !this.#isClosed && pollReadable([this.fd], timeout).length > 0;
  }

  /**
   * Hands records to `handle`, oldest first, until none is ready, `limit` were read, `handle` closes the ring, or what is
   * there makes no sense: see {@link fault}. Where `handle` throws, so does this; the record counts as read.
   * @returns How many were read.
   */
  read(handle: RecordHandler, limit: number = Number.MAX_SAFE_INTEGER): number {
    const words = this.#words;
    const size = this.#size;
    const end = this.#end;
    const releaseBytes = size / RELEASE_SHARE;
    let count = 0;
    let unreleased = 0;
    let unreleasedBytes = 0;
    let pending = 0;
    if (this.#fault !== undefined) return 0;
    try {
      while (count < limit && !this.#isClosed) {
        if (pending === 0) {
          pending = this.#distance;
          if (pending === 0) break;
          if (!this.#isSensible(pending)) {
            this.#fault = { kind: "positions", position: this.#position, pending };
            break;
          }
          this.#fence();
        }
        const at = PAGE_SIZE + (this.#position % size);
        const header = words[at >>> 2]!;
        if ((header & BUSY) !== 0) break;
        this.#fence();
        const length = header & LENGTH_MASK;
        const advance = (RECORD_HEADER_SIZE + length + 7) & ~7;
        if (advance > pending || at + advance > end) {
          this.#fault = { kind: "length", position: this.#position, pending, header };
          break;
        }
        // Before the record is handled: otherwise one whose handler throws would come again forever.
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
   * Skips everything that was written up to now and reads on behind it: the way out of a {@link fault}.
   * @returns Bytes that were left out, as far as the positions say so.
   */
  skip(): number {
    if (this.#isClosed) return 0;
    const skipped = this.pendingBytes;
    const low = this.#words[0]!;
    // The words of a position are read one after the other: the low one must be the same before and after.
    const high = this.#words[1]!;
    this.#fence();
    if (this.#words[0] !== low) return this.skip();
    this.#position = high * 2 ** 32 + low;
    this.#fault = undefined;
    this.#release();
    return skipped;
  }

  /**
   * Shows `inspect` every record, and leaves them all where they are. Waits a moment for one that is being written;
   * from one that stays so on, or makes no sense, none is shown.
   */
  peek(inspect: RecordHandler): void {
    let remaining = this.pendingBytes;
    let position = this.#position;
    this.#fence();
    while (remaining > 0 && !this.#isClosed) {
      const at = PAGE_SIZE + (position % this.#size);
      const header = this.#awaitHeader(at);
      if ((header & BUSY) !== 0) return;
      this.#fence();
      const length = header & LENGTH_MASK;
      const advance = (RECORD_HEADER_SIZE + length + 7) & ~7;
      if (advance > remaining || at + advance > this.#end) return;
      if ((header & DISCARDED) === 0) inspect(at + RECORD_HEADER_SIZE, length);
      position += advance;
      remaining -= advance;
    }
  }

  /** How far the writers are ahead. The positions are 64 bits wide, but never more than the ring's size apart. */
  get #distance(): number {
    return this.#isClosed ? 0 : (this.#words[0]! - (this.#position >>> 0)) >>> 0;
  }

  /** Records begin at multiples of 8, and the writers are never farther ahead than the ring is long. */
  #isSensible(distance: number): boolean {
    if (distance > this.#size || (distance & 7) !== 0) return false;
    const producer = this.#position + distance;
    if (this.#words[1] === Math.floor(producer / 2 ** 32)) return true;
    // The two words are read one after the other: a writer may have gone on meanwhile.
    this.#fence();
    return this.#words[0] !== producer >>> 0;
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
