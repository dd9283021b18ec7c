import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { EventBatch, TEXT } from "../../../src/event/batch.ts";
import { decodeBatch, validateBatch } from "../../../src/event/decode.ts";
import { COMMON_FIELDS, KNOWN_TYPES } from "../../../src/event/kind.ts";
import { SLACK } from "../../../src/event/scan/line.ts";
import { LineScanner } from "../../../src/event/scan/scan.ts";
import { TextMemory } from "../../../src/event/scan/text-memory.ts";
import { isObject } from "../../../src/lib/json/object.ts";
import { validEvents } from "../fit/event-arbitrary.ts";

const FIXTURES = readFileSync(join(import.meta.dir, "../../fixtures/tetragon-events.jsonl"), "utf8")
  .trimEnd()
  .split("\n");

/** Whether the scanner is sure of a line. @param slack Bytes after it. */
function isSure(line: string, slack = SLACK): boolean {
  const bytes = new Uint8Array(Buffer.from(`${line}\n${"x".repeat(slack)}`));
  return new LineScanner(bytes, "full").isValid(0, bytes.length - slack);
}

/** Whether a key anywhere in `value` is written with an escape. */
function hasEscapedKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, member]) => JSON.stringify(key) !== `"${key}"` || hasEscapedKey(member),
  );
}

/** An event with a process that has `fields`. */
const withProcess = (fields: string): string => `{"process_exec":{"process":{${fields}}}}`;
const withArgument = (fields: string): string => `{"process_kprobe":{"args":[{${fields}}]}}`;

describe("LineScanner is sure of", () => {
  test("all of Tetragon's sample events", () => {
    expect(FIXTURES.filter((line) => isSure(line))).toHaveLength(31);
  });

  test("the same with spaces, and in any order", () => {
    for (const line of FIXTURES) {
      expect(isSure(JSON.stringify(JSON.parse(line), null, 1).replaceAll("\n", ""))).toBe(true);
      const reversed = JSON.stringify(JSON.parse(line), (_key, value) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).reverse())
          : value,
      );
      expect(isSure(reversed)).toBe(true);
    }
  });

  test("valid events with fields of every kind, but for keys with escapes", () => {
    fc.assert(
      fc.property(validEvents, (event) => {
        const text = JSON.stringify(event);
        const members = Object.entries(event);
        const isKnown = members.some(([key, value]) => KNOWN_TYPES.has(key) && isObject(value));
        // An event might stand in them a second time.
        const isDoubtful = members.some(
          ([key, value]) =>
            !KNOWN_TYPES.has(key) &&
            !COMMON_FIELDS.has(key) &&
            (isObject(value) || typeof value === "string"),
        );
        expect(hasEscapedKey(event) || !isKnown || isDoubtful || isSure(text)).toBe(true);
      }),
      { numRuns: 100 },
    );
  }, 30_000);

  test.each([
    '{"test":{}}',
    '  {"test":{}} \t\r',
    withProcess('"pid":4294967295,"tid":"7","uid":null,"auid":0'),
    withProcess('"arguments":"\\u003ca\\ud83d\\ude00\\ud83d ä😀\\"\\\\"'),
    withProcess('"start_time":"2023-09-09T23:27:42Z"'),
    withProcess('"start_time":"2016-12-31T23:59:60.123456789+05:30"'),
    withProcess('"cap":{"permitted":["CAP_BPF","NEW_ONE",3],"effective":[]}'),
    withProcess('"pod":{"pod_labels":{"a/b":"c","\\n":""}}'),
    withProcess('"new_field":{"a":[1,-2.5e+3,true,false,null,{"b":{}}]},"pid":1'),
    withProcess('"pid":1,"pid":2'),
    withArgument('"int_arg":-2147483648,"label":"x"'),
    withArgument('"size_arg":"18446744073709551615"'),
    withArgument('"long_arg":-9223372036854775808'),
    withArgument('"bytes_arg":"AA=="'),
    withArgument('"bytes_arg":"_-8"'),
    '{"node_name":"a","shard":5,"zone":"west","test":{},"list":[{}]}',
  ])("%s", (line) => {
    expect(isSure(line)).toBe(true);
  });
});

describe("LineScanner is sure of a line", () => {
  const line = Buffer.from(
    '{"process_exec":{"process":{"cwd":"/"}},"time":"2023-09-09T23:27:42.123456789Z"}\n',
  );

  test("at the end of its buffer", () => {
    expect(new LineScanner(new Uint8Array(line), "full").isValid(0, line.length)).toBe(true);
  });

  test("anywhere in a memory that text is read into, up to its end", () => {
    const { bytes } = new TextMemory(1000);
    for (const start of [0, 1, 15, 16, 500, bytes.length - line.length]) {
      bytes.fill(0x22);
      bytes.set(line, start);
      expect(new LineScanner(bytes, "full").isValid(start, start + line.length)).toBe(true);
      expect(new LineScanner(bytes.subarray(start), "full").isValid(0, line.length)).toBe(true);
    }
  });

  test("that is longer than the memory for copies", () => {
    const long = Buffer.from(`{"test":{},"mystery":"${"x".repeat(1 << 20)}"}\n`);
    expect(new LineScanner(new Uint8Array(long), "full").isValid(0, long.length)).toBe(true);
    expect(new LineScanner(new Uint8Array(long), "syntax").isValid(0, long.length)).toBe(true);
  });
});

