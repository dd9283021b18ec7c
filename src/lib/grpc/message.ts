/** @module Messages in a stream: one byte that says whether it is compressed, four that say how long it is, then the message. */
import { GrpcError, STATUS } from "./status.ts";

/** Bytes before each message. */
export const PREFIX_BYTES = 5;

/** A message as it stands in a stream. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(PREFIX_BYTES + message.length);
  writePrefix(framed, 0, message.length);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** Writes the prefix of a message of `length` bytes that is not compressed. */
export function writePrefix(target: Uint8Array, at: number, length: number): void {
  target[at] = 0;
  target[at + 1] = length >>> 24;
  target[at + 2] = length >>> 16;
  target[at + 3] = length >>> 8;
  target[at + 4] = length;
}

/** Takes messages out of a stream that comes in pieces. */
export class MessageReader {
  readonly #maxBytes: number;
  #held: Uint8Array = new Uint8Array(0);
  #used = 0;

  /** @param maxBytes Of one message. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of a message that is not whole yet. */
  get pendingBytes(): number {
    return this.#used;
  }

  /**
   * Adds a piece.
   * @returns The messages that are whole now, which do not share memory with `piece`.
   * @throws GrpcError for one that is too long or compressed: nothing can be read after it.
   */
  add(piece: Uint8Array): Uint8Array[] {
    this.#hold(piece);
    const messages: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const length = this.#lengthAt(at);
      if (length === undefined || this.#used - at < PREFIX_BYTES + length) break;
      messages.push(this.#held.slice(at + PREFIX_BYTES, at + PREFIX_BYTES + length));
      at += PREFIX_BYTES + length;
    }
    this.#held.copyWithin(0, at, this.#used);
    this.#used -= at;
    return messages;
  }

  #lengthAt(at: number): number | undefined {
    if (this.#used - at < PREFIX_BYTES) return undefined;
    const [compressed, a, b, c, d] = this.#held.subarray(at, at + PREFIX_BYTES);
    if (compressed !== 0) {
      const code = compressed === 1 ? STATUS.unimplemented : STATUS.internal;
      throw new GrpcError(code, "Cannot read a message: it is compressed, needs to be plain");
    }
    const length = (a! * 2 ** 24 + ((b! << 16) | (c! << 8) | d!)) >>> 0;
    if (length > this.#maxBytes) {
      throw new GrpcError(
        STATUS.resourceExhausted,
        `Cannot read a message: it has ${length} bytes, may have ${this.#maxBytes}`,
      );
    }
    return length;
  }

  #hold(piece: Uint8Array): void {
    const needed = this.#used + piece.length;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(this.#held.length * 2, this.#maxBytes), 256));
      larger.set(this.#held.subarray(0, this.#used));
      this.#held = larger;
    }
    this.#held.set(piece, this.#used);
    this.#used = needed;
  }
}
