/**
 * @module protobuf's binary form: how values are written.
 *
 * Each function writes at `at` and returns the offset after what it wrote. None looks whether there is room: what lies
 * behind the end of a typed array is not written, the offsets go on, and whoever began sees at the end that it needs more.
 * Only where Node's own writer is used is room a condition: {@link writeString}.
 */

/** Node's writer for one encoding, which `bun-types` does not declare: `write` without the choice of encoding. */
export type WritableBuffer = Buffer & { utf8Write(text: string, at: number): number };

/** What the low three bits of a tag say. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Characters up to which a loop takes less time than the runtime's own writer. Of UTF-8 they are below 128 bytes. */
const SHORT = 32;
/** UTF-8 needs at most so many bytes for each UTF-16 unit. */
const BYTES_PER_UNIT = 3;
const MAX_VARINT = 10;

/** Lengths move by a byte or so at each level: what stands so close to the end of a buffer may have lost its last bytes. */
export const MARGIN = 64;

/** What cannot be written since it is not of its field's type. */
export class UnencodableError extends TypeError {}

/** A number of 64 bits that JavaScript has rounded: the text has the digits. */
export class RoundedNumberError extends RangeError {}

/** Bytes that a varint of up to 32 bits takes. */
export function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** Writes an integer from 0 to 2^32 - 1. */
export function writeVarint(b: Uint8Array, at: number, value: number): number {
  let p = at;
  let rest = value;
  while (rest > 0x7f) {
    b[p++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  b[p++] = rest;
  return p;
}

/** Writes an integer from 0 to 2^53 - 1. */
export function writeVarint53(b: Uint8Array, at: number, value: number): number {
  let p = at;
  let rest = value;
  while (rest > 0xffff_ffff) {
    b[p++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  return writeVarint(b, p, rest);
}

/** Writes the low 64 bits of an integer. */
export function writeVarint64(b: Uint8Array, at: number, value: bigint): number {
  let p = at;
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    b[p++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  b[p++] = Number(rest);
  return p;
}

/** Writes an integer of 32 bits with its sign: protobuf has ten bytes for one that is below 0. */
export function writeInt32(b: Uint8Array, at: number, value: number): number {
  return value >= 0 ? writeVarint(b, at, value) : writeVarint64(b, at, BigInt(value));
}

/** Writes a text with its length before it. */
export function writeString(b: WritableBuffer, at: number, text: string): number {
  const { length } = text;
  if (length >= SHORT) return writeLong(b, at, text);
  let p = at + 1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return writeLong(b, at, text);
    b[p++] = code;
  }
  b[at] = length;
  return p;
}

function writeLong(b: WritableBuffer, at: number, text: string): number {
  const most = text.length * BYTES_PER_UNIT + MAX_VARINT;
  if (at + most > b.length) return at + most;
  const expected = varintSize(text.length);
  const written = b.utf8Write(text, at + expected);
  return finish(b, at, expected, at + expected + written);
}

/**
 * Writes the length of what stands from `at + reserved` to `end` before it, and moves that where the length takes
 * another number of bytes.
 */
export function finish(b: Uint8Array, at: number, reserved: number, end: number): number {
  const length = end - at - reserved;
  const size = varintSize(length);
  if (size !== reserved) b.copyWithin(at + size, at + reserved, end);
  writeVarint(b, at, length);
  return end + size - reserved;
}

/** Writes bytes, given as base64 in either alphabet, with their length before them. */
export function writeBase64(b: Uint8Array, at: number, text: string): number {
  const bytes = Buffer.from(text, "base64");
  const p = writeVarint(b, at, bytes.length);
  if (p + bytes.length <= b.length) b.set(bytes, p);
  return p + bytes.length;
}
