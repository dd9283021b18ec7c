/** @module What sources need to write their events in protobuf's binary form. */
import type { JsonObject } from "../lib/json/object.ts";
import type { MessageDescriptor } from "./description/descriptor.ts";

/**
 * Writes in protobuf's binary form into a buffer that is not looked at here: what it has no room for is not written, while
 * the offsets go on. All functions write at `at`, and return the offset after what they wrote.
 */
export interface MessageWriter {
  /** An integer from 0 to 2^32 - 1: a tag, or a value. */
  varint(at: number, value: number): number;
  /** Bytes as they are. */
  raw(at: number, bytes: Uint8Array): number;
  /** The length of a message, and `google.protobuf.Timestamp`. The nanoseconds are not below 0. */
  timestamp(at: number, seconds: number, nanoseconds: number): number;
  /** The fields of an object that is the JSON of a message. */
  fields(at: number, message: MessageDescriptor, object: JsonObject): number;
  /** The length of what stands from `at + reserved` to `end`, before it: that moves where it takes other than `reserved` bytes. */
  length(at: number, reserved: number, end: number): number;
  /** A copy of what was written from `start` to `end`; `undefined` where there was no room. */
  copy(start: number, end: number): Uint8Array | undefined;
}
