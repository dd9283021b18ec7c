/**
 * @module protobuf's binary form: how values are read, and which form they have in JSON.
 *
 * Texts stay bytes: they are read as Latin-1, of which each character is a byte, and are written so again.
 */
import { asBuffer } from "../../lib/bytes.ts";
import { UNKNOWN_FIELDS } from "./unknown.ts";
import { WIRE } from "./wire.ts";

/** What is not protobuf, or not whole. */
export class MalformedMessageError extends SyntaxError {}

const MAX_VARINT = 10;
const HIGH = 0x1_0000_0000;
/** Upper halves of integers that JavaScript has exactly. */
const EXACT_HIGH = 0x20_0000;

/** One message, and where one is in it. */
export class WireReader {
  /** The array that the message is in. Offsets count in it, and in {@link text}. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The message as Latin-1, from {@link origin} on. */
  #text = "";
  #origin = 0;
  /** Where the value that was read last ends. */
  at = 0;
  /** Fields that the description lacks. */
  unknownFields = 0;

  /** Takes up a message. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.#text = asBuffer(bytes).latin1Slice(start, end);
    this.#origin = start;
  }

  fail(what: string): never {
    throw new MalformedMessageError(what);
  }

  string(start: number, end: number): string {
    return this.#text.substring(start - this.#origin, end - this.#origin);
  }

  base64(start: number, end: number): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, end - start).toString("base64");
  }

  /** The low 32 bits of a varint. */
  varint(start: number): number {
    const { bytes } = this;
    let value = 0;
    let at = start;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      if (!(byte >= 0x80) || at - start === MAX_VARINT) this.fail("a number without an end");
    }
    this.at = at;
    return value >>> 0;
  }

  /** A length. What has more than 32 bits is no length of anything that is there. */
  length(start: number): number {
    const value = this.varint(start);
    return this.at - start > 5 ? this.fail("a length of more than 32 bits") : value;
  }

  /** A 64-bit integer as JSON has it, a decimal string. */
  integer64(start: number, isSigned: boolean): string {
    const { bytes } = this;
    let low = 0;
    let high = 0;
    let at = start;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
      if (!(byte >= 0x80) || at - start === MAX_VARINT) this.fail("a number without an end");
    }
    this.at = at;
    low >>>= 0;
    high >>>= 0;
    if (high < EXACT_HIGH) return String(high * HIGH + low);
    const value = (BigInt(high) << 32n) | BigInt(low);
    return String(isSigned ? BigInt.asIntN(64, value) : value);
  }

  /** A signed 64-bit integer, as near as JavaScript has it. */
  number(start: number): number {
    const { bytes } = this;
    let value = 0;
    let factor = 1;
    for (let at = start; at - start < 7; at++) {
      const byte = bytes[at]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.at = at + 1;
        return value;
      }
      factor *= 0x80;
    }
    return Number(this.integer64(start, true));
  }

  boolean(start: number): boolean {
    return this.integer64(start, false) !== "0";
  }

  /** Where the field ends whose tag is read, and whose value begins at `start`. */
  skip(tag: number, start: number, end: number): number {
    let at = start;
    if (tag >>> 3 === 0) this.fail("a field without a number");
    switch (tag & 7) {
      case WIRE.varint:
        this.varint(start);
        at = this.at;
        break;
      case WIRE.fixed64:
        at += 8;
        break;
      case WIRE.bytes: {
        const length = this.length(start);
        at = this.at + length;
        break;
      }
      case WIRE.fixed32:
        at += 4;
        break;
      default:
        this.fail("a field of a type that is not in use");
    }
    if (!(at <= end)) this.fail("cut off within a field");
    return at;
  }

  /**
   * Keeps fields that the description lacks in the object of their message. Of a message that stands twice the last one's
   * are kept.
   * @param bounds Where each begins, with its tag, and ends.
   */
  keepUnknown(object: Record<string, unknown>, bounds: readonly number[]): void {
    this.unknownFields += bounds.length / 2;
    const parts: Uint8Array[] = [];
    for (let i = 0; i < bounds.length; i += 2) parts.push(this.bytes.subarray(bounds[i]!, bounds[i + 1]!));
    object[UNKNOWN_FIELDS] = Buffer.concat(parts).toString("base64");
  }
}
