/** @module What tests of the sensor make up: records, without a kernel, and users; and where events end up. */
import { expect } from "bun:test";
import { fromBinary, fromJson, toJson } from "@bufbuild/protobuf";
import { encodeRecord, type RecordValues } from "../../../scripts/bench/encode-record.ts";
import type { Encoding } from "../../../src/encoding/encoding.ts";
import { TetragonProtobuf } from "../../../src/encoding/protobuf/encoding.ts";
import { GetEventsResponseSchema } from "../../../src/encoding/protobuf/generated/tetragon/events_pb.ts";
import type { EventBatch } from "../../../src/event/batch.ts";
import { eventType } from "../../../src/event/kind.ts";
import { createRecordView, type RecordLayout, type ViewOf } from "../../../src/kernel/record/index.ts";
import { PREFIX_BYTES } from "../../../src/lib/grpc/message.ts";
import type { JsonObject } from "../../../src/lib/json/object.ts";
import { BootClock } from "../../../src/source/sensor/event/clock.ts";
import { SensorEvents } from "../../../src/source/sensor/event/events.ts";
import type { Credentials } from "../../../src/source/sensor/process/credentials.ts";
import type { SensorSettings } from "../../../src/source/sensor/settings.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";
import type { SensorEvent } from "./support.ts";

/** In a ring buffer another record may have been behind this one. */
const NOISE = 0xaa;

/** A record where a program would have put it. */
export function placeRecord<L extends RecordLayout>(layout: L, values: RecordValues): ViewOf<L> {
  const bytes = encodeRecord(layout, values);
  const memory = new ArrayBuffer(Math.ceil(bytes.length / 8) * 8);
  new Uint8Array(memory).fill(NOISE).set(bytes);
  return createRecordView(layout, memory).at(0) as ViewOf<L>;
}

const protobuf = new TetragonProtobuf();

/** What protobuf's own runtime reads of event `i`. */
function decodedMessage({ lines }: Encoding, i: number): unknown {
  const message = lines.bufferAt(i).subarray(lines.startAt(i) + PREFIX_BYTES, lines.endAt(i));
  return toJson(GetEventsResponseSchema, fromBinary(GetEventsResponseSchema, message));
}

/** The same of a line, without the fields that the API lacks. */
function messageOf(line: string): unknown {
  const event = fromJson(GetEventsResponseSchema, JSON.parse(line), { ignoreUnknownFields: true });
  return toJson(GetEventsResponseSchema, event);
}

/** By what event `i` is counted. */
function countedOf({ values, place }: EventBatch, i: number) {
  const { counted } = values!;
  return { type: counted!.type(place[i]!), binary: counted!.binary(place[i]!) };
}

/** The same, as its text has it. */
function countedIn(event: JsonObject) {
  const type = eventType(event)!;
  const { process } = event[type] as { process?: { binary?: string } };
  return { type, binary: process?.binary ?? "" };
}

/**
 * Events that are kept, as lines and decoded. Both flush first. Of each event the object and the protobuf message are made
 * as well, before or after its text: they say the same.
 */
export function collectEvents(settings: SensorSettings = { nodeName: "node" }, clock = new BootClock()) {
  const decoder = new TextDecoder();
  const collected: string[] = [];
  let isTextFirst = false;
  const take = (batch: EventBatch): void => {
    const objects = (): string[] =>
      Array.from({ length: batch.count }, (_, i) => JSON.stringify(batch.values!.object(i)));
    isTextFirst = !isTextFirst;
    const early = isTextFirst ? [] : objects();
    protobuf.begin(batch);
    if (isTextFirst) batch.makeText();
    protobuf.encodeAll();
    batch.makeText();
    const late = isTextFirst ? objects() : early;
    for (let i = 0; i < batch.count; i++) {
      const line = decoder.decode(batch.line(i));
      expect(line).toBe(`${late[i]}\n`);
      expect(decodedMessage(protobuf, i)).toEqual(messageOf(line));
      expect(countedOf(batch, i)).toEqual(countedIn(JSON.parse(line)));
      collected.push(line);
    }
  };
  const collector = new SensorEvents(
    settings,
    { counters: createCounters(), sink: { write: () => undefined, offer: take } },
    clock,
  );
  const lines = (): readonly string[] => {
    collector.flush();
    return collected;
  };
  return { collector, lines, events: (): SensorEvent[] => lines().map((line) => JSON.parse(line)) };
}

/** Those of a process of one user, which has no capabilities. */
export function credentialsOfUser(id: number): Credentials {
  return {
    uid: id,
    gid: id,
    euid: id,
    egid: id,
    suid: id,
    sgid: id,
    fsuid: id,
    fsgid: id,
    securebits: 0,
    cap_permitted: 0n,
    cap_effective: 0n,
    cap_inheritable: 0n,
  };
}
