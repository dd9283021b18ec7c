import { describe, expect, test } from "bun:test";
import { isIP } from "node:net";
import fc from "fast-check";
import { formatIpv6, parseIpv6 } from "../../src/os/ip-address.ts";
import { literalFamily } from "../../src/os/socket-address.ts";

const KIND = { 0: undefined, 4: 2, 6: 10 } as const;

describe("literalFamily()", () => {
  test("agrees with node:net on addresses, near misses and noise", () => {
    const noise = fc.array(
      fc.constantFrom(
        "0",
        "1",
        "25",
        "255",
        "256",
        "01",
        "f",
        "FFFF",
        "12345",
        ":",
        "::",
        ".",
        "%",
        "g",
        "-",
      ),
      {
        maxLength: 14,
      },
    );
    const texts = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4Extended(),
      noise.map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        // What stands after "%" is an interface's name; node:net and the kernel differ on which names there are.
        fc.pre(!text.includes("%"));
        expect(literalFamily(text)).toBe(KIND[isIP(text) as 0 | 4 | 6]);
      }),
      { numRuns: 2000 },
    );
  });

  test("takes a zone after an IPv6 address only", () => {
    expect(literalFamily("fe80::1%eth0")).toBe(10);
    expect(literalFamily("fe80::1%")).toBeUndefined();
    expect(literalFamily("127.0.0.1%eth0")).toBeUndefined();
  });
});

describe("formatIpv6()", () => {
  test.each([
    [[0, 0, 0, 0, 0, 0, 0, 0], "::"],
    [[0, 0, 0, 0, 0, 0, 0, 1], "::1"],
    [[0xfe80, 0, 0, 0, 0, 0, 0, 0], "fe80::"],
    [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], "2001:db8::1:0:0:1"],
    [[0x2001, 0xdb8, 0, 1, 0, 0, 0, 1], "2001:db8:0:1::1"],
    [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], "2001:db8:0:1:1:1:1:1"],
  ])("%p is %s", (groups, expected) => {
    expect(formatIpv6(groups)).toBe(expected);
  });

  test("parseIpv6() reads what it writes", () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = groups.flatMap((value) => [value >> 8, value & 0xff]);
        expect(parseIpv6(formatIpv6(groups))).toEqual(bytes);
      }),
    );
  });
});
