import { describe, expect, test } from "bun:test";
import { isIP } from "node:net";
import fc from "fast-check";
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
