import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { frameMessage } from "../../../src/lib/grpc/message.ts";
import { MessageStream } from "../../../src/lib/grpc/message-stream.ts";

/** All messages of pieces, and how many were passed over. */
function read(pieces: readonly Uint8Array[], maxBytes: number): { messages: number[][]; tooLong: number } {
  const stream = new MessageStream(maxBytes);
  const messages: number[][] = [];
  for (const piece of pieces) {
    stream.add(piece);
    while (stream.next()) messages.push([...stream.bytes.subarray(stream.start, stream.end)]);
  }
  return { messages, tooLong: stream.tooLong };
}

/** `bytes` cut at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((end, i) => bytes.slice(sorted[i]!, end));
}

describe("MessageStream", () => {
  test("finds the same messages wherever the stream is cut, but for those over the limit", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (messages, places) => {
          const limit = 30;
          const bytes = Buffer.concat(messages.map(frameMessage));
          const short = messages.filter(({ length }) => length <= limit).map((message) => [...message]);
          expect(read(cut(bytes, places), limit)).toEqual({
            messages: short,
            tooLong: messages.length - short.length,
          });
        },
      ),
    );
  });

  test("keeps nothing of a message over the limit, however long it says it is", () => {
    const stream = new MessageStream(1000);
    stream.add(new Uint8Array([0, 0xff, 0xff, 0xff, 0xff]));
    expect(stream.next()).toBe(false);
    for (let i = 0; i < 3; i++) {
      stream.add(new Uint8Array(100_000));
      expect(stream.next()).toBe(false);
    }
    expect(stream.tooLong).toBe(1);
  });

  test("cannot read what is compressed", () => {
    const stream = new MessageStream(1000);
    stream.add(new Uint8Array([1, 0, 0, 0, 0]));
    expect(() => stream.next()).toThrow("Cannot read a message: it is compressed, needs to be plain");
  });
});
