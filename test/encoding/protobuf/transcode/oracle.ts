/** @module What the transcoder makes of a line, and what the long way makes of it. */
import { compileEncoder } from "../../../../src/encoding/protobuf/compile-encoder.ts";
import { NOT_SURE, Transcoder } from "../../../../src/encoding/protobuf/transcode/transcoder.ts";
import type { UnknownFields } from "../../../../src/encoding/protobuf/unknown.ts";
import type { WritableBuffer } from "../../../../src/encoding/protobuf/wire.ts";
import { GetEventsResponse } from "../../../../src/event/description/generated/events.ts";
import { withProtoNames } from "../../../../src/event/edit/names.ts";
import { decodeLossless } from "../../../../src/event/encode.ts";
import { EVENT_TYPES, read } from "../support.ts";

const transcoder = Transcoder.shared()!;
const unknown: UnknownFields = { fields: 0, isRenamed: false };
const encode = compileEncoder(GetEventsResponse, unknown);
const target = Buffer.alloc(1 << 20);
/** What lies around a line in a buffer: it must not matter. */
const BEFORE = Buffer.from('{"a":"\n');
const AFTER = Buffer.from('"}],"true\\ä');

/** A message, and how many fields it is without. */
export interface Transcoded {
  readonly message: Buffer;
  readonly unknownFields: number;
}

/** What the transcoder makes of a line, given without its newline; `undefined` where it is not sure. */
export function transcoded(line: Uint8Array | string): Transcoded | undefined {
  const text = Buffer.concat([BEFORE, Buffer.from(line), Buffer.from("\n"), AFTER]);
  const at = 7;
  const end = transcoder.write(text, BEFORE.length, text.length - AFTER.length, target, at);
  if (end === NOT_SURE) return undefined;
  return { message: Buffer.from(target.subarray(at, end)), unknownFields: transcoder.unknownFields };
}

/** What is made of it by way of an object; `undefined` where it is not an event of the API. */
export function parsed(line: Uint8Array | string): Transcoded | undefined {
  try {
    const event = withProtoNames(decodeLossless(Buffer.from(line).toString()));
    if (!EVENT_TYPES.some((type) => Object.hasOwn(event, type))) return undefined;
    unknown.fields = 0;
    unknown.isRenamed = false;
    const end = encode(event, target as Buffer as WritableBuffer, 0);
    return { message: Buffer.from(target.subarray(0, end)), unknownFields: unknown.fields };
  } catch {
    return undefined;
  }
}

/**
 * Compares the two.
 * @returns Whether the transcoder was sure of the line.
 * @throws Error where it was, and should not have been, or has made something else of it.
 */
export function check(line: Uint8Array | string): boolean {
  const found = transcoded(line);
  if (found === undefined) return false;
  const expected = parsed(line);
  const text = () => Buffer.from(line).toString();
  if (expected === undefined) throw new Error(`sure of ${text()}`);
  // Entries of maps are in another order where JavaScript sorts keys.
  if (found.message.equals(expected.message)) return true;
  const [a, b] = [found, expected].map(({ message }) => JSON.stringify(sorted(read(message))));
  if (a !== b) throw new Error(`${text()} became ${a} instead of ${b}`);
  return true;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
