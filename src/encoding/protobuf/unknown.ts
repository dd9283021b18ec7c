/**
 * @module What one form has and the description lacks. Fields of JSON have no number, so encoders pass over them. Fields
 * of protobuf have no name: they stay as they are, in base64, as a member of the object that stands for their message,
 * and encoders write them again.
 */
import type { MessageDescriptor } from "../../event/description/descriptor.ts";
import { snakeName } from "../../event/edit/names.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import { WIRE, type WritableBuffer } from "./wire.ts";

/** The member that holds a message's unknown fields, one behind the other with their tags. */
export const UNKNOWN_FIELDS = "unknown_fields";

/** What encoders have met. */
export interface UnknownFields {
  /** Fields, and names of enum values, that are not in the message. */
  fields: number;
  /** Whether there was a known field under protobuf's other name for it (`parentExecId`), which was not written. */
  isRenamed: boolean;
}

/**
 * Takes what `message` lacks of the fields of `object`: counts them, and writes those that came from protobuf.
 * @returns The offset after what was written.
 */
export function takeUnknown(
  unknown: UnknownFields,
  message: MessageDescriptor,
  object: JsonObject,
  b: WritableBuffer,
  at: number,
): number {
  let end = at;
  for (const key of Object.keys(object)) {
    if (message.fields.has(key) || object[key] === undefined) continue;
    if (message.fields.has(snakeName(key))) unknown.isRenamed = true;
    else unknown.fields++;
    if (key === UNKNOWN_FIELDS) end = writeUnknown(message, object[key], b, end);
  }
  return end;
}

/** Writes fields that came from protobuf, if they are such fields. */
function writeUnknown(message: MessageDescriptor, value: unknown, b: WritableBuffer, at: number): number {
  if (typeof value !== "string") return at;
  const bytes = Buffer.from(value, "base64");
  if (!areUnknownFields(message, bytes)) return at;
  if (at + bytes.length <= b.length) b.set(bytes, at);
  return at + bytes.length;
}

/** Whether `bytes` are whole fields, none of which `message` knows. */
function areUnknownFields(message: MessageDescriptor, bytes: Uint8Array): boolean {
  const known = new Set([...message.fields.values()].map(({ number }) => number));
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1, digits = 0; digits < 10; factor *= 0x80, digits++) {
      const byte = bytes[at++] ?? Number.NaN;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      if (!(byte >= 0x80)) break;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (!(number > 0 && number < 2 ** 29) || known.has(number)) return false;
    const wire = tag % 8;
    if (wire === WIRE.varint) {
      if (Number.isNaN(varint())) return false;
    } else if (wire === WIRE.bytes) {
      const length = varint();
      at += length;
    } else if (wire === WIRE.fixed32) at += 4;
    else if (wire === WIRE.fixed64) at += 8;
    else return false;
    if (!(at <= bytes.length)) return false;
  }
  return true;
}
