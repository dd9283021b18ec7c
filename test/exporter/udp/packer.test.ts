import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createCompressor } from "../../../src/encoding/compression/compress.ts";
import type { LineView } from "../../../src/event/batch.ts";
import type { Datagrams } from "../../../src/exporter/udp/datagrams.ts";
import { Packer } from "../../../src/exporter/udp/packer.ts";
import { decodeDatagram } from "../../../src/receiver/decode.ts";
import { batchOf, numbered } from "../support.ts";

const KINDS = ["none", "zstd", "gzip", "zlib"] as const;

function packer(kind: (typeof KINDS)[number], maxDatagramBytes: number, joins = true): Packer {
  const compress = kind === "none" ? undefined : createCompressor(kind);
  return new Packer({ maxDatagramBytes, joins, compress });
}

/** The bytes of each datagram. */
function bytesOf(datagrams: Datagrams): Buffer[] {
  return Array.from({ length: datagrams.length }, (_, i) => Buffer.from(datagrams.bufferAt(i)));
}

function linesIn(datagrams: Datagrams): string[] {
  return bytesOf(datagrams).flatMap((datagram) => decodeDatagram(datagram).documents.map(String));
}

describe.each(KINDS)("Packer, %s", (kind) => {
  test("all lines leave once, in order, whole, in datagrams that are not too large; each has its last line's position", () => {
    const line = fc
      .record({ n: fc.nat(), text: fc.string({ maxLength: 400 }) })
      .map((value) => JSON.stringify(value));
    const cases = fc.tuple(
      fc.array(line, { minLength: 1, maxLength: 80 }),
      fc.constantFrom(600, 1472, 65507),
      fc.boolean(),
    );
    fc.assert(
      fc.property(cases, ([lines, most, joins]) => {
        const datagrams = packer(kind, most, joins).pack(batchOf(lines), false);
        const fitting = lines.every((text) => Buffer.byteLength(text) < most);
        if (fitting) expect(linesIn(datagrams)).toEqual(lines.map((text) => `${text}\n`));
        let events = 0;
        for (let i = 0; i < datagrams.length; i++) {
          expect(datagrams.endAt(i)).toBeLessThanOrEqual(most);
          expect(datagrams.lineAt(i)).toBe(events);
          events += datagrams.eventsAt(i);
          expect(datagrams.positionAt(i)).toBe(events);
        }
        expect(events).toBe(lines.length);
        if (!joins) expect(datagrams.length).toBe(lines.length);
      }),
      { numRuns: 60 },
    );
  });

  test("few lines wait where they may, many do not", () => {
    const few = packer(kind, 65507);
    expect(few.pack(batchOf(numbered(0, 3)), true).length).toBe(0);
    expect(linesIn(few.pack(batchOf(numbered(0, 3)), false))).toHaveLength(3);
    expect(linesIn(few.pack(batchOf(numbered(0, 1000)), true))).toHaveLength(1000);
    expect(packer(kind, 65507, false).pack(batchOf(numbered(0, 3)), true).length).toBe(3);
  });

  test("lines of two streams share no datagram", () => {
    const lines = batchOf(numbered(0, 4));
    const mixed: LineView = {
      length: 4,
      bufferAt: (i) => lines.bufferAt(i),
      startAt: (i) => lines.startAt(i),
      endAt: (i) => lines.endAt(i),
      positionAt: (i) => lines.positionAt(i),
      isWholeAt: (i) => lines.isWholeAt(i),
      streamAt: (i) => (i < 3 ? 0 : 1),
    };
    const datagrams = packer(kind, 65507).pack(mixed, false);
    expect([datagrams.length, datagrams.streamAt(0), datagrams.streamAt(1)]).toEqual([2, 0, 1]);
    expect([datagrams.eventsAt(0), datagrams.eventsAt(1)]).toEqual([3, 1]);
  });

  test("a line that is too large for a datagram alone is shortened", () => {
    // Nothing makes this one shorter but leaving out a part.
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(9000))).toString("base64");
    const long = JSON.stringify({ process_exec: { process: { arguments: noise } } });
    const datagrams = packer(kind, 1472).pack(batchOf(["{}", long, "{}"]), false);
    expect(bytesOf(datagrams).every((bytes) => bytes.length <= 1472)).toBe(true);
    const lines = linesIn(datagrams);
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1]!).process_exec.process.arguments).toContain(noise.slice(0, 100));
    expect(Array.from({ length: datagrams.length }, (_, i) => datagrams.isShortenedAt(i))).toContain(true);
  });
});
