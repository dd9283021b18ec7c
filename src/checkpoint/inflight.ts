/** @module The datagrams of the system call under way: see `checkpoint.ts` for what a kill leaves of them. */
import {
  type CheckpointViews,
  INFLIGHT_CAPACITY,
  isPosition,
  MESSAGE_LENGTH_WORD,
  MESSAGE_WORDS,
  MESSAGES_OFFSET,
} from "./layout.ts";

/** What takes the positions of datagrams that left. */
export interface PositionStore {
  commitPosition(stream: number, position: number): void;
}

/**
 * One entry a datagram. The sender fills the arrays, calls {@link begin}, makes the system call, then calls
 * {@link commit}; nothing else in between.
 */
export class Inflight {
  readonly capacity = INFLIGHT_CAPACITY;
  /** The stream of each datagram's line; -1 where none is followed. */
  readonly streams: Int32Array;
  /** Position in the stream after each datagram's line. */
  readonly positions: Float64Array;
  /** `struct mmsghdr` of each datagram, 16 words each: what sendmmsg(2) reads, and where it writes `msg_len`. */
  readonly messages: Uint32Array;
  /** Address of {@link messages}, valid as long as this object. */
  readonly messagesAddress: number;
  readonly #count: Int32Array;
  readonly #store: PositionStore;

  /** @param address Address of the memory that the views lie over. */
  constructor(views: CheckpointViews, address: number, store: PositionStore) {
    this.streams = views.inflightStreams;
    this.positions = views.inflightPositions;
    this.messages = views.messages;
    this.messagesAddress = address + MESSAGES_OFFSET;
    this.#count = views.inflightCount;
    this.#store = store;
  }

  /** Publishes the first `count` entries, each with nothing sent yet. */
  begin(count: number): void {
    for (let i = 0; i < count; i++) this.messages[i * MESSAGE_WORDS + MESSAGE_LENGTH_WORD] = 0;
    // An atomic store: the compiler may move no other store past it.
    Atomics.store(this.#count, 0, count);
  }

  /** Records the positions of the first `sent` entries and ends what {@link begin} began. */
  commit(sent: number): void {
    for (let i = 0; i < sent; i++) {
      // Of neighbours of one stream only the last matters.
      const stream = this.streams[i]!;
      if (i + 1 === sent || this.streams[i + 1] !== stream)
        this.#store.commitPosition(stream, this.positions[i]!);
    }
    Atomics.store(this.#count, 0, 0);
  }

  /** Records that the stream has been exported up to `position`, by a datagram that was not one of the entries. */
  commitPosition(stream: number, position: number): void {
    this.#store.commitPosition(stream, position);
  }

  /** Records what an earlier run had sent when it was killed. Killed again meanwhile, the next run does the same. */
  recover(): void {
    const count = this.#count[0]!;
    for (let i = 0; i < count; i++) {
      const wasSent = this.messages[i * MESSAGE_WORDS + MESSAGE_LENGTH_WORD]! > 0;
      if (wasSent) this.#store.commitPosition(this.streams[i]!, this.positions[i]!);
    }
    Atomics.store(this.#count, 0, 0);
  }

  /** Whether the entries can have been written by {@link begin}. */
  isSound(): boolean {
    const count = this.#count[0]!;
    if (count < 0 || count > INFLIGHT_CAPACITY) return false;
    return this.positions.subarray(0, count).every(isPosition);
  }
}
