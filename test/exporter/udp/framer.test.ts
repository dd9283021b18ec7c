import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createCompressor } from "../../../src/encoding/compression/compress.ts";
import type { Format } from "../../../src/encoding/envelope.ts";
import { createGelf } from "../../../src/encoding/gelf/envelope.ts";
import { createRfc5424 } from "../../../src/encoding/rfc5424/envelope.ts";
import { NO_STREAM } from "../../../src/event/batch.ts";
import { Framer } from "../../../src/exporter/udp/framer.ts";
import { Chunks } from "../../../src/receiver/chunks.ts";
import { decodeDatagram } from "../../../src/receiver/decode.ts";
import { batchOf } from "../support.ts";

function framer(
  format: Exclude<Format, "json">,
  maxDatagramBytes = 65507,
  compression: "none" | "gzip" | "zlib" = "none",
): Framer {
  const isGelf = format === "gelf";
  const envelope = isGelf ? createGelf() : createRfc5424(16, 42);
  const compress = compression === "none" ? undefined : createCompressor(compression);
  return new Framer({ envelope, maxDatagramBytes, hasChunks: isGelf, compress });
}

/** All datagrams of the lines, and what there is to know of each. */
function packed(target: Framer, lines: string[]) {
  const batch = batchOf(lines);
  const datagrams: { bytes: Buffer; events: number; stream: number; isShortened: boolean }[] = [];
  for (let next = 0; next < lines.length; ) {
    target.pack(batch, false, Number.POSITIVE_INFINITY, next);
    for (let i = 0; i < target.length; i++)
      datagrams.push({
        bytes: Buffer.from(target.bufferAt(i)),
        events: target.eventsAt(i),
        stream: target.streamAt(i),
        isShortened: target.isShortenedAt(i),
      });
    next = target.lineAt(target.length);
    target.settle(target.length);
  }
  return datagrams;
}

const text = fc.string({ unit: "grapheme", maxLength: 300 });
const event = fc
  .record({ key: text, body: fc.dictionary(text, text), node: text, time: text, isFirst: fc.boolean() })
  .map(({ key, body, node, time, isFirst }) => {
    const common = { node_name: node, time };
    return JSON.stringify(isFirst ? { ...common, [key]: body } : { [key]: body, ...common });
  });

describe.each(["rfc5424", "gelf"] as const)("Framer, %s", (format) => {
  test("whatever an event says, its bytes come out of the datagrams as they went in", () => {
    const target = framer(format);
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (lines) => {
        const datagrams = packed(target, lines);
        const out = datagrams.flatMap(({ bytes }) => decodeDatagram(bytes).documents.map(String));
        expect(out).toEqual(lines.map((line) => `${line}\n`));
        expect(datagrams.every(({ events, isShortened }) => events === 1 && !isShortened)).toBe(true);
      }),
    );
  });

  test("an event that is too large is shortened until it fits with its envelope", () => {
    const args = `"\\`.repeat(200_000);
    const line = JSON.stringify({
      process_exec: { process: { binary: "/a", arguments: args } },
      time: "2026-01-01T00:00:00Z",
    });
    const datagrams = packed(framer(format, 1472), [line]);
    const chunks = new Chunks();
    const whole = datagrams.map(({ bytes }) => chunks.add(bytes, "a", 0)).at(-1)!;
    const document = JSON.parse(decodeDatagram(whole).documents[0]!.toString());
    expect(document).toMatchObject({ tetrad_truncated: true, process_exec: { process: { binary: "/a" } } });
    expect(datagrams.every(({ bytes }) => bytes.length <= 1472)).toBe(true);
    expect(datagrams.length).toBeLessThanOrEqual(format === "gelf" ? 128 : 1);
    expect(datagrams.at(-1)).toMatchObject({ events: 1, isShortened: true });
  });
});

const TYPICAL =
  '{"process_exec":{"process":{"pid":1}},"node_name":"host a","time":"2026-11-30T05:31:45.123456789Z"}';

test("Framer writes the header that RFC 5424 says: facility and severity, six digits of a second, no space in the host", () => {
  const { bytes } = packed(framer("rfc5424"), [TYPICAL])[0]!;
  expect(bytes.toString()).toBe(
    `<134>1 2026-11-30T05:31:45.123456Z host?a tetrad 42 process_exec [event@32473 type="process_exec"] ${TYPICAL}`,
  );
});

test("Framer escapes quote, backslash and bracket in structured data, and says - where there is nothing", () => {
  const line = '{"a\\"]\\\\b":{}}';
  const { bytes } = packed(framer("rfc5424"), [line])[0]!;
  expect(bytes.toString()).toBe(`<134>1 - - tetrad 42 a"]\\b [event@32473 type="a\\"\\]\\\\b"] ${line}`);
});

test("Framer writes GELF 1.1: the time in seconds, the event as full_message", () => {
  const { bytes } = packed(framer("gelf"), [TYPICAL])[0]!;
  expect(JSON.parse(bytes.toString())).toEqual({
    version: "1.1",
    host: "host a",
    short_message: "process_exec",
    timestamp: 1796016705.123456,
    level: 6,
    _event_type: "process_exec",
    full_message: TYPICAL,
  });
});

