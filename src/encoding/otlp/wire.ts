/**
 * @module Parts of OTLP's messages in protobuf's binary form, written behind one another. As in `protobuf/wire.ts` nobody looks
 * whether there is room: what lies behind the end is not written, and the offsets go on.
 */
import {
  finish,
  WIRE,
  type WritableBuffer,
  writeString,
  writeVarint,
  writeVarint64,
} from "../protobuf/wire.ts";

/** A value of an attribute. */
export type AttributeValue = string | number | bigint | boolean | readonly string[];

/** opentelemetry/proto/common/v1/common.proto */
const KEY_VALUE = { key: 1, value: 2 } as const;
const ANY_VALUE = { string: 1, bool: 2, int: 3, double: 4, array: 5 } as const;
const ARRAY = { values: 1 } as const;

const FIXED64_BYTES = 8;
const LOW_32 = 0xffff_ffffn;

/** The first byte, or bytes, of a field. */
export function writeTag(b: Uint8Array, at: number, field: number, wire: number): number {
  return writeVarint(b, at, (field << 3) | wire);
}

/** A text. */
export function writeText(b: WritableBuffer, at: number, field: number, text: string): number {
  return writeString(b, writeTag(b, at, field, WIRE.bytes), text);
}

/** Bytes. */
export function writeBytes(b: Uint8Array, at: number, field: number, bytes: Uint8Array): number {
  const start = writeVarint(b, writeTag(b, at, field, WIRE.bytes), bytes.length);
  if (start + bytes.length <= b.length) b.set(bytes, start);
  return start + bytes.length;
}

/** A number that is not below 0. */
export function writeUint(b: Uint8Array, at: number, field: number, value: number): number {
  return writeVarint(b, writeTag(b, at, field, WIRE.varint), value);
}

/** Nanoseconds since 1970. */
export function writeTime(b: Uint8Array, at: number, field: number, nanoseconds: bigint): number {
  const start = writeTag(b, at, field, WIRE.fixed64);
  writeWord(b, start, Number(nanoseconds & LOW_32));
  writeWord(b, start + 4, Number((nanoseconds >> 32n) & LOW_32));
  return start + FIXED64_BYTES;
}

function writeWord(b: Uint8Array, at: number, word: number): void {
  for (let i = 0; i < 4; i++) b[at + i] = (word >>> (8 * i)) & 0xff;
}

/** A number of type double. */
export function writeDouble(b: Uint8Array, at: number, field: number, value: number): number {
  const start = writeTag(b, at, field, WIRE.fixed64);
  const bytes = new Uint8Array(new Float64Array([value]).buffer);
  for (let i = 0; i < FIXED64_BYTES; i++) b[start + i] = bytes[i]!;
  return start + FIXED64_BYTES;
}

/** Writes a message, its length before it. @param write Writes what is within from an offset on, and gives back where that ends. */
export function writeMessage(
  b: Uint8Array,
  at: number,
  field: number,
  write: (at: number) => number,
): number {
  const start = writeTag(b, at, field, WIRE.bytes);
  return finish(b, start, 1, write(start + 1));
}

/** An attribute, as a field of the message that has it. */
export function writeAttribute(
  b: WritableBuffer,
  at: number,
  field: number,
  [name, value]: readonly [name: string, value: AttributeValue],
): number {
  return writeMessage(b, at, field, (inner) => {
    const behind = writeText(b, inner, KEY_VALUE.key, name);
    return writeMessage(b, behind, KEY_VALUE.value, (start) => writeValue(b, start, value));
  });
}

/** What is within an `AnyValue`. */
export function writeValue(b: WritableBuffer, at: number, value: AttributeValue): number {
  if (typeof value === "string") return writeText(b, at, ANY_VALUE.string, value);
  if (typeof value === "boolean") return writeUint(b, at, ANY_VALUE.bool, Number(value));
  if (typeof value === "object")
    return writeMessage(b, at, ANY_VALUE.array, (start) => {
      let end = start;
      for (const item of value)
        end = writeMessage(b, end, ARRAY.values, (inner) => writeText(b, inner, ANY_VALUE.string, item));
      return end;
    });
  if (typeof value === "number" && !Number.isSafeInteger(value))
    return writeDouble(b, at, ANY_VALUE.double, value);
  return writeVarint64(b, writeTag(b, at, ANY_VALUE.int, WIRE.varint), BigInt(value));
}
