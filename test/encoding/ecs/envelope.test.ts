import { describe, expect, test } from "bun:test";
import { EcsEnvelope } from "../../../src/encoding/ecs/envelope.ts";
import { PieceList } from "../../../src/encoding/piece-list.ts";
import { Framer } from "../../../src/exporter/udp/framer.ts";
import { batchOf } from "../protobuf/support.ts";
import { generalDocument, REAL_LINES, SETTINGS } from "./support.ts";

/** Pieces of the events that one envelope has room for. */
function wrapped(envelope: EcsEnvelope, lines: readonly string[]): string[] {
  const pieces = new PieceList(lines.length);
  envelope.begin();
  for (const line of lines) {
    const source = Buffer.from(line);
    if (!envelope.wrap(source, 0, source.length, pieces)) break;
  }
  return Array.from({ length: pieces.length }, (_, i) => pieces.join(i, i + 1).toString());
}

describe("EcsEnvelope", () => {
  test("makes of each event its document and a newline", () => {
    const messages = wrapped(new EcsEnvelope(SETTINGS), REAL_LINES);
    expect(messages.map((message) => JSON.parse(message) as unknown)).toEqual(
      REAL_LINES.map((line) => generalDocument(line)),
    );
    expect(messages.every((message) => message.endsWith("}\n"))).toBe(true);
  });

  test("stops where it has no more room, and always has room for one", () => {
    const envelope = new EcsEnvelope(SETTINGS);
    const long = JSON.stringify({
      test: { arg0: "1" },
      time: "2026-11-30T12:00:00Z",
      x: "y".repeat(200_000),
    });
    expect(wrapped(envelope, [long, long, long])).toHaveLength(1);
    const longer = long.replace("yyy", "y".repeat(1_000_000));
    expect(JSON.parse(wrapped(envelope, [longer])[0]!)).toEqual(generalDocument(longer));
  });

  test("leaves as datagrams, of which one that is too large says less", () => {
    const envelope = new EcsEnvelope(SETTINGS);
    const framer = new Framer({ envelope, maxDatagramBytes: 4096, hasChunks: false });
    const batch = batchOf(...REAL_LINES);
    const texts: string[] = [];
    for (let first = 0; first < REAL_LINES.length; ) {
      const datagrams = framer.pack(batch, false, REAL_LINES.length, first);
      for (let i = 0; i < datagrams.length; i++) texts.push(Buffer.from(datagrams.bufferAt(i)).toString());
      first += datagrams.length;
    }
    expect(texts).toHaveLength(REAL_LINES.length);
    for (const [i, text] of texts.entries()) {
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
      const { event, process } = JSON.parse(text) as Record<string, Record<string, unknown>>;
      const whole = generalDocument(REAL_LINES[i]!) as typeof process &
        Record<string, Record<string, unknown>>;
      expect(event!.action).toBe(whole.event!.action);
      expect(process!.entity_id).toBe(whole.process!.entity_id);
    }
  });
});
