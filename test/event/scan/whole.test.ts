import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { GetEventsResponse, Process, typesWithin } from "../../../src/event/description/index.ts";
import { eventType } from "../../../src/event/kind.ts";
import { SLACK } from "../../../src/event/scan/line.ts";
import { LineScanner } from "../../../src/event/scan/scan.ts";
import { repeatedFields } from "../repeated-field.ts";
import { isDecodedAsItIs } from "./decoded.ts";

const FIXTURES = readFileSync(join(import.meta.dir, "../../fixtures/tetragon-events.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .filter((line) => GetEventsResponse.fields.has(eventType(JSON.parse(line))!));

/** Whether a line is certainly valid, and all that it says. */
function isWhole(text: string): boolean {
  const bytes = new Uint8Array(Buffer.from(`${text}\n${"x".repeat(SLACK)}`));
  const scanner = new LineScanner(bytes, "full");
  return scanner.isValid(0, bytes.length - SLACK) && scanner.isWhole;
}

describe("LineScanner.isNumbered", () => {
  const part = fc.constantFrom("a", "u0041", "\\\\", '\\"', "\\n", "\\u0041", "\\/", "x".repeat(50));

  test("is true of whole lines in which a character is written by its number, and of no others", () => {
    let numbered = 0;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.boolean(), (parts, isEntry) => {
        const text = `"${parts.join("")}"`;
        const field = isEntry ? `"pod":{"pod_labels":{${text}:"a"}}` : `"arguments":${text}`;
        const bytes = new Uint8Array(
          Buffer.from(`{"process_exec":{"process":{${field}}}}\n${"x".repeat(SLACK)}`),
        );
        const scanner = new LineScanner(bytes, "full");
        const isFound = scanner.isValid(0, bytes.length - SLACK) && scanner.isWhole;
        const isNumbered = parts.includes("\\u0041");
        if (isFound && isNumbered) numbered++;
        // An entry's name with escapes is not compared with the others, so the line is not whole.
        expect(scanner.isNumbered).toBe(isFound && isNumbered);
      }),
      { numRuns: 2_000 },
    );
    expect(numbered).toBeGreaterThan(300);
  });
});

describe("LineScanner.isWhole", () => {
  test("is true of events as Tetragon writes them, in any order and with spaces", () => {
    expect(FIXTURES.length).toBeGreaterThan(20);
    for (const line of FIXTURES) {
      expect([line, isWhole(line)]).toEqual([line, true]);
      expect(isWhole(JSON.stringify(JSON.parse(line), null, 1).replaceAll("\n", ""))).toBe(true);
      const reversed = JSON.stringify(JSON.parse(line), (_key, value) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).reverse())
          : value,
      );
      expect(isWhole(reversed)).toBe(true);
    }
  });

  test.each([
    ['{"process_exec":{"process":{"pid":1,"arguments":"{\\"a\\":\\"b\\"} \\\\"}}}'],
    ['{"process_exec":{"process":{"arguments":"a\\\\\\":1;:"},"parent":null,"ancestors":[{},{"pid":2}]}}'],
    [
      '{ "process_exec": { "process": { "pod": { "pod_labels": { "a:b": "c:", "A": "c" } } } }, "time": null }',
    ],
    ['{"process_kprobe":{"args":[{"int_arg":1},{"int_arg":1,"label":"a"}]},"time":null}'],
  ])("is true of %s", (line) => {
    expect(isWhole(line)).toBe(true);
  });

  test.each([
    ["a field that stands twice", '{"process_exec":{"process":{"pid":1,"pid":2}}}'],
    [
      "a field that stands twice, with others between",
      '{"process_exec":{"process":{"pid":1,"uid":1,"cwd":"","pid":1}}}',
    ],
    ["a late field that stands twice", '{"process_kprobe":{"args":[{"int_arg":1,"label":"a","int_arg":1}]}}'],
    ["a last field that stands twice", '{"process_kprobe":{"args":[{"sqe_arg":null,"sqe_arg":null}]}}'],
    ["a type that stands twice", '{"process_exec":{"process":{"pid":1}},"process_exec":{}}'],
    ["a time that stands twice", '{"process_exec":{"process":{"pid":1}},"time":null,"time":null}'],
    ["a field that stands twice in an item", '{"process_exec":{"ancestors":[{},{"pid":1,"pid":1}]}}'],
    ["a name with escapes", '{"process_exec":{"process":{"pid":1,"p\\u0069d":2}}}'],
    ["a field that stands twice, with white space", '{"process_exec":{"process":{"pid" :1,"pid" :2}}}'],
    ["an entry that stands twice", '{"process_exec":{"process":{"pod":{"pod_labels":{"a":"b","a":"c"}}}}}'],
    [
      "an entry whose name has an escape",
      '{"process_exec":{"process":{"pod":{"pod_labels":{"a":"b","\\u0061":"c"}}}}}',
    ],
    [
      "an entry that redaction looks for",
      '{"process_exec":{"process":{"pod":{"pod_labels":{"arguments":"c"}}}}}',
    ],
    ["an entry that redaction looks for", '{"process_exec":{},"node_labels":{"environment_variables":""}}'],
    ["an entry that redaction looks for", '{"process_exec":{},"node_labels":{"environmentVariables":""}}'],
    ["a field in camelCase", '{"process_exec":{"process":{"execId":"a"}}}'],
    ["a field that nobody knows", '{"process_exec":{"process":{"pid":1,"mystery":{"a":1,"a":2}}}}'],
    ["a field that is not valid", '{"process_exec":{"process":{"pid":"one"}}}'],
    ["__proto__", '{"process_exec":{"process":{"__proto__":{"pid":1}}}}'],
    ["a type that nobody knows", '{"process_of_tomorrow":{"process":{"pid":1}}}'],
  ])("is false of a line with %s", (_what, line) => {
    expect(isWhole(line)).toBe(false);
  });

  test("what redaction looks for is a field of processes alone", () => {
    const holders = [...typesWithin(GetEventsResponse).messages.values()].filter(
      ({ fields }) => fields.has("arguments") || fields.has("environment_variables"),
    );
    expect(holders).toEqual([Process]);
  });

  test("is false where a map has too many entries to compare", () => {
    const labels = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, ""]));
    const line = (count: number) =>
      JSON.stringify({ process_exec: { process: { pod: { pod_labels: labels(count) } } } });
    expect([64, 65].map((count) => isWhole(line(count)))).toEqual([true, false]);
  });

  test("is false wherever a field of an event is repeated, and true only of what is decoded as it is", () => {
    let whole = 0;
    fc.assert(
      fc.property(repeatedFields, ({ text, repeated }) => {
        if (isWhole(text)) {
          whole++;
          expect(isDecodedAsItIs(Buffer.from(text))).toBe(true);
        }
        if (repeated !== undefined) expect(isWhole(repeated)).toBe(false);
      }),
    );
    expect(whole).toBeGreaterThan(5);
  }, 30_000);
});
