/** @module What validation adds to parsing, over thousands of events none of which is like another. */
import { readFileSync } from "node:fs";
import { isValidEvent } from "../../src/event/validate.ts";
import type { Fixture } from "./fixture.ts";
import { median } from "./statistics.ts";

/** CPU time of both, of one event. */
export interface ValidationCost {
  /** JSON.parse alone, nanoseconds. */
  readonly parseNs: number;
  /** JSON.parse and validation, nanoseconds. */
  readonly validatedNs: number;
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

/** Measures both in turn, after a round that does not count. @param rounds Odd, so that a ratio is a measured one. */
export function measureValidation(fixture: Fixture, rounds: number): ValidationCost {
  const texts = readFileSync(fixture.path, "utf8").trimEnd().split("\n");
  const parseNs: number[] = [];
  const validatedNs: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const parsed = time(parse, texts);
    const validated = time(validate, texts);
    if (round < 0) continue;
    parseNs.push(parsed);
    validatedNs.push(validated);
  }
  return { parseNs: median(parseNs), validatedNs: median(validatedNs) };
}
