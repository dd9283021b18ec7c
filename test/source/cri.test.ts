import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type CriLine, parseCriLine } from "../../src/source/cri-line.ts";
import { LineCursor } from "../../src/source/line-cursor.ts";
import { LineSplitter } from "../../src/source/line-splitter.ts";
import { writeLast, writeLines } from "../../src/source/pump.ts";
import { createCounters } from "../../src/telemetry/counters.ts";
import { MemorySink } from "./harness.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const TIME = "2024-01-01T00:00:00.000000000Z";

function parse(line: string): { stream: number; isPartial: boolean; text: string } | undefined {
  const bytes = encoder.encode(line);
  const found: CriLine = { stream: 0, isPartial: false, text: 0 };
  if (!parseCriLine(bytes, 0, bytes.length, found)) return undefined;
  return {
    stream: found.stream,
    isPartial: found.isPartial,
    text: decoder.decode(bytes.subarray(found.text)),
  };
}

async function run(text: string | Uint8Array, pieceLength: number, maxLineBytes = 1024 * 1024) {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const sink = new MemorySink();
  const counters = createCounters();
  const splitter = new LineSplitter({ maxLineBytes, counters, onTooLong: () => undefined });
  splitter.select(new LineCursor());
  for (let at = 0; at < bytes.length; ) {
    const room = splitter.room();
    const piece = bytes.subarray(at, at + Math.min(pieceLength, room.length));
    room.set(piece);
    splitter.added(piece.length);
    at += piece.length;
    await writeLines(splitter, sink);
  }
  await writeLast(splitter, sink);
  return { lines: sink.lines, positions: sink.positions, ends: sink.ends, counters };
}

describe("parseCriLine()", () => {
  for (const [line, wanted] of [
    [`${TIME} stdout F {"a":1}`, { stream: 0, isPartial: false, text: `{"a":1}` }],
    [`${TIME} stderr P {"a`, { stream: 1, isPartial: true, text: `{"a` }],
    [`2024-01-01T00:00:00Z stdout F x`, { stream: 0, isPartial: false, text: "x" }],
    [`2024-01-01T00:00:00.000000000+02:00 stdout F x`, { stream: 0, isPartial: false, text: "x" }],
    [`${TIME} stdout P:tag:other  two`, { stream: 0, isPartial: true, text: " two" }],
    [`${TIME} stdout F `, { stream: 0, isPartial: false, text: "" }],
    [`${TIME} stdout F`, { stream: 0, isPartial: false, text: "" }],
    [`${TIME} stdin F x`, undefined],
    [`${TIME} stdout G x`, undefined],
    [`${TIME} stdout Full x`, undefined],
    [`${TIME}`, undefined],
    ["1234", undefined],
    [`{"a":1}`, undefined],
  ] as const) {
    test(`${wanted === undefined ? "rejects" : "parses"} ${JSON.stringify(line)}`, () => {
      expect(parse(line)).toEqual(wanted);
    });
  }

  test("never reads past the line", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9T:.Z stdouerFP-]{0,60}$/), (line) => {
        const found = parse(line);
        if (found !== undefined) expect(line.endsWith(found.text)).toBe(true);
      }),
    );
  });
});

describe("container log lines", () => {
  test("leave as their text, and mix with plain ones", async () => {
    const text = `${TIME} stdout F {"a":1}\n{"b":2}\n${TIME} stderr F {"c":3}\n${TIME} stdout F \n`;
    const { lines, counters } = await run(text, 11);
    expect(lines).toEqual([`{"a":1}\n`, `{"b":2}\n`, `{"c":3}\n`]);
    expect(counters.read).toBe(3);
  });

  test("are joined, each stream by itself, at the position after their last part", async () => {
    const parts = [
      `${TIME} stdout P {"a":\n`,
      `${TIME} stderr P {"b":\n`,
      `${TIME} stdout P "x\n`,
      `${TIME} stdout F y"}\n`,
      `${TIME} stderr F 1}\n`,
    ];
    const { lines, positions } = await run(parts.join(""), 1000);
    expect(lines).toEqual([`{"a":"xy"}\n`, `{"b":1}\n`]);
    expect(positions).toEqual([parts.slice(0, 4).join("").length, parts.join("").length]);
  });

  test("come out whole, whatever is cut where", async () => {
    const event = fc.record({
      stream: fc.constantFrom("stdout", "stderr"),
      text: fc.stringMatching(/^[a-z]{0,90}$/),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 12 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 80 }),
        async (events, partLength, pieceLength) => {
          let text = "";
          for (const { stream, text: word } of events) {
            let rest = `{"e":"${word}"}`;
            for (; rest.length > partLength; rest = rest.slice(partLength)) {
              text += `${TIME} ${stream} P ${rest.slice(0, partLength)}\n`;
            }
            text += `${TIME} ${stream} F ${rest}\n`;
          }
          const { lines, counters } = await run(text, pieceLength);
          expect(lines).toEqual(events.map(({ text: word }) => `{"e":"${word}"}\n`));
          expect(counters).toMatchObject({ read: events.length, bytes_read: text.length });
        },
      ),
      { numRuns: 200 },
    );
  });

  test("over the limit are counted once and skipped to their end", async () => {
    const part = `${TIME} stdout P ${"x".repeat(300)}\n`;
    const text = `${part.repeat(10)}${TIME} stdout F end\n${TIME} stdout F {"a":1}\n`;
    const { lines, counters } = await run(text, 100, 1000);
    expect(lines).toEqual([`{"a":1}\n`]);
    expect(counters).toMatchObject({ read: 2, line_too_long: 1 });
  });

  test("without an end are a line at the end of the stream", async () => {
    const { lines, counters } = await run(`${TIME} stdout P {"a"`, 5);
    expect(lines).toEqual([`{"a"\n`]);
    expect(counters.read).toBe(1);
  });
});
