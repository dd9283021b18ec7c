/** @module The event model: what a batch of Tetragon's events costs, by step. */
import { bench, do_not_optimize } from "mitata";
import * as v from "valibot";
import { EventBatch } from "../../src/event/batch.ts";
import { decodeBatch } from "../../src/event/decode.ts";
import { GetEventsResponse } from "../../src/event/description/index.ts";
import { decodeLossless, encode } from "../../src/event/encode.ts";
import { fit } from "../../src/event/fit.ts";
import { schemaOf } from "../../src/event/schema/derive.ts";
import { isValidEvent } from "../../src/event/validate.ts";
import type { JsonObject } from "../../src/lib/json/object.ts";

const FIXTURE = new URL("../../test/fixtures/tetragon-events.jsonl", import.meta.url);

/** Payload of a datagram that Ethernet carries whole. */
const ETHERNET_BYTES = 1472;

/** Every event is valid; a benchmark of refusals would measure something else. */
function failOnInvalid(_bytes: Uint8Array, _start: number, _end: number, reason: string): never {
  throw new Error(`Cannot measure: an event is invalid: ${reason}`);
}

/** All lines of `text` as one batch. */
function batchOf(text: string): EventBatch {
  const bytes = Buffer.from(text);
  const batch = new EventBatch(bytes);
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf("\n", start) + 1;
    batch.push(start, end, end);
    start = end;
  }
  return batch;
}

/** Registers a case that takes the events in turn: a call is one event. */
function perEvent<T>(name: string, events: readonly T[], step: (event: T) => unknown): void {
  let next = 0;
  bench(name, () => {
    do_not_optimize(step(events[next]!));
    next = next + 1 === events.length ? 0 : next + 1;
  });
}

/** Registers `event/...` with mitata. A call is one of Tetragon's sample events, `event/decode` all of them. */
export async function registerEventBenchmarks(): Promise<void> {
  const text = await Bun.file(FIXTURE).text();
  const lines = text.trimEnd().split("\n");
  const events: JsonObject[] = lines.map((line) => JSON.parse(line));
  const tooLarge = lines.filter((line) => Buffer.byteLength(line) >= ETHERNET_BYTES);
  const batch = batchOf(text);
  for (const mode of ["full", "syntax"] as const) {
    bench(`event/decode ${mode}, ${lines.length} events`, () => decodeBatch(batch, mode, failOnInvalid));
  }
  perEvent("event/parse", lines, JSON.parse);
  perEvent("event/validate", events, isValidEvent);
  const schema = schemaOf(GetEventsResponse);
  perEvent("event/validate by valibot", events, (event) => v.is(schema, event));
  perEvent("event/decode without loss", lines, decodeLossless);
  perEvent("event/encode", events, encode);
  perEvent("event/fit", tooLarge, (line) => fit(line, ETHERNET_BYTES));
}
