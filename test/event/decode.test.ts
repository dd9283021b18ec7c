import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { BATCH_CAPACITY, EventBatch, WHOLE } from "../../src/event/batch.ts";
import { decodeBatch, validateBatch } from "../../src/event/decode.ts";
import { eventType } from "../../src/event/kind.ts";
import { decodeLine } from "../../src/event/parse-line.ts";

const FIXTURES = readFileSync(join(import.meta.dir, "../fixtures/tetragon-events.jsonl"), "utf8")
  .trim()
  .split("\n");

/** A batch of `lines`, which begins somewhere in a larger buffer. */
function batchOf(lines: readonly (string | Uint8Array)[]): EventBatch {
  const parts = lines.flatMap((line) => [
    typeof line === "string" ? Buffer.from(line) : line,
    Buffer.from("\n"),
  ]);
  const whole = Buffer.concat([Buffer.from([0xff, 0x0a]), ...parts, Buffer.from([0xff])]);
  const batch = new EventBatch(new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength));
  let at = 2;
  for (const [i, line] of lines.entries()) {
    const end = at + Buffer.byteLength(line) + 1;
    batch.push(at, end, i);
    at = end;
  }
  return batch;
}

interface Outcome {
  readonly kept: string[];
  readonly events: unknown[];
  readonly dropped: number;
  readonly invalid: string[];
  readonly reasons: string[];
}

function decode(lines: readonly (string | Uint8Array)[], mode: "full" | "syntax" = "full"): Outcome {
  const batch = batchOf(lines);
  const invalid: string[] = [];
  const reasons: string[] = [];
  const dropped = decodeBatch(batch, mode, (bytes, start, end, reason) => {
    invalid.push(Buffer.from(bytes.subarray(start, end)).toString("latin1"));
    reasons.push(reason);
  });
  const kept = Array.from({ length: batch.count }, (_, i) => Buffer.from(batch.line(i)).toString());
  for (let i = batch.count; i < lines.length; i++) expect(batch.event[i]).toBeUndefined();
  return { kept, events: batch.event.slice(0, batch.count), dropped, invalid, reasons };
}

