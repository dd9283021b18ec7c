/** @module What tests of the sensor make up: records, without a kernel, and users; and where events end up. */
import { encodeRecord, type RecordValues } from "../../../scripts/bench/encode-record.ts";
import { createRecordView, type RecordLayout, type ViewOf } from "../../../src/kernel/record/index.ts";
import { EventWriter } from "../../../src/source/sensor/event/event-writer.ts";
import type { Credentials } from "../../../src/source/sensor/process/credentials.ts";
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

/** A writer whose events are kept, as lines and decoded. Both flush it first. */
export function collectEvents() {
  const decoder = new TextDecoder();
  const collected: string[] = [];
  const writer = new EventWriter({
    counters: createCounters(),
    sink: {
      write: () => undefined,
      offer: (batch) => {
        for (let i = 0; i < batch.count; i++) collected.push(decoder.decode(batch.line(i)));
      },
    },
  });
  const lines = (): readonly string[] => {
    writer.flush();
    return collected;
  };
  return { writer, lines, events: (): SensorEvent[] => lines().map((line) => JSON.parse(line)) };
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
