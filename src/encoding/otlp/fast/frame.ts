/** @module What all records of a type of events have in common. */
import { varintSize, type WritableBuffer, writeVarint } from "../../protobuf/wire.ts";
import { EVENT_NAME, LOG_RECORDS, OBSERVED_TIME, SEVERITY_NUMBER, SEVERITY_TEXT, TIME } from "../fields.ts";
import { recordSeverity } from "../severity.ts";
import { writeText, writeUint } from "../wire.ts";
import type { RecordTime } from "./time.ts";

/** Tags, with their wire types: each is one byte. */
const [LOG_RECORDS_TAG, TIME_TAG, OBSERVED_TAG] = [
  (LOG_RECORDS << 3) | 2,
  (TIME << 3) | 1,
  (OBSERVED_TIME << 3) | 1,
];
/** `LogRecord.body`, and `AnyValue.string_value` in it. */
const [BODY_TAG, STRING_TAG] = [0x2a, 0x0a];
const TIME_BYTES = 9;
const ROOM = 256;

/** Writes what stands around the body and the attributes. */
export class Frame {
  readonly #severity: Uint8Array;
  readonly #name: Uint8Array;

  constructor(type: string) {
    const { number, text } = recordSeverity(type);
    this.#severity = written((b) =>
      writeText(b, writeUint(b, 0, SEVERITY_NUMBER, number), SEVERITY_TEXT, text),
    );
    this.#name = written((b) => writeText(b, 0, EVENT_NAME, type));
  }

  /** Bytes of the record, without its own tag and length. */
  size(bodyBytes: number, attributeBytes: number): number {
    const value = 1 + varintSize(bodyBytes) + bodyBytes;
    const body = 1 + varintSize(value) + value;
    return 2 * TIME_BYTES + this.#severity.length + body + attributeBytes + this.#name.length;
  }

  /** Writes what stands before the body's text. There is room. @returns The offset after it. */
  head(b: Uint8Array, at: number, size: number, bodyBytes: number, { low, high }: RecordTime): number {
    b[at] = LOG_RECORDS_TAG;
    let p = writeVarint(b, at + 1, size);
    p = writeTime(b, p, TIME_TAG, low, high);
    p = put(b, p, this.#severity);
    b[p] = BODY_TAG;
    p = writeVarint(b, p + 1, 1 + varintSize(bodyBytes) + bodyBytes);
    b[p] = STRING_TAG;
    return writeVarint(b, p + 1, bodyBytes);
  }

  /** Writes what stands behind the attributes. */
  tail(b: Uint8Array, at: number, time: RecordTime): void {
    const { low, high } = time.observed();
    put(b, writeTime(b, at, OBSERVED_TAG, low, high), this.#name);
  }
}

function writeTime(b: Uint8Array, at: number, tag: number, low: number, high: number): number {
  b[at] = tag;
  for (let i = 0; i < 4; i++) {
    b[at + 1 + i] = (low >>> (8 * i)) & 0xff;
    b[at + 5 + i] = (high >>> (8 * i)) & 0xff;
  }
  return at + TIME_BYTES;
}

/** A few bytes. */
function put(b: Uint8Array, at: number, bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i++) b[at + i] = bytes[i]!;
  return at + bytes.length;
}

function written(write: (b: WritableBuffer) => number): Uint8Array {
  const b = Buffer.alloc(ROOM);
  return b.subarray(0, write(b as WritableBuffer));
}
