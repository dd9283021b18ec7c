import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FrameReader } from "../../../src/lib/http2/frame-reader.ts";
import { ERROR, Http2Error } from "../../../src/lib/http2/protocol.ts";
import { frame } from "./support.ts";

const anyFrame = fc.record({
  type: fc.integer({ min: 0, max: 255 }),
  flags: fc.integer({ min: 0, max: 255 }),
  stream: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 16_380, maxLength: 16_384 }),
  ),
});

function read(pieces: readonly Uint8Array[]) {
  const frames: { type: number; flags: number; stream: number; payload: number[] }[] = [];
  const reader = new FrameReader(({ payload, ...rest }) => frames.push({ ...rest, payload: [...payload] }));
  for (const piece of pieces) reader.add(piece);
  return frames;
}

describe("FrameReader", () => {
  test("finds the same frames wherever the bytes are cut, and keeps nothing of the pieces", () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (frames, places) => {
          const bytes = Buffer.concat(
            frames.map(({ type, flags, stream, payload }) => frame(type, flags, stream, payload)),
          );
          const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
            (a, b) => a - b,
          );
          const reader: ReturnType<typeof read> = [];
          const frameReader = new FrameReader(({ payload, ...rest }) =>
            reader.push({ ...rest, payload: [...payload] }),
          );
          for (const [i, end] of cuts.entries()) {
            if (i === 0) continue;
            const piece = bytes.slice(cuts[i - 1]!, end);
            frameReader.add(piece);
            // As a socket does it that uses its buffer again.
            piece.fill(0xee);
          }
          const expected = frames.map(({ payload, ...rest }) => ({ ...rest, payload: [...payload] }));
          expect(reader).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("takes the highest bit of a stream's number for what it is: reserved", () => {
    const bytes = frame(0, 0, 5);
    bytes[5] = 0x80;
    expect(read([bytes])).toEqual([{ type: 0, flags: 0, stream: 5, payload: [] }]);
  });

  test.each([[[16]], [[1, 2, 6]]])(
    "refuses a frame of more than 16 KiB as soon as that shows, cut at %p",
    (cuts) => {
      const head = Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1]);
      const pieces = cuts.map((at, i) => head.subarray(cuts[i - 1] ?? 0, at));
      pieces.push(head.subarray(cuts.at(-1)));
      expect(() => read(pieces)).toThrow(new Http2Error(ERROR.frameSize, "a frame of 16385 bytes"));
    },
  );
});
