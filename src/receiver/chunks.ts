/** @module GELF's chunks put together, bounded in memory, in time and for each sender, whatever is sent. */
import { CHUNK_HEADER_BYTES, isChunk, MAX_CHUNKS } from "../encoding/gelf/chunks.ts";

/** GELF: chunks of which one is missing after so long are given up. Milliseconds. */
const LIFETIME_MS = 5000;
/** Messages that are under way. */
const MAX_MESSAGES = 512;
/** Messages of one sender that are under way: a flood takes only its own place. */
const MAX_MESSAGES_OF_SENDER = 32;
const MAX_BYTES = 64 * 1024 * 1024;
/** Of one sender: two messages of the largest chunks. */
const MAX_BYTES_OF_SENDER = 16 * 1024 * 1024;

interface Message {
  readonly sender: string;
  readonly deadline: number;
  readonly parts: (Buffer | undefined)[];
  missing: number;
  bytes: number;
}

/** What is under way from one sender. */
interface Share {
  messages: number;
  bytes: number;
}

/** Puts chunks together. */
export class Chunks {
  /** Oldest first. */
  readonly #messages = new Map<string, Message>();
  readonly #perSender = new Map<string, Share>();
  #bytes = 0;
  #givenUp = 0;

  /** Messages of which a part has not come. */
  get incomplete(): number {
    return this.#givenUp + this.#messages.size;
  }

  /** Messages that are under way. */
  get size(): number {
    return this.#messages.size;
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param sender Its address and port: ids of others are others.
   * @returns What is whole: the datagram, or the message whose last chunk it is. `undefined` where chunks are missing yet.
   */
  add(datagram: Buffer, sender: string, now: number): Buffer | undefined {
    if (this.#messages.size > 0) this.expire(now);
    if (!isChunk(datagram)) return datagram;
    const [number, count] = [datagram[10] ?? 0, datagram[11] ?? 0];
    // Counts as the datagram that it is, which is none of a known form.
    if (datagram.length <= CHUNK_HEADER_BYTES || number >= count || count > MAX_CHUNKS) return datagram;
    const key = `${datagram.toString("latin1", 2, 10)}${sender}`;
    const message = this.#messages.get(key) ?? this.#begin(key, { sender, count, now });
    if (message.parts.length !== count || message.parts[number] !== undefined) return undefined;
    const part = Buffer.from(datagram.subarray(CHUNK_HEADER_BYTES));
    message.parts[number] = part;
    message.missing--;
    message.bytes += part.length;
    this.#bytes += part.length;
    const share = this.#perSender.get(sender)!;
    share.bytes += part.length;
    if (message.missing === 0) {
      this.#forget(key, message);
      return Buffer.concat(message.parts as Buffer[]);
    }
    if (share.bytes > MAX_BYTES_OF_SENDER) this.#giveUpOldest(sender);
    if (this.#bytes > MAX_BYTES) this.#giveUpOldest();
    return undefined;
  }

  #begin(key: string, { sender, count, now }: { sender: string; count: number; now: number }): Message {
    if ((this.#perSender.get(sender)?.messages ?? 0) >= MAX_MESSAGES_OF_SENDER) this.#giveUpOldest(sender);
    if (this.#messages.size >= MAX_MESSAGES) this.#giveUpOldest();
    const parts = new Array<Buffer | undefined>(count).fill(undefined);
    const message = { sender, deadline: now + LIFETIME_MS, parts, missing: count, bytes: 0 };
    this.#messages.set(key, message);
    const share = this.#perSender.get(sender) ?? { messages: 0, bytes: 0 };
    share.messages++;
    this.#perSender.set(sender, share);
    return message;
  }

  /** Gives up what has taken too long. */
  expire(now: number): void {
    for (const [key, message] of this.#messages) {
      if (message.deadline > now) return;
      this.#givenUp++;
      this.#forget(key, message);
    }
  }

  #giveUpOldest(sender?: string): void {
    for (const [key, message] of this.#messages) {
      if (sender !== undefined && message.sender !== sender) continue;
      this.#givenUp++;
      this.#forget(key, message);
      return;
    }
  }

  #forget(key: string, { sender, bytes }: Message): void {
    this.#messages.delete(key);
    this.#bytes -= bytes;
    const share = this.#perSender.get(sender)!;
    share.bytes -= bytes;
    if (--share.messages === 0) this.#perSender.delete(sender);
  }
}