describe("decodeBatch()", () => {
  test("decodes every line and leaves the bytes alone", () => {
    const { kept, events, dropped } = decode(FIXTURES);
    expect(dropped).toBe(0);
    expect(kept).toEqual(FIXTURES.map((line) => `${line}\n`));
    expect(events).toEqual(FIXTURES.map((line) => JSON.parse(line)));
  });

  test("drops invalid lines wherever they stand, keeps order and positions", () => {
    const batch = batchOf([
      "{",
      '{"time":1}',
      '{"test":{},"node_name":"a"}',
      "[]",
      '{"test":{},"node_name":"b"}',
      "5",
    ]);
    expect(decodeBatch(batch, "full", () => {})).toBe(4);
    expect(batch.count).toBe(2);
    expect(batch.event.slice(0, 3)).toEqual([
      { test: {}, node_name: "a" },
      { test: {}, node_name: "b" },
      undefined,
    ]);
    expect([...batch.position.slice(0, 2)]).toEqual([2, 4]);
  });

  test("says what is wrong with each line, in order", () => {
    const lines = [
      "{",
      "null",
      '{"process_exec":{"process":{"pid":"x"}}}',
      Buffer.from([0x22, 0xff, 0x22]),
      '{"test":{},"process_exec":[]}',
      '{"process_kprobe":{"args":[{},{"int_arg":null},7]}}',
      '{"test":{},"time":"now"}',
      '{"process_exec":{"process":{"pod":{"pod_labels":{"a b":1}}}}}',
    ];
    expect(decode(lines).reasons).toEqual([
      "not valid JSON",
      "not a JSON object",
      "process_exec.process.pid: expected uint32, found string",
      "not valid UTF-8",
      "process_exec: expected object, found array",
      "process_kprobe.args.2: expected object, found number",
      "time: expected RFC 3339 time, found string",
      'process_exec.process.pod.pod_labels."a b": expected string, found number',
    ]);
  });

  test("hands over the bytes of an invalid line, newline included", () => {
    expect(decode(['{"test":{}}', "{\u00e4", '{"test":{}}']).invalid).toEqual(["{\u00c3\u00a4\n"]);
  });

  test("never says what a string holds", () => {
    const secret = "s3cr3t-t0k3n";
    const lines = [
      `{"process_exec":{"process":{"arguments":["${secret}"],"pid":1}}}`,
      `{"process_exec":{"process":{"pid":"${secret}"}}}`,
      `{"process_exec":{"process":{"environment_variables":[{"Key":"A","Value":{"${secret}":1}}]}}}`,
      `{"process_exec":{"process":{"start_time":"${secret}"}}}`,
      `{"process_exec":"${secret}`,
      `{"process_kprobe":{"args":[{"bytes_arg":"${secret}!"}],"action":"!${secret}"}}`,
    ];
    const { reasons, dropped } = decode(lines);
    expect(dropped).toBe(lines.length);
    for (const reason of reasons) expect(reason).not.toContain(secret);
  });

  test("passes unknown fields and event types through", () => {
    const { dropped } = decode([
      '{"process_new":{"process":{"pid":"x"}},"more":[1]}',
      '{"process_exec":{"x":{}}}',
      '{"event_of_tomorrow":{"text":"x"},"time":"2023-09-09T23:27:42Z"}',
    ]);
    expect(dropped).toBe(0);
  });

  test("mode syntax asks for JSON objects only", () => {
    const { reasons } = decode(['{"time":1}', "[]", "{"], "syntax");
    expect(reasons).toEqual(["not a JSON object", "not valid JSON"]);
  });

  test("decodes UTF-8 beside ASCII", () => {
    const { events, dropped } = decode([
      '{"test":{},"node_name":"a"}',
      '{"test":{},"node_name":"Zürich 😀"}',
      '{"test":{},"node_name":"\\u00e4"}',
    ]);
    expect(dropped).toBe(0);
    expect(events).toEqual(["a", "Zürich 😀", "ä"].map((node_name) => ({ test: {}, node_name })));
  });

  test("lets errors of the callback out", () => {
    const fail = () => {
      throw new Error("from the callback");
    };
    expect(() => decodeBatch(batchOf(["{"]), "full", fail)).toThrow("from the callback");
  });

  test("takes full batches and empty ones", () => {
    expect(decode(Array.from({ length: BATCH_CAPACITY }, () => '{"test":{}}')).kept).toHaveLength(
      BATCH_CAPACITY,
    );
    expect(decode([]).kept).toEqual([]);
  });

  test("keeps exactly the lines that are valid on their own", () => {
    const bytes = fc
      .uint8Array({ maxLength: 20 })
      .map((bytes) => bytes.map((byte) => (byte === 0x0a ? 0x20 : byte)));
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom(...FIXTURES),
        fc.json(),
        bytes,
        fc.constantFrom('{"a":[1', "2]}", "{},{}", '"', '{"time":0}'),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(lines, fc.constantFrom("full" as const, "syntax" as const), (lines, mode) => {
        const alone = lines.map((line) => decode([line], mode));
        const together = decode(lines, mode);
        expect(together.kept).toEqual(alone.flatMap(({ kept }) => kept));
        expect(together.reasons).toEqual(alone.flatMap(({ reasons }) => reasons));
        expect(together.dropped).toBe(lines.length - together.kept.length);
      }),
      { numRuns: 200 },
    );
  });
});

describe("eventType()", () => {
  test.each([
    ['{"process_exec":{},"node_name":"a","time":"b"}', "process_exec"],
    ['{"node_name":"a","time":"b","process_connect":{}}', "process_connect"],
    ['{"cluster_name":"c","node_labels":{},"aggregation_info":{},"rate_limit_info":{}}', "rate_limit_info"],
    ['{"node_name":"a"}', undefined],
    ["{}", undefined],
  ])("of %s is %p", (text, expected) => {
    expect(eventType(JSON.parse(text))).toBe(expected as string);
  });
});

