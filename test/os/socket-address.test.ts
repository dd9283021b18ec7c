import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { encodeSocketAddress, formatHostPort, literalFamily } from "../../src/os/socket-address.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("encodeSocketAddress()", () => {
  test("lays out sockaddr_in", () => {
    expect(hex(encodeSocketAddress("192.0.2.1", 514))).toBe("02000202c00002010000000000000000");
  });

  test("lays out sockaddr_in6", () => {
    expect(hex(encodeSocketAddress("2001:db8::1", 514))).toBe(
      "0a0002020000000020010db80000000000000000000000010000000000000000".slice(0, 56),
    );
    expect(hex(encodeSocketAddress("::ffff:192.0.2.1", 1)).slice(16, 48)).toBe(
      "00000000000000000000ffffc0000201",
    );
    expect(hex(encodeSocketAddress("fe80::1", 1, 7)).slice(48)).toBe("07000000");
  });

  test("places every group of an address, shortened or not", () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, fc.integer({ min: 0, max: 7 }), (values, zeroFrom) => {
        const all = values.map((value, index) => (index >= zeroFrom && index < zeroFrom + 2 ? 0 : value));
        const full = all.map((value) => value.toString(16));
        const short = `${full.slice(0, zeroFrom).join(":")}::${full.slice(zeroFrom + 2).join(":")}`;
        const expected = all.map((value) => value.toString(16).padStart(4, "0")).join("");
        expect(hex(encodeSocketAddress(full.join(":"), 1)).slice(16, 48)).toBe(expected);
        if (literalFamily(short) === 10)
          expect(hex(encodeSocketAddress(short, 1)).slice(16, 48)).toBe(expected);
      }),
    );
  });

  test("refuses a name", () => {
    expect(() => encodeSocketAddress("localhost", 1)).toThrow(
      new TypeError('Cannot encode address "localhost": expected an IP literal'),
    );
  });
});

test("formatHostPort() puts brackets around IPv6", () => {
  expect(formatHostPort("127.0.0.1", 514)).toBe("127.0.0.1:514");
  expect(formatHostPort("collector.test", 514)).toBe("collector.test:514");
  expect(formatHostPort("::1", 514)).toBe("[::1]:514");
});
