/** @module Writes parts of messages for sources that make protobuf of their events without JSON in between. */
import type { MessageDescriptor } from "../../event/description/descriptor.ts";
import type { MessageWriter } from "../../event/message-writer.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import { compileEncoder, type MessageEncoder } from "./compile-encoder.ts";
import { writeSecondsAndNanos } from "./json-value.ts";
import type { UnknownFields } from "./unknown.ts";
import { finish, MARGIN, type WritableBuffer, writeVarint } from "./wire.ts";

/** Bytes that a loop copies sooner than the runtime's own way of copying begins. */
const LONGEST_LOOP = 24;

/** Writes into {@link buffer}. */
export class ProtobufWriter implements MessageWriter {
  buffer: WritableBuffer;
  readonly #unknown: UnknownFields;
  readonly #encoders = new Map<MessageDescriptor, MessageEncoder>();

  constructor(buffer: WritableBuffer, unknown: UnknownFields) {
    this.buffer = buffer;
    this.#unknown = unknown;
  }

  varint(at: number, value: number): number {
    if (value > 0x7f) return writeVarint(this.buffer, at, value);
    this.buffer[at] = value;
    return at + 1;
  }

  raw(at: number, bytes: Uint8Array): number {
    const { buffer } = this;
    const { length } = bytes;
    if (length <= LONGEST_LOOP) for (let i = 0; i < length; i++) buffer[at + i] = bytes[i]!;
    else if (at + length <= buffer.length) buffer.set(bytes, at);
    return at + length;
  }

  timestamp(at: number, seconds: number, nanoseconds: number): number {
    return writeSecondsAndNanos(this.buffer, at, seconds, nanoseconds);
  }

  fields(at: number, message: MessageDescriptor, object: JsonObject): number {
    let encode = this.#encoders.get(message);
    if (encode === undefined) {
      encode = compileEncoder(message, this.#unknown);
      this.#encoders.set(message, encode);
    }
    return encode(object, this.buffer, at);
  }

  length(at: number, reserved: number, end: number): number {
    return finish(this.buffer, at, reserved, end);
  }

  copy(start: number, end: number): Uint8Array | undefined {
    return end + MARGIN <= this.buffer.length ? new Uint8Array(this.buffer.subarray(start, end)) : undefined;
  }
}