describe("decodeBatch() with isLazy", () => {
  /** Nobody scans a line that is the last in its buffer. */
  const LAST = '{"nothing":1}';
  const WHOLE = '{"process_exec":{"process":{"pid":1,"arguments":"ä"}}}';

  test("leaves undecoded what is certainly one valid event and all that the line says", () => {
    const lines = [
      WHOLE,
      '{"process_exec":{"process":{"pid":1,"pid":2}}}',
      '{"process_exec":{"process":{"execId":"a"}}}',
      '{"process_exec":{"process":{"pid":"x"}}}',
      '{"event":"agent_init"}',
      WHOLE,
    ];
    const batch = batchOf([...lines, LAST]);
    expect(decodeBatch(batch, "full", () => {}, { isExamined: true, isLazy: true })).toBe(2);
    expect(batch.event.slice(0, batch.count)).toEqual([
      undefined,
      { process_exec: { process: { pid: 2 } } },
      { process_exec: { process: { exec_id: "a" } } },
      { event: "agent_init" },
      undefined,
    ]);
    expect(decodeLine(batch, 4)).toEqual(JSON.parse(WHOLE));
  });

  test("decodes at once where most lines are in doubt, and what is too large to be taken unseen", () => {
    const odd = Array.from({ length: 20 }, () => '{"process_exec":{"new":1}}');
    const batch = batchOf([...odd, WHOLE, LAST]);
    decodeBatch(batch, "full", () => {}, { isLazy: true });
    expect(batch.event[20]).toEqual(JSON.parse(WHOLE));
    const large = batchOf([WHOLE.replace("ä", "x".repeat(100_000)), WHOLE, LAST]);
    decodeBatch(large, "full", () => {}, { isLazy: true });
    expect(large.event[0]).toBeDefined();
    expect(large.event[1]).toBeUndefined();
  });

  test("drops what it drops otherwise, for the same reasons", () => {
    const line = fc.constantFrom(
      ...FIXTURES,
      "no JSON",
      "{}",
      '{"event":"agent_init"}',
      '{"process_exec":{"process":[]}}',
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }),
        fc.constantFrom("full" as const, "syntax" as const),
        (lines, mode) => {
          const outcomes = [false, true].map((isLazy) => {
            const batch = batchOf([...lines, LAST]);
            const reasons: string[] = [];
            const onInvalid = (_bytes: Uint8Array, _start: number, _end: number, reason: string) =>
              reasons.push(reason);
            const invalid = decodeBatch(batch, mode, onInvalid, { isExamined: true, isLazy });
            const events = Array.from(
              { length: batch.count },
              (_, i) => batch.event[i] ?? decodeLine(batch, i),
            );
            return { invalid, reasons, events };
          });
          expect(outcomes[1]).toEqual(outcomes[0]!);
        },
      ),
    );
  });
});

describe("validateBatch()", () => {
  const KNOWN = '{"process_exec":{"process":{"pid":1,"binary":"/a"}},"time":"2026-01-01T00:00:00Z"}';
  const UNKNOWN = '{"process_exec":{"process":{"pid":2,"new_field":1}}}';
  const TWICE = '{"process_exec":{"process":{"pid":3,"pid":4}}}';
  const CAMEL = '{"processExec":{"process":{"pid":5}}}';

  test("says of which lines all is known, also behind lines that are dropped, and in a copy", () => {
    const batch = batchOf(["no event", KNOWN, UNKNOWN, "{}", KNOWN, TWICE, CAMEL, KNOWN, KNOWN]);
    expect(batch.whole[1]).toBe(WHOLE.unknown);
    expect(validateBatch(batch, "full", () => {})).toBe(2);
    const shown = (of: EventBatch) =>
      Array.from({ length: of.count }, (_, i) => [decodeLine(of, i), of.whole[i] === WHOLE.yes]);
    const isWhole = [true, false, true, false, false, true];
    expect(
      shown(batch)
        .slice(0, -1)
        .map(([, whole]) => whole),
    ).toEqual(isWhole);
    const copy = new EventBatch(new Uint8Array(0));
    batch.copyTo(copy);
    expect(shown(copy)).toEqual(shown(batch));
    // The next batch has other lines.
    batch.clear();
    batch.push(2, 4, 0);
    expect(batch.whole[0]).toBe(WHOLE.unknown);
  });

  test("says nothing of it where only the syntax is looked at", () => {
    const batch = batchOf([KNOWN, KNOWN]);
    validateBatch(batch, "syntax", () => {});
    expect(batch.whole[0]).toBe(WHOLE.unknown);
  });
});
