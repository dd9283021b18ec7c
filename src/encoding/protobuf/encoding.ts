/**
 * @module Tetragon's protobuf: each event as a `GetEventsResponse` in gRPC's frame, as clients of the API get it.
 *
 * An event is encoded once, whoever asks for it. One that the API has no message for has no bytes.
 */
import { type EventBatch, TEXT } from "../../event/batch.ts";
import { GetEventsResponse } from "../../event/description/generated/events.ts";
import { withProtoNames } from "../../event/edit/names.ts";
import { decodeLossless } from "../../event/encode.ts";
import { COMMON_FIELDS, isMetadata } from "../../event/kind.ts";
import { asBuffer, type SliceableBuffer } from "../../lib/bytes.ts";
import { PREFIX_BYTES, writePrefix } from "../../lib/grpc/message.ts";
import { isObject, type JsonObject } from "../../lib/json/object.ts";
import { type EventEncoder, WrittenEncoding } from "../written.ts";
import { compileEncoder, type MessageEncoder } from "./compile-encoder.ts";
import { ProtobufWriter } from "./message-writer.ts";
import { NOT_SURE, Transcoder } from "./transcode/transcoder.ts";
import type { UnknownFields } from "./unknown.ts";
import { withoutUnknownType } from "./unknown-event.ts";
import { MARGIN, RoundedNumberError, UnencodableError, type WritableBuffer } from "./wire.ts";

/** Types that are counted each by its own name, which others may have made up; and what all others are called. */
const MAX_TYPES = 64;
const MAX_TYPE_LENGTH = 64;
const OTHER_TYPES = "other";
/** What an event is called that is not as the API has it: a field of another type, or no type at all. */
const INVALID = "invalid";

const EVENT_TYPES: ReadonlySet<string> = new Set(
  [...GetEventsResponse.fields.values()].flatMap(({ name, oneof }) => (oneof === undefined ? [] : [name])),
);

/** The type of an event: one that the API has, if there is one; else its first field that is not common to all events. */
function typeOf(event: JsonObject): string {
  let other: string | undefined;
  for (const key in event) {
    if (EVENT_TYPES.has(key)) return key;
    if (!COMMON_FIELDS.has(key)) other ??= key;
  }
  return isMetadata(event) ? String(event.event) : (other ?? INVALID);
}

/** Makes gRPC messages of events. */
class EventProtobuf implements EventEncoder {
  readonly format = "tetragon-protobuf";
  readonly notExpressible = new Map<string, number>();
  readonly unknown: UnknownFields = { fields: 0, isRenamed: false };
  /** Compiled when the first object is to be written: most events never become one. */
  #compiled: MessageEncoder | undefined;
  readonly #writer = new ProtobufWriter(Buffer.alloc(0) as WritableBuffer, this.unknown);
  /** The array that lines were last read from, and the same as a buffer. */
  #bytes: Uint8Array = new Uint8Array(0);
  #buffer = asBuffer(this.#bytes);

  encodeInto(batch: EventBatch, i: number, target: Uint8Array, at: number): number {
    const b = asBuffer(target) as Buffer as WritableBuffer;
    const start = at + PREFIX_BYTES;
    const unknownBefore = this.unknown.fields;
    const end = this.#writeMessage(batch, i, b, start);
    if (end === start) return at;
    if (end + MARGIN > b.length) {
      this.unknown.fields = unknownBefore;
      return end + MARGIN;
    }
    writePrefix(b, at, end - start);
    return end;
  }

  /** @returns The end of the message; `at` when the event has none. */
  #writeMessage(batch: EventBatch, i: number, b: WritableBuffer, at: number): number {
    const { values } = batch;
    if (values?.writeProtobuf !== undefined && batch.isUnchangedValue(i)) {
      this.#writer.buffer = b;
      return values.writeProtobuf(batch.place[i]!, this.#writer, at);
    }
    const end = batch.isValue(i) ? NOT_SURE : this.#writeLine(batch, i, b, at);
    if (end !== NOT_SURE) return end;
    try {
      return this.#writeEvent(batch.event[i] ?? this.#parse(batch, i), b, at);
    } catch (error) {
      if (error instanceof RoundedNumberError) return this.#writeLossless(batch, i, b, at);
      return this.#passOver(error, at);
    }
  }

