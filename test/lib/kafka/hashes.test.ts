import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { crc32c } from "../../../src/lib/kafka/crc32c.ts";
import { murmur2, partitionOf } from "../../../src/lib/kafka/murmur2.ts";

/** Bit by bit, as the polynomial says. */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe("crc32c()", () => {
  test("is what RFC 3720, B.4 has", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  });

  test("is that of the polynomial, in one piece and in two", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, at) => {
        expect(crc32c(bytes)).toBe(slowCrc(bytes));
        expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(slowCrc(bytes));
      }),
    );
  });
});

// As Utils.murmur2 of kafka-clients 4.3.0 has them.
test.each([
  ["21", -973932308],
  ["foobar", -790332482],
  ["a-little-bit-long-string", -985981536],
  ["a-little-bit-longer-string", -1486304829],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
  ["abc", 479470107],
  ["", 275646681],
  ["minikube", -410989049],
  ["node-ä", -1064222891],
])("murmur2(%p) is that of the Java client", (text, expected) => {
  const bytes = Buffer.from(text);
  expect(murmur2(bytes)).toBe(expected);
  expect(partitionOf(bytes, 12)).toBe((expected & 0x7fffffff) % 12);
});
