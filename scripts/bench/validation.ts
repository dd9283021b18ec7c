/** @module What validation adds to parsing, over thousands of events none of which is like another. */
import { readFileSync } from "node:fs";
import { EventBatch } from "../../src/event/batch.ts";
import { validateBatch } from "../../src/event/decode.ts";
import { isValidEvent } from "../../src/event/validate.ts";
import type { Fixture } from "./fixture.ts";
import { median } from "./statistics.ts";

/** CPU times, of one event. */
export interface ValidationCost {
  /** JSON.parse alone, nanoseconds. */
  readonly parseNs: number;
  /** JSON.parse and validation, nanoseconds. */
  readonly validatedNs: number;
  /** Validation of its bytes, as the agent does it when no stage needs the event, nanoseconds. */
  readonly scannedNs: number;
}

const parse = (text: string): boolean => JSON.parse(text) !== null;
const validate = (text: string): boolean => isValidEvent(JSON.parse(text));

/** CPU time of one call, nanoseconds. @throws Error when an event is refused. */
function time(check: (text: string) => boolean, texts: readonly string[]): number {
  const before = process.cpuUsage();
  for (const text of texts) {
    if (!check(text)) throw new Error(`Cannot measure validation: event is invalid: ${text}`);
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / texts.length;
}

/** CPU time of the agent's own way, of one event, nanoseconds. @throws Error when an event is refused. */
function timeBatches(bytes: Uint8Array, count: number): number {
  const batch = new EventBatch(bytes);
  const refuse = (_bytes: Uint8Array, _start: number, _end: number, reason: string): never => {
    throw new Error(`Cannot measure validation: event is invalid: ${reason}`);
  };
  const before = process.cpuUsage();
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = bytes.indexOf(NEWLINE, start) + 1;
    batch.push(start, end, end);
    start = end;
    if (!batch.isFull && i < count - 1) continue;
    validateBatch(batch, "full", refuse);
    batch.clear();
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / count;
}

const NEWLINE = 0x0a;

/** Measures all in turn, after a round that does not count. @param rounds Odd, so that a ratio is a measured one. */
export function measureValidation(fixture: Fixture, rounds: number): ValidationCost {
  const bytes = new Uint8Array(readFileSync(fixture.path));
  const texts = Buffer.from(bytes.buffer).toString().trimEnd().split("\n");
  const parseNs: number[] = [];
  const validatedNs: number[] = [];
  const scannedNs: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const parsed = time(parse, texts);
    const validated = time(validate, texts);
    const scanned = timeBatches(bytes, texts.length);
    if (round < 0) continue;
    parseNs.push(parsed);
    validatedNs.push(validated);
    scannedNs.push(scanned);
  }
  return { parseNs: median(parseNs), validatedNs: median(validatedNs), scannedNs: median(scannedNs) };
}
