import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { frameMessage, PREFIX_BYTES, writePrefix } from "../../../src/lib/grpc/message.ts";
import { MessageReader } from "../../../src/lib/grpc/message-reader.ts";
import { GrpcError, STATUS } from "../../../src/lib/grpc/status.ts";

describe("frameMessage()", () => {
  test("writes whether it is compressed, its length and the message", () => {
    expect([...frameMessage(new Uint8Array([7, 8]))]).toEqual([0, 0, 0, 0, 2, 7, 8]);
    const prefix = new Uint8Array(PREFIX_BYTES);
    writePrefix(prefix, 0, 0x89abcdef);
    expect([...prefix]).toEqual([0, 0x89, 0xab, 0xcd, 0xef]);
  });
});

describe("MessageReader", () => {
  test("reads messages however they are cut into pieces", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 });
    fc.assert(
      fc.property(messages, fc.array(fc.nat(100), { minLength: 1 }), (sent, cuts) => {
        const bytes = Buffer.concat(sent.map(frameMessage));
        const reader = new MessageReader(300);
        const read: Uint8Array[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const piece = bytes.subarray(at, at + cuts[i % cuts.length]! + 1);
          read.push(...reader.add(piece));
          at += piece.length;
        }
        expect(read.map((message) => [...message])).toEqual(sent.map((message) => [...message]));
        expect(reader.pendingBytes).toBe(0);
      }),
    );
  });

  test("keeps nothing of the pieces that it was given", () => {
    const piece = frameMessage(new Uint8Array([1, 2]));
    const [message] = new MessageReader(10).add(piece);
    piece.fill(9);
    expect([...message!]).toEqual([1, 2]);
  });

  test.each([
    [
      "too long",
      [0, 0, 0, 0, 11],
      STATUS.resourceExhausted,
      "Cannot read a message: it has 11 bytes, may have 10",
    ],
    [
      "so long that its length has the highest bit",
      [0, 255, 255, 255, 255],
      STATUS.resourceExhausted,
      "Cannot read a message: it has 4294967295 bytes, may have 10",
    ],
    [
      "compressed",
      [1, 0, 0, 0, 0],
      STATUS.internal,
      "Cannot read a message: it is compressed, needs to be plain",
    ],
    [
      "neither plain nor compressed",
      [2, 0, 0, 0, 0],
      STATUS.internal,
      "Cannot read a message: it is compressed, needs to be plain",
    ],
  ])("refuses one that is %s, as soon as that shows", (_what, bytes, code, message) => {
    expect(() => new MessageReader(10).add(new Uint8Array(bytes))).toThrow(new GrpcError(code, message));
  });
});