test("Framer leaves nothing out of a GELF message in chunks; only the last one counts and moves a checkpoint", () => {
  const line = JSON.stringify({ process_exec: { process: { arguments: 'é"'.repeat(20_000) } } });
  const datagrams = packed(framer("gelf", 1472), [line, TYPICAL]);
  expect(datagrams.slice(0, -2).every(({ events, stream }) => events === 0 && stream === NO_STREAM)).toBe(
    true,
  );
  expect(datagrams.slice(-2).every(({ events }) => events === 1)).toBe(true);
  const [parts, ids] = [datagrams.slice(0, -1).map(({ bytes }) => bytes), new Set<string>()];
  for (const [number, part] of parts.entries()) {
    expect([part[0], part[1], part[10], part[11]]).toEqual([0x1e, 0x0f, number, parts.length]);
    ids.add(part.toString("hex", 2, 10));
  }
  expect(ids.size).toBe(1);
  const message = Buffer.concat(parts.map((part) => part.subarray(12))).toString();
  expect(JSON.parse(message).full_message).toBe(line);
});

/** The datagrams of the first pack of a line. */
function firstPack(target: Framer, line: string): Buffer[] {
  target.pack(batchOf([line]), false);
  return Array.from({ length: target.length }, (_, i) => Buffer.from(target.bufferAt(i)));
}

describe("a message of which some chunks have left", () => {
  const line = JSON.stringify({ process_exec: { process: { arguments: 'a"'.repeat(4_000) } } });

  test("goes on with the first one that has not, and is whole then", () => {
    const target = framer("gelf", 1472);
    const parts = firstPack(target, line);
    target.settle(3);
    const rest = firstPack(target, line);
    expect(rest).toEqual(parts.slice(3));
    target.settle(1);
    expect(firstPack(target, line)).toEqual(parts.slice(4));
    expect([target.lineAt(target.length - 1), target.lineAt(target.length)]).toEqual([0, 1]);
    expect([target.eventsAt(0), target.eventsAt(target.length - 1)]).toEqual([0, 1]);
    target.settle(target.length);
    expect(firstPack(target, line)[0]!.subarray(2, 10)).not.toEqual(parts[0]!.subarray(2, 10));
  });

  test("is begun anew for another receiver", () => {
    const target = framer("gelf", 1472);
    const parts = firstPack(target, line);
    target.settle(3);
    target.forget();
    const anew = firstPack(target, line);
    expect(anew.length).toBe(parts.length);
    expect(anew[0]!.subarray(2, 10)).not.toEqual(parts[0]!.subarray(2, 10));
  });

  test("is not taken for another event's, when its own is gone", () => {
    const target = framer("gelf", 1472);
    firstPack(target, line);
    target.settle(3);
    expect(JSON.parse(firstPack(target, TYPICAL)[0]!.toString()).full_message).toBe(TYPICAL);
  });
});

describe.each(["gzip", "zlib"] as const)("Framer, gelf with %s", (compression) => {
  test("whatever an event says, its bytes come out as they went in, and what is too large in chunks", () => {
    const random = fc.uint8Array({ minLength: 2500, maxLength: 2500 }).map((bytes) => bytes.toHex());
    const target = framer("gelf", 1472, compression);
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            { weight: 9, arbitrary: event },
            random.map((x) => JSON.stringify({ x: { x } })),
          ),
          {
            minLength: 1,
            maxLength: 10,
          },
        ),
        (lines) => {
          const chunks = new Chunks();
          const whole = packed(target, lines).flatMap(({ bytes }) => {
            expect(bytes.length).toBeLessThanOrEqual(1472);
            return chunks.add(bytes, "a", 0) ?? [];
          });
          const out = whole.flatMap((bytes) => decodeDatagram(bytes).documents.map(String));
          expect(out).toEqual(lines.map((text) => `${text}\n`));
        },
      ),
      { numRuns: 40 },
    );
  });

  test("agent_init is not compressed, later metadata is", () => {
    const target = framer("gelf", 1472, compression);
    const metadata = Buffer.from(`{"event":"agent_init","hostname":"h","x":"${"x".repeat(300)}"}\n`);
    expect(target.datagramsOf(metadata, 1472, true)![0]![0]).toBe(0x7b);
    expect(target.datagramsOf(metadata, 1472, false)![0]![0]).toBe(compression === "gzip" ? 0x1f : 0x78);
  });
});

test("metadata that is too large for a datagram leaves in chunks, and nothing of it is left out", () => {
  const text = `{"event":"agent_init","hostname":"h","x":"${"x".repeat(3000)}"}`;
  const datagrams = framer("gelf", 508).datagramsOf(Buffer.from(`${text}\n`), 508, true)!;
  const chunks = new Chunks();
  const whole = datagrams.map((datagram) => chunks.add(Buffer.from(datagram), "a", 0)).at(-1)!;
  expect(JSON.parse(whole.toString())).toMatchObject({
    short_message: "agent_init",
    level: 5,
    full_message: text,
  });
});