describe("LineScanner leaves to the decoder", () => {
  test.each([
    "",
    "{",
    "{}",
    '{"process_of_tomorrow":{"process":{"pid":"whatever"}},"time":"2023-09-09T23:27:42Z"}',
    '{"process_exec":null}',
    '{"process_exit":{},"process_exec":{}}',
    '{"process_exec":{},"node_name":"a","process_exec":{}}',
    '{"process_exec":{},"processExit":{}}',
    '{"node_name":"a","process_of_tomorrow":{"process":{"pid":"whatever"}},"test":{}}',
    '{"test":{},"process_of_tomorrow":{"process":{}}}',
    '{"log":"{\\"process_exec\\":{}}","test":{}}',
    '{"test":{},"log":"\\u007b\\"a\\":1}"}',
    '{"test":{},"log":" {\\"a\\":1}"}',
    '{"log":"{\\"process_exec\\":{}}"}',
    "[]",
    "{}{}",
    withProcess('"pid":01'),
    withProcess('"pid":1{"uid":2'),
    withProcess('"p\\u0069d":"x"'),
    withProcess('"pid":"x","pid":1'),
    withProcess('"cwd":"\t"'),
    withProcess(`"new_field":${"[".repeat(100)}${"]".repeat(100)}`),
  ])("%s", (line) => {
    expect(isSure(line)).toBe(false);
  });

  test("a line without a newline", () => {
    expect(new LineScanner(new Uint8Array(Buffer.from("{}          ")), "full").isValid(0, 3)).toBe(false);
  });
});

/** A batch of `lines`, every third of them a copy, as the source makes them of a container's parts. */
function batchOf(lines: readonly Uint8Array[], slack: number): EventBatch {
  const whole = Buffer.concat([...lines.flatMap((line) => [line, Buffer.from("\n")]), Buffer.alloc(slack)]);
  const batch = new EventBatch(new Uint8Array(whole));
  batch.rewritten = new Uint8Array(whole);
  let start = 0;
  for (const [i, { length }] of lines.entries()) {
    const end = start + length + 1;
    batch.push(start, end, end);
    if (i % 3 === 2) {
      batch.text[i] = TEXT.rewritten;
      batch.bytes.fill(0xff, start, end - 1);
    }
    start = end;
  }
  return batch;
}

/** Lines with two events, or one that stands there a second time. */
const TWICE = [
  '{"process_exit":{},"process_exec":{}}',
  '{"process_exec":{},"time":null,"processExit":{}}',
  '{"process_exec":{},"process_of_tomorrow":{"process":{}}}',
  '{"process_exec":{},"log":"{\\"process_exec\\":{}}"}',
  '{"process_exec":{},"log":"eyJwcm9jZXNzX2V4ZWMi"}',
];

describe("validateBatch()", () => {
  test("drops a line with two events in full mode", () => {
    for (const line of TWICE) {
      const batch = batchOf([Buffer.from(line)], 9);
      const reasons: string[] = [];
      expect(validateBatch(batch, "full", (_bytes, _start, _end, reason) => reasons.push(reason))).toBe(1);
      expect(batch.count).toBe(0);
      expect(reasons.join()).toMatch(/^holds (two events|a second document)/);
    }
  });

  const line = fc.oneof(
    fc
      .constantFrom(...FIXTURES, ...TWICE, "{}", "[]", '{"a":1}', '{"time":5}', '{"time":"ä"}', "nonsense")
      .map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 20 }).filter((bytes) => !bytes.includes(0x0a)),
  );

  test("keeps and drops what decodeBatch() does, for the same reasons", () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.constantFrom("full" as const, "syntax" as const),
        fc.nat(9),
        (lines, mode, slack) => {
          const outcomes = [decodeBatch, validateBatch].map((run) => {
            const batch = batchOf(lines, slack);
            const invalid: unknown[] = [];
            const dropped = run(batch, mode, (bytes, start, end, reason) => {
              invalid.push([Buffer.from(bytes.subarray(start, end)).toString("hex"), reason]);
            });
            const kept = Array.from({ length: batch.count }, (_, i) =>
              Buffer.from(batch.line(i)).toString("hex"),
            );
            return { dropped, invalid, kept, positions: [...batch.position.subarray(0, batch.count)] };
          });
          expect(outcomes[1]).toEqual(outcomes[0]!);
          expect(outcomes[0]!.kept.length + outcomes[0]!.dropped).toBe(lines.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("reads a container's joined lines where they lie", () => {
    const batch = batchOf(
      FIXTURES.slice(0, 6).map((text) => Buffer.from(text)),
      SLACK,
    );
    expect(validateBatch(batch, "full", () => {})).toBe(0);
    expect(batch.event[0]).toBeUndefined();
  });
});
