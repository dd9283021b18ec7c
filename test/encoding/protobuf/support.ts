/** What tests of protobuf compare with: protobuf's own runtime. */
import { fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import type fc from "fast-check";
import type { TetragonProtobuf } from "../../../src/encoding/protobuf/encoding.ts";
import {
  type GetEventsResponse,
  GetEventsResponseSchema,
} from "../../../src/encoding/protobuf/generated/tetragon/events_pb.ts";
import { EventBatch } from "../../../src/event/batch.ts";
import {
  GetEventsResponse as Description,
  type FieldDescriptor,
  MessageDescriptor,
} from "../../../src/event/description/index.ts";
import { PREFIX_BYTES } from "../../../src/lib/grpc/message.ts";
import type { JsonObject } from "../../../src/lib/json/object.ts";
import { validEvents } from "../../event/fit/event-arbitrary.ts";

/** A batch of lines: of events, or of texts as they are. */
export function batchOf(...events: readonly (object | string)[]): EventBatch {
  const lines = events.map((event) =>
    Buffer.from(`${typeof event === "string" ? event : JSON.stringify(event)}\n`),
  );
  const batch = new EventBatch(Buffer.concat(lines));
  let at = 0;
  for (const { length } of lines) {
    batch.push(at, at + length, 0);
    at += length;
  }
  return batch;
}

/** The messages of a batch, without gRPC's prefix; `undefined` for events without one. */
export function encoded(encoding: TetragonProtobuf, batch: EventBatch): (Uint8Array | undefined)[] {
  encoding.begin(batch);
  encoding.encodeAll();
  const { lines } = encoding;
  return Array.from({ length: lines.length }, (_, i) => {
    const frame = Buffer.from(lines.bufferAt(i).subarray(lines.startAt(i), lines.endAt(i)));
    if (frame.length === 0) return undefined;
    if (frame[0] !== 0 || frame.readUInt32BE(1) !== frame.length - PREFIX_BYTES) {
      throw new Error(`Not a gRPC message: ${frame.toString("hex")}`);
    }
    return frame.subarray(PREFIX_BYTES);
  });
}

/** What protobuf's runtime reads of a message, as plain objects. */
export function read(message: Uint8Array): unknown {
  return toJson(GetEventsResponseSchema, fromBinary(GetEventsResponseSchema, message), {
    useProtoFieldName: true,
  });
}

/** What protobuf's runtime makes of an event. */
export function messageOf(event: JsonObject): GetEventsResponse {
  return fromJson(GetEventsResponseSchema, event as never, { ignoreUnknownFields: true });
}

/** The bytes that protobuf's runtime makes of an event. */
export function bytesOf(event: JsonObject): Uint8Array {
  return toBinary(GetEventsResponseSchema, messageOf(event));
}

/** A time that protobuf's runtime refuses, as Go does: a leap second. */
const LEAP_SECOND = "2024-02-29T00:00:60+01:00";
const ORDINARY_SECOND = "2024-02-29T00:00:59+01:00";

/** What protobuf's runtime takes of an event that is valid here: one member of each one-of, no leap second, whole characters. */
function taken(value: unknown, message: MessageDescriptor): unknown {
  const present = new Set<string>();
  const entries = Object.entries(value as JsonObject).flatMap(([name, inner]): [string, unknown][] => {
    const field = message.fields.get(name);
    if (field?.oneof !== undefined) {
      if (present.has(field.oneof)) return [];
      present.add(field.oneof);
    }
    return [[name, field === undefined ? inner : takenField(inner, field)]];
  });
  return Object.fromEntries(entries);
}

function takenField(value: unknown, { type, cardinality }: FieldDescriptor): unknown {
  if (value === LEAP_SECOND) return ORDINARY_SECOND;
  if (!(type instanceof MessageDescriptor) || cardinality === "map") return wellFormed(value);
  return Array.isArray(value) ? value.map((item) => taken(item, type)) : taken(value, type);
}

/** A text, or texts, without lone halves of characters. */
function wellFormed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, inner) => {
    if (typeof inner === "string") return inner.toWellFormed();
    if (typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, item]) => [key.toWellFormed(), item]));
  });
}

/** Types that the API has. */
export const EVENT_TYPES: readonly string[] = [...Description.fields.values()].flatMap(({ name, oneof }) =>
  oneof === undefined ? [] : [name],
);

/** Events of the API's types, with fields that it lacks, which protobuf's runtime takes. */
export const apiEvents: fc.Arbitrary<JsonObject> = validEvents
  .filter((event) => EVENT_TYPES.some((type) => Object.hasOwn(event, type)))
  .map((event) => taken(event, Description) as JsonObject);

/** The events of `test/fixtures`, which Tetragon has written. */
export async function realEvents(): Promise<string[]> {
  const text = await Bun.file(new URL("../../fixtures/tetragon-events.jsonl", import.meta.url)).text();
  return text.split("\n").filter((line) => line !== "");
}
