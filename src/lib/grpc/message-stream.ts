/** @module Messages of a stream that comes in pieces, read where they lie. */
import { PREFIX_BYTES } from "./message.ts";
import { GrpcError, STATUS } from "./status.ts";

/** Room that is kept for messages that come in several pieces. */
const KEPT_BYTES = 256 * 1024;

/** What becomes of messages that cannot be taken. */
export interface MessagePolicy {
  /** Whether one over the limit ends the stream. @default it is passed over */
  readonly refusesLong?: true;
  /** @default one that is compressed ends the stream */
  readonly takesCompressed?: true;
}

/**
 * Finds messages in pieces without copying them; only one that goes on in the next piece is put together, and one that is
 * longer than the limit is kept nowhere.
 *
 *     stream.add(piece);
 *     while (stream.next()) decode(stream.bytes, stream.start, stream.end);
 */
export class MessageStream {
  /** The last message is `bytes[start, end)`, until the next call of any method. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Whether it is compressed, where that is allowed. */
  isCompressed = false;
  /** Messages that were passed over since they are longer than the limit. */
  tooLong = 0;
  readonly #maxBytes: number;
  readonly #policy: MessagePolicy;
  /** Bytes that are left of one that is passed over. */
  #passing = 0;
  /** The piece at hand, of which `[#at, length)` is left. */
  #piece: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** The beginning of a message whose end has not come. */
  #held = new Uint8Array(0);
  #heldBytes = 0;

  /** @param maxBytes Of one message. */
  constructor(maxBytes: number, policy: MessagePolicy = {}) {
    this.#maxBytes = maxBytes;
    this.#policy = policy;
  }

  /** Bytes of a message that is not whole yet, once {@link next} has returned `false`. */
  get pendingBytes(): number {
    return this.#heldBytes;
  }

  /** Takes the next piece, once {@link next} has returned `false`. It must stay as it is until it does so again. */
  add(piece: Uint8Array): void {
    this.#piece = piece;
    this.#at = 0;
  }

  /**
   * Goes to the next message that is whole.
   * @returns Whether there is one.
   * @throws GrpcError for one that is compressed or refused: nothing can be read after it.
   */
  next(): boolean {
    for (;;) {
      if (this.#passing > 0) this.#pass();
      if (this.#passing > 0) return false;
      const found = this.#heldBytes > 0 ? this.#nextHeld() : this.#nextInPiece();
      if (found !== undefined) return found;
    }
  }

  /** @returns `undefined` after a message that is to be passed over. */
  #nextInPiece(): boolean | undefined {
    const piece = this.#piece;
    const left = piece.length - this.#at;
    if (left >= PREFIX_BYTES) {
      const length = this.#lengthAt(piece, this.#at);
      if (length > this.#maxBytes) {
        this.#at += PREFIX_BYTES;
        return this.#beginPassing(length);
      }
      if (left >= PREFIX_BYTES + length) {
        this.bytes = piece;
        this.start = this.#at + PREFIX_BYTES;
        this.end = this.start + length;
        this.#at = this.end;
        return true;
      }
    }
    if (left > 0) this.#hold(left);
    return false;
  }

  #nextHeld(): boolean | undefined {
    const missing = PREFIX_BYTES - this.#heldBytes;
    if (missing > 0) this.#hold(Math.min(missing, this.#piece.length - this.#at));
    if (this.#heldBytes < PREFIX_BYTES) return false;
    const length = this.#lengthAt(this.#held, 0);
    if (length > this.#maxBytes) {
      this.#heldBytes = 0;
      return this.#beginPassing(length);
    }
    this.#hold(Math.min(PREFIX_BYTES + length - this.#heldBytes, this.#piece.length - this.#at));
    if (this.#heldBytes < PREFIX_BYTES + length) return false;
    this.bytes = this.#held;
    this.start = PREFIX_BYTES;
    this.end = PREFIX_BYTES + length;
    this.#heldBytes = 0;
    if (this.#held.length > KEPT_BYTES) this.#held = new Uint8Array(0);
    return true;
  }

  #beginPassing(length: number): undefined {
    if (this.#policy.refusesLong)
      throw new GrpcError(
        STATUS.resourceExhausted,
        `Cannot read a message: it has ${length} bytes, may have ${this.#maxBytes}`,
      );
    this.tooLong++;
    this.#passing = length;
  }

  #pass(): void {
    const count = Math.min(this.#passing, this.#piece.length - this.#at);
    this.#passing -= count;
    this.#at += count;
  }

  /** Moves the next `count` bytes of the piece to what is held. */
  #hold(count: number): void {
    const needed = this.#heldBytes + count;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(this.#held.length * 2, this.#maxBytes), 4096));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(this.#piece.subarray(this.#at, this.#at + count), this.#heldBytes);
    this.#heldBytes = needed;
    this.#at += count;
  }

  #lengthAt(bytes: Uint8Array, at: number): number {
    // In a stream whose headers name no encoding, which is refused elsewhere: grpc/doc/compression.md.
    this.isCompressed = bytes[at] !== 0;
    if (this.isCompressed && this.#policy.takesCompressed !== true)
      throw new GrpcError(STATUS.internal, "Cannot read a message: it is compressed, needs to be plain");
    return bytes[at + 1]! * 2 ** 24 + ((bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!);
  }
}
