import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { GetEventsResponse } from "../../src/event/description/index.ts";
import { eventType } from "../../src/event/kind.ts";
import { isWhole } from "../../src/event/whole.ts";
import type { JsonObject } from "../../src/lib/json/object.ts";
import { repeatedFields } from "./repeated-field.ts";

const FIXTURES = readFileSync(join(import.meta.dir, "../fixtures/tetragon-events.jsonl"), "utf8")
  .trimEnd()
  .split("\n");

/** What lies around a line in a buffer: it must not matter. */
const BEFORE = Buffer.from('{"a":1}\n');
const AFTER = Buffer.from('\n{":":1}');

function isWholeLine(text: string): boolean {
  const line = Buffer.from(text);
  const bytes = new Uint8Array(Buffer.concat([BEFORE, line, AFTER]));
  const start = BEFORE.length;
  const value = JSON.parse(text) as JsonObject;
  return isWhole(value, bytes, new DataView(bytes.buffer), start, start + line.length + 1);
}

describe("isWhole()", () => {
  test("is true of events as Tetragon writes them", () => {
    const known = FIXTURES.filter((line) => GetEventsResponse.fields.has(eventType(JSON.parse(line))!));
    expect(known.length).toBeGreaterThan(20);
    for (const line of known) expect([line, isWholeLine(line)]).toEqual([line, true]);
  });

  test.each([
    ['{"process_exec":{"process":{"pid":1,"arguments":"{\\"a\\":\\"b\\"} \\\\"}}}'],
    ['{"process_exec":{"process":{"arguments":"a\\\\\\":1;:"},"parent":null,"ancestors":[{},{"pid":2}]}}'],
    ['{ "process_exec": {"process": {"pod": {"pod_labels": {"a:b": "c:", "A": "c"}}}}, "time": null }'],
  ])("is true of %s", (line) => {
    expect(isWholeLine(line)).toBe(true);
  });

  test.each([
    ["a field that stands twice", '{"process_exec":{"process":{"pid":1,"pid":2}}}'],
    ["a type that stands twice", '{"process_exec":{"process":{"pid":1}},"process_exec":{}}'],
    ["a field that stands twice in an item", '{"process_exec":{"ancestors":[{},{"pid":1,"pid":1}]}}'],
    ["a name with escapes", '{"process_exec":{"process":{"pid":1,"p\\u0069d":2}}}'],
    ["white space behind names", '{"process_exec":{"process":{"pid" :1,"pid" :2}}}'],
    ["white space behind one name, and a text", '{"process_exec":{"process":{"pid"\t:1,"pid":2}}}'],
    ["an entry that stands twice", '{"process_exec":{"process":{"pod":{"pod_labels":{"a":"b","a":"c"}}}}}'],
    ["a field in camelCase", '{"process_exec":{"process":{"execId":"a"}}}'],
    ["a field that nobody knows", '{"process_exec":{"process":{"pid":1,"mystery":{"a":1,"a":2}}}}'],
    ["a field that is not valid", '{"process_exec":{"process":{"pid":"one"}}}'],
    ["__proto__", '{"process_exec":{"process":{"__proto__":{"pid":1}}}}'],
    ["a text that looks like a name", '{"process_exec":{"process":{"arguments":":","pid":1,"pid":2}}}'],
  ])("is false of a line with %s", (_what, line) => {
    expect(isWholeLine(line)).toBe(false);
  });

  test("is false wherever a field of an event is repeated", () => {
    fc.assert(
      fc.property(repeatedFields, ({ repeated }) => {
        if (repeated !== undefined) expect(isWholeLine(repeated)).toBe(false);
      }),
    );
  });
});
