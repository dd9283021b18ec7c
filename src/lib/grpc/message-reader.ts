/** @module Messages of a stream that comes in pieces, each in memory of its own. */
import { MessageStream } from "./message-stream.ts";

/** Takes messages out of requests: nothing is read after one that cannot be taken. */
export class MessageReader {
  readonly #stream: MessageStream;

  /** @param maxBytes Of one message. */
  constructor(maxBytes: number) {
    this.#stream = new MessageStream(maxBytes, { refusesLong: true });
  }

  /** Bytes of a message that is not whole yet. */
  get pendingBytes(): number {
    return this.#stream.pendingBytes;
  }

  /**
   * Adds a piece.
   * @returns The messages that are whole now, which do not share memory with `piece`.
   * @throws GrpcError for one that is too long or compressed: nothing can be read after it.
   */
  add(piece: Uint8Array): Uint8Array[] {
    const stream = this.#stream;
    const messages: Uint8Array[] = [];
    stream.add(piece);
    while (stream.next()) messages.push(stream.bytes.slice(stream.start, stream.end));
    return messages;
  }
}
