import { expect, test } from "bun:test";
import fc from "fast-check";
import { planCuts, wholeBytes } from "../../../src/event/fit/plan.ts";
import { shapes } from "../../../src/event/fit/shape.ts";
import { type Group, type Part, takeApart } from "../../../src/event/fit/tree.ts";
import { text, validEvents } from "./event-arbitrary.ts";

const NO_BOUND = Number.POSITIVE_INFINITY;

test("wholeBytes() is the size of the JSON text", () => {
  const events = fc.oneof(validEvents, fc.dictionary(text, fc.oneof(text, fc.jsonValue())));
  fc.assert(
    fc.property(events, (event) => {
      const json = JSON.stringify(event);
      expect(wholeBytes(takeApart(JSON.parse(json), shapes().event, NO_BOUND))).toBe(Buffer.byteLength(json));
    }),
    { numRuns: 400 },
  );
});

/** Entries of groups that were looked at, those in other entries included. */
function entriesIn(part: Part): number {
  const inGroup = ({ entries }: Group): number =>
    entries.reduce<number>((sum, entry) => sum + 1 + (typeof entry === "object" ? entriesIn(entry) : 0), 0);
  return part.groups.reduce((sum, group) => sum + inGroup(group), 0);
}

test.each<[string, () => unknown]>([
  ["numbers", () => 1],
  ["strings", () => "abc"],
  ["objects", () => ({ Key: "K", Value: "V" })],
  ["long strings", () => "x".repeat(100)],
  ["empty lists", () => []],
])("of a list of %s no more is looked at than a datagram can hold", (_, item) => {
  const environment_variables = Array.from({ length: 200_000 }, item);
  const event = { process_exec: { process: { environment_variables } } };
  const root = takeApart(event, shapes().event, 1472);
  // An entry is a byte and a comma at least.
  expect(entriesIn(root)).toBeLessThanOrEqual(3 * 1472);
  expect(wholeBytes(root)).toBe(NO_BOUND);
  expect(planCuts(root, 1472)).toBeDefined();
});
