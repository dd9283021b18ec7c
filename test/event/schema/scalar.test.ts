import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { KprobeAction } from "../../../src/event/description/index.ts";
import { openEnum, strictEnum } from "../../../src/event/schema/enum-schema.ts";
import { bytes, int32, int64, timestamp, uint32, uint64 } from "../../../src/event/schema/scalar.ts";

/** Asserts which values `schema` accepts. */
function accepts(
  name: string,
  schema: v.GenericSchema,
  good: readonly unknown[],
  bad: readonly unknown[],
): void {
  describe(name, () => {
    for (const value of good)
      test(`accepts ${JSON.stringify(value)}`, () => expect(v.is(schema, value)).toBe(true));
    for (const value of bad)
      test(`refuses ${JSON.stringify(value)}`, () => expect(v.is(schema, value)).toBe(false));
  });
}

const NO_NUMBERS = [
  1.5,
  Number.POSITIVE_INFINITY,
  "",
  " 1",
  "1 ",
  "1.0",
  "1e3",
  "0x1",
  "01",
  "+1",
  "--1",
  "-",
  true,
  null,
  [],
  {},
];

accepts(
  "uint32",
  uint32,
  [0, 4294967295, "0", "4294967295"],
  [-1, 4294967296, "-1", "4294967296", ...NO_NUMBERS],
);
accepts(
  "int32",
  int32,
  [0, -2147483648, 2147483647, "-2147483648", "2147483647"],
  [2147483648, -2147483649, "2147483648", "-2147483649", ...NO_NUMBERS],
);
accepts(
  "uint64",
  uint64,
  [0, 2 ** 53, "0", "18446744073709551615", 2 ** 64],
  [-1, 2 ** 65, "-1", "18446744073709551616", "9".repeat(100), ...NO_NUMBERS],
);
accepts(
  "int64",
  int64,
  [0, -(2 ** 63), "-9223372036854775808", "9223372036854775807"],
  [2 ** 64, "-9223372036854775809", "9223372036854775808", ...NO_NUMBERS],
);
accepts(
  "bytes",
  bytes,
  ["", "AA==", "AA", "AAA=", "AAA", "AAAA", "+/+/", "-_-_", "-_8=", "AB=="],
  ["A", "A===", "AA=", "====", "AA==AA==", "A+-A", "AA A", "AAA\n", "AAAA AAAA", "é", 5, null],
);
accepts(
  "timestamp",
  timestamp,
  [
    "2023-09-09T23:27:42Z",
    "2023-09-09T23:27:42.7Z",
    "2023-09-09T23:27:42.751301123Z",
    "2016-12-31T23:59:60Z",
    "2023-09-09T23:27:42.751+02:00",
    "2023-09-09T23:27:42-23:59",
    "0000-01-31T00:00:00Z",
  ],
  [
    "",
    "2023-09-09",
    "2023-09-09T23:27:42",
    "2023-09-09T23:27:42.Z",
    "2023-09-09T23:27:42.7",
    "2023-09-09T23:27:42.751301123",
    "2023-09-09T23:27:42+02:0",
    "2023-09-09T23:27:42.7513011234Z",
    "2023-09-09T23:27:42.75Z ",
    "2023-09-09 23:27:42Z",
    "2023-09-09t23:27:42z",
    "2023-00-09T23:27:42Z",
    "2023-13-09T23:27:42Z",
    "2023-09-00T23:27:42Z",
    "2023-09-32T23:27:42Z",
    "2023-09-09T24:27:42Z",
    "2023-09-09T23:60:42Z",
    "2023-09-09T23:27:61Z",
    "2023-0/-09T23:27:42Z",
    "2023-09-09T23:27:42+2:00",
    "2023-09-09T23:27:42+24:00",
    "2023-09-09T23:27:42+0200",
    "+023-09-09T23:27:42Z",
    1694302062,
    null,
  ],
);
accepts(
  "openEnum",
  openEnum,
  ["KPROBE_ACTION_POST", "KPROBE_ACTION_NOTIFYKILLER", "_x", "c", 1, 99, -1],
  ["", "5", "-", "[", "{", "@", "`", 1.5, 2 ** 31, null, true, []],
);
accepts(
  "strictEnum()",
  strictEnum(KprobeAction),
  ["KPROBE_ACTION_POST", 1],
  ["KPROBE_ACTION_NOTIFYKILLER", 99, null, ""],
);

const RFC3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const BASE64_URL = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}(?:==)?|[A-Za-z0-9_-]{3}=?)?$/;

test("timestamp is what the grammar says, one or two characters off a valid one included", () => {
  const change = fc.tuple(fc.nat(36), fc.constantFrom(..."0123456789-:.TZ+ \u0130"));
  const times = fc.constantFrom(
    "2023-09-09T23:27:42.751301123Z",
    "2023-09-09T23:27:42Z",
    "2023-10-31T19:59:60+01:30",
  );
  fc.assert(
    fc.property(times, fc.array(change, { maxLength: 2 }), (time, changes) => {
      const text = changes.reduce<string>(
        (changed, [at, character]) => changed.slice(0, at) + character + changed.slice(at + 1),
        time,
      );
      expect({ text, is: v.is(timestamp, text) }).toEqual({ text, is: RFC3339.test(text) });
    }),
    { numRuns: 5000 },
  );
});

test("bytes is what the grammar says", () => {
  const texts = fc
    .array(fc.constantFrom(..."AZaz09+/-_== \n*é"), { maxLength: 9 })
    .map((characters) => characters.join(""));
  fc.assert(
    fc.property(texts, (text) => {
      expect({ text, is: v.is(bytes, text) }).toEqual({
        text,
        is: BASE64.test(text) || BASE64_URL.test(text),
      });
    }),
    { numRuns: 5000 },
  );
});
