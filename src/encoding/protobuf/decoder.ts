/**
 * @module Events as clients of Tetragon's API get them, in protobuf's binary form, as lines of Tetragon's JSON.
 *
 * protobuf's unknown fields have no name in JSON: they stay in their message as a member `unknown_fields`, in base64. An
 * event of a type that the API has not had so far becomes an event of the type `unknown_NUMBER`.
 */
import { isUtf8 } from "node:buffer";
import { GetEventsResponse } from "../../event/description/generated/events.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import { compileDecoder } from "./compile-decoder.ts";
import { nameUnknownEvent } from "./unknown-event.ts";
import { MalformedMessageError, WireReader } from "./wire-reader.ts";

const NEWLINE = 0x0a;
const INITIAL_BYTES = 64 * 1024;

type WritableBuffer = Buffer & { latin1Write(text: string, at: number): number };

/** Makes a buffer of so many bytes. */
export type Allocate = (size: number) => Buffer;

/** Makes lines of messages, one after the other. */
export class EventDecoder {
  /** The lines are `bytes[0, end)`. Another buffer after {@link decode} had to grow it. */
  bytes: Buffer;
  /** Where the last line ends. Whoever has taken the lines sets it back. */
  end = 0;
  readonly #reader = new WireReader();
  readonly #decode = compileDecoder(GetEventsResponse, this.#reader);
  readonly #allocate: Allocate;

  /**
   * @param allocate Makes the buffers that lines are written to.
   * @param size Of the first one, bytes.
   */
  constructor(allocate: Allocate = (bytes) => Buffer.allocUnsafeSlow(bytes), size = INITIAL_BYTES) {
    this.#allocate = allocate;
    this.bytes = allocate(size);
  }

  /** Fields of messages that the API has not had so far. */
  get unknownFields(): number {
    return this.#reader.unknownFields;
  }

  /**
   * Adds the line of the message `source[start, end)`, a `GetEventsResponse` without gRPC's prefix.
   * @returns `undefined`; or what is wrong with the message, of which nothing is added.
   */
  decode(source: Uint8Array, start: number, end: number): string | undefined {
    const reader = this.#reader;
    let event: JsonObject;
    try {
      reader.begin(source, start, end);
      event = this.#decode(start, end);
    } catch (error) {
      if (error instanceof MalformedMessageError) return error.message;
      throw error;
    }
    nameUnknownEvent(event);
    this.#add(JSON.stringify(event));
    return undefined;
  }

  /** Adds a line that is one already, without its newline. */
  addLine(line: Uint8Array): void {
    this.#reserve(line.length + 1);
    this.bytes.set(line, this.end);
    this.end += line.length;
    this.bytes[this.end++] = NEWLINE;
  }

  /** Adds a line of which each character is a byte. */
  #add(line: string): void {
    const at = this.end;
    this.#reserve(line.length + 1);
    const end = at + (this.bytes as WritableBuffer).latin1Write(line, at);
    this.bytes[end] = NEWLINE;
    this.end = end + 1;
    if (!isUtf8(this.bytes.subarray(at, end))) this.#mend(at, end);
  }

  /** Puts U+FFFD where a text was no UTF-8. */
  #mend(at: number, end: number): void {
    const text = this.bytes.toString("utf8", at, end);
    this.end = at;
    this.#reserve(Buffer.byteLength(text) + 1);
    this.end = at + this.bytes.write(text, at);
    this.bytes[this.end++] = NEWLINE;
  }

  #reserve(size: number): void {
    const needed = this.end + size;
    if (needed <= this.bytes.length) return;
    const larger = this.#allocate(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes.subarray(0, this.end));
    this.bytes = larger;
  }
}
