/** @module What a connection has to send and its socket has not taken. */
import { writeFrameHead, writeUint32 } from "./data-frames.ts";
import {
  ERROR,
  type ErrorCode,
  FLAG,
  FRAME,
  FRAME_HEAD_BYTES,
  Http2Error,
  MAX_FRAME_BYTES,
} from "./protocol.ts";

/** A socket. */
export interface Transport {
  /** Takes `bytes[from, from + length)` as far as there is room. @returns How many bytes; below 0 when it is closed. */
  write(bytes: Uint8Array, from: number, length: number): number;
  /** Closes it once what was written has left. */
  end(): void;
}

/** Beyond so many bytes, no data is put here: what waits is the answers to what the peer sends. */
const DATA_BYTES = 64 * 1024;
/** Nobody who reads lets so many bytes of answers wait. */
const MAX_BYTES = 256 * 1024;
/** What is kept of the buffer while nothing waits. */
const KEPT_BYTES = 4096;

/** Bytes in order. */
export class Output {
  readonly #transport: Transport;
  #buffer = new Uint8Array(0);
  #from = 0;
  #to = 0;
  /** Whether the socket has said that it is full: it says when that is over. */
  #isFull = false;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Whether data may be put here. */
  get hasRoom(): boolean {
    return this.#to - this.#from < DATA_BYTES;
  }

  get isEmpty(): boolean {
    return this.#to === this.#from;
  }

  /** The socket has room. */
  drained(): void {
    this.#isFull = false;
  }

  /** Sends what waits. @returns Whether all of it has left. */
  flush(): boolean {
    if (this.isEmpty) return !this.#isFull;
    if (this.#isFull) return false;
    const length = this.#to - this.#from;
    const taken = Math.max(0, this.#transport.write(this.#buffer, this.#from, length));
    this.#from += taken;
    this.#isFull = taken < length;
    if (this.#isFull) return false;
    this.#from = 0;
    this.#to = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = new Uint8Array(0);
    return true;
  }

  /**
   * Sends bytes past the buffer, which is empty.
   * @returns How many the socket has taken.
   */
  pass(bytes: Uint8Array, from: number, length: number): number {
    const taken = Math.max(0, this.#transport.write(bytes, from, length));
    this.#isFull = taken < length;
    return taken;
  }

  /** Puts bytes here as they are. */
  put(bytes: Uint8Array, from: number, to: number): void {
    const at = this.#reserve(to - from);
    this.#buffer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at);
  }

  /** A frame with no more than {@link MAX_FRAME_BYTES} of payload. */
  frame(type: number, flags: number, stream: number, payload: Uint8Array): void {
    const at = this.#reserve(FRAME_HEAD_BYTES + payload.length);
    writeFrameHead(this.#buffer, at, { length: payload.length, type, flags, stream });
    this.#buffer.set(payload, at + FRAME_HEAD_BYTES);
  }

  /** A header block, in as many frames as it needs. */
  headers(stream: number, block: Uint8Array, endsStream: boolean): void {
    let type: number = FRAME.headers;
    let flags: number = endsStream ? FLAG.endStream : 0;
    let from = 0;
    for (; block.length - from > MAX_FRAME_BYTES; from += MAX_FRAME_BYTES) {
      this.frame(type, flags, stream, block.subarray(from, from + MAX_FRAME_BYTES));
      type = FRAME.continuation;
      flags = 0;
    }
    this.frame(type, flags | FLAG.endHeaders, stream, block.subarray(from));
  }

  windowUpdate(stream: number, increment: number): void {
    this.#number(FRAME.windowUpdate, stream, increment);
  }

  reset(stream: number, code: ErrorCode): void {
    this.#number(FRAME.rstStream, stream, code);
  }

  /** Says that the connection ends. @param text For whoever debugs it: ASCII. */
  goaway(lastStream: number, code: ErrorCode, text: string): void {
    const payload = new Uint8Array(8 + text.length);
    writeUint32(payload, 0, lastStream);
    writeUint32(payload, 4, code);
    for (let i = 0; i < text.length; i++) payload[8 + i] = text.charCodeAt(i);
    this.frame(FRAME.goaway, 0, 0, payload);
  }

  #number(type: number, stream: number, value: number): void {
    const payload = new Uint8Array(4);
    writeUint32(payload, 0, value);
    this.frame(type, 0, stream, payload);
  }

  /** Makes room. @returns Where. @throws Http2Error `ENHANCE_YOUR_CALM` when too much waits. */
  #reserve(length: number): number {
    const waiting = this.#to - this.#from;
    if (waiting + length > MAX_BYTES) throw new Http2Error(ERROR.enhanceYourCalm, "it does not read answers");
    if (this.#to + length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(512, Math.min(MAX_BYTES, (waiting + length) * 2)));
      grown.set(this.#buffer.subarray(this.#from, this.#to));
      this.#buffer = grown;
      this.#from = 0;
      this.#to = waiting;
    }
    const at = this.#to;
    this.#to += length;
    return at;
  }
}