  /** Writes an event by its text alone. @returns {@link NOT_SURE} where that takes an object. */
  #writeLine(batch: EventBatch, i: number, b: Buffer, at: number): number {
    const transcoder = Transcoder.shared();
    if (transcoder === undefined) return NOT_SURE;
    const end = transcoder.write(this.#bufferOf(batch, i), batch.start[i]!, batch.end[i]!, b, at);
    if (end !== NOT_SURE) this.unknown.fields += transcoder.unknownFields;
    return end;
  }

  get #encode(): MessageEncoder {
    this.#compiled ??= compileEncoder(GetEventsResponse, this.unknown);
    return this.#compiled;
  }

  #writeEvent(event: JsonObject, b: WritableBuffer, at: number): number {
    const type = typeOf(event);
    if (!EVENT_TYPES.has(type)) return this.#writeOther(event, type, b, at);
    const unknownBefore = this.unknown.fields;
    const end = this.#encode(event, b, at);
    if (!this.unknown.isRenamed) return end;
    this.unknown.isRenamed = false;
    this.unknown.fields = unknownBefore;
    return this.#encode(withProtoNames(event), b, at);
  }

  /** Writes an event whose type is in another spelling, or came from an API that is newer. No other type has a message. */
  #writeOther(event: JsonObject, type: string, b: WritableBuffer, at: number): number {
    const renamed = withProtoNames(event);
    if (EVENT_TYPES.has(typeOf(renamed))) return this.#encode(renamed, b, at);
    const known = withoutUnknownType(event, type);
    if (known !== undefined) return this.#encode(known, b, at);
    this.#count(type);
    return at;
  }

  /** Writes an event with a number of more digits than JavaScript keeps. */
  #writeLossless(batch: EventBatch, i: number, b: WritableBuffer, at: number): number {
    try {
      batch.makeTextOf(i);
      return this.#writeEvent(decodeLossless(this.#textOf(batch, i)), b, at);
    } catch (error) {
      return this.#passOver(error, at);
    }
  }

  /** Counts an event that is not as the API has it. Anything else that was thrown goes on. */
  #passOver(error: unknown, at: number): number {
    const isInput =
      error instanceof UnencodableError || error instanceof SyntaxError || error instanceof RangeError;
    if (!isInput) throw error;
    this.#count(INVALID);
    return at;
  }

  #count(type: string): void {
    const { notExpressible } = this;
    const isKnown = notExpressible.has(type);
    const name =
      isKnown || (notExpressible.size < MAX_TYPES && type.length <= MAX_TYPE_LENGTH) ? type : OTHER_TYPES;
    notExpressible.set(name, (notExpressible.get(name) ?? 0) + 1);
  }

  #parse(batch: EventBatch, i: number): JsonObject {
    if (batch.text[i] === TEXT.ofValue) return batch.values!.object(batch.start[i]!);
    const value: unknown = JSON.parse(this.#textOf(batch, i));
    if (!isObject(value)) throw new UnencodableError("not an object");
    return value;
  }

  #textOf(batch: EventBatch, i: number): string {
    return this.#bufferOf(batch, i).utf8Slice(batch.start[i]!, batch.end[i]!);
  }

  #bufferOf(batch: EventBatch, i: number): SliceableBuffer {
    const bytes = batch.bufferAt(i);
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#buffer = asBuffer(bytes);
    }
    return this.#buffer;
  }
}

/** The encoding for clients of the API. */
export class TetragonProtobuf extends WrittenEncoding {
  readonly #events: EventProtobuf;

  constructor() {
    const events = new EventProtobuf();
    super(events);
    this.#events = events;
  }

  /**
   * Events that got no message, by type: those of types that the API lacks (`process_connect`, `agent_init`); `invalid`
   * for those with a field of another type than the API has; `other` for all beyond the first types.
   */
  get notExpressible(): ReadonlyMap<string, number> {
    return this.#events.notExpressible;
  }

  /** Fields, and names of enum values, that the API lacks and that messages are therefore without. */
  get unknownFields(): number {
    return this.#events.unknown.fields;
  }
}
