/**
 * @module The datagrams of the system call under way.
 *
 * What a kill leaves behind. A process dies between two of its instructions, and each step below is one store:
 *
 * 1. The sender fills `streams`, `positions` and `messages` while the count is 0. Killed here: the entries mean
 *    nothing, nothing was sent.
 * 2. `begin(count)` zeroes `msg_len` of the entries, then publishes the count. Killed after: no entry has a
 *    length, nothing was sent.
 * 3. sendmmsg(2). For each message the kernel sends the datagram, then writes `msg_len` (`__sys_sendmmsg` in
 *    net/socket.c), and acts on SIGKILL only on its way back to user mode. Killed at any moment: the entries with
 *    a length are the datagrams that left, no more, no less.
 * 4. `commit(sent)` copies positions to the slots, in order. Killed here: the count still stands, and
 *    `Checkpoint.open` does the same copying from the start.
 * 5. `commit` sets the count to 0. Killed after: all is recorded.
 *
 * One gap is known: between datagram and `msg_len` the kernel may find the page write-protected, because its
 * write-back to the disk has just begun, and wait for it; killed in that wait it writes nothing, and that datagram
 * is sent again. The page was written by `begin` a few microseconds before, so this takes a write-back and a kill
 * in the same microseconds. On tmpfs (`/run`) there is no write-back.
 */
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
