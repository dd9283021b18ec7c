import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { OPTION_TABLE } from "../../src/agent/option-table.ts";
import {
  cgroupRate,
  checkedText,
  choice,
  duration,
  filePermissions,
  integer,
  type Kind,
  list,
  size,
} from "../../src/config/kind.ts";

describe("expected wording", () => {
  test.each<{ kind: Kind<unknown>; expected: string }>([
    { kind: integer(), expected: "an integer" },
    { kind: integer({ min: 1, max: 65535 }), expected: "an integer from 1 to 65535" },
    { kind: integer({ min: 1 }), expected: "an integer of at least 1" },
    { kind: integer({ max: 9 }), expected: "an integer of at most 9" },
    {
      kind: size({ min: 1024, max: 1024 ** 3 }),
      expected: "a size in bytes from 1K to 1G, such as 65536, 64K, 2M or 1G",
    },
    { kind: duration({ min: 100 }), expected: "a duration of at least 100ms, such as 300ms, 15s or 1h30m" },
    {
      kind: duration({ min: 100, zero: true }),
      expected: "0 or a duration of at least 100ms, such as 300ms, 15s or 1h30m",
    },
    { kind: choice(["full", "syntax", "off"]), expected: "full, syntax or off" },
  ])("is $expected", ({ kind, expected }) => {
    expect(kind.expected).toBe(expected);
    const result = v.safeParse(kind.schema, "\u0000");
    expect(result.issues?.[0].message).toBe(expected);
  });
});

describe("parse()", () => {
  test("keeps to the bounds, which are inclusive", () => {
    const port = integer({ min: 1, max: 65535 });
    expect(["0", "1", "65535", "65536"].map((text) => port.parse(text))).toEqual([
      undefined,
      1,
      65535,
      undefined,
    ]);
    const pause = duration({ min: 100, max: 1000, zero: true });
    expect(["0", "0s", "99ms", "100ms", "1s", "-1s"].map((text) => pause.parse(text))).toEqual([
      0,
      0,
      undefined,
      100,
      1000,
      undefined,
    ]);
  });

  test("takes empty text for an optional size only", () => {
    expect(size({ optional: true }).parse("")).toBe(0);
    expect(size().parse("")).toBeUndefined();
  });

  test("takes a choice in any case, and its aliases", () => {
    const level = choice(["info", "warn"], { warning: "warn" });
    expect(["INFO", "Warning", "warn", "constructor", ""].map((text) => level.parse(text))).toEqual([
      "info",
      "warn",
      "warn",
      undefined,
      undefined,
    ]);
  });

  test("refuses a list in which one item is wrong, and an empty one that must not be empty", () => {
    const letters = list("letters", (item) => /^[a-z]$/.test(item), { nonEmpty: true });
    expect(["a,b", "a,1", "", " , "].map((text) => letters.parse(text))).toEqual([
      ["a", "b"],
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each<[string, { events: number; interval: number } | undefined]>([
    ["", { events: 0, interval: 0 }],
    ["1000,1s", { events: 1000, interval: 1000 }],
    ["1000,", { events: 1000, interval: 0 }],
    [",1s", { events: 0, interval: 1000 }],
    ["1000", undefined],
    ["1000,1s,1", undefined],
    ["-1,1s", undefined],
    ["x,1s", undefined],
    ["1000,1", undefined],
  ])("reads the cgroup rate %p", (text, rate) => {
    expect(cgroupRate().parse(text)).toEqual(rate as { events: number; interval: number });
  });

  // github.com/cilium/tetragon pkg/fileutils: the owner may always read and write, nobody executes, others never write.
  test.each<[string, number | undefined]>([
    ["600", 0o600],
    ["0640", 0o640],
    ["644", 0o644],
    ["777", 0o664],
    ["666", 0o664],
    ["0", 0o600],
    ["1000", undefined],
    ["900", undefined],
    ["", undefined],
    ["0o600", undefined],
  ])("reads the permissions %p", (text, mode) => {
    expect(filePermissions().parse(text)).toBe(mode as number);
  });

  test("of no option throws, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OPTION_TABLE.names),
        fc.oneof(fc.string(), fc.string({ unit: "binary" })),
        (name, text) => {
          const { kind } = OPTION_TABLE.row(name);
          const value = kind.parse(text);
          const result = v.safeParse(kind.schema, text);
          expect(result.success).toBe(value !== undefined);
          if (!result.success) expect(result.issues[0].message).toBe(kind.expected);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test("format() writes what parse() reads as the same value", () => {
  const text = fc.oneof(
    fc.constantFrom(
      "true",
      "F",
      "0x1F",
      "64K",
      "1h30m",
      "15s",
      "a,b",
      '"a,b"',
      "1000,1s",
      "640",
      "warning",
      "stdin",
    ),
    fc.nat().map(String),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...OPTION_TABLE.names), text, (name, written) => {
      const { kind } = OPTION_TABLE.row(name);
      const value = kind.parse(written);
      if (value !== undefined) expect(kind.parse(kind.format(value))).toEqual(value);
    }),
    { numRuns: 2000 },
  );
});

test("checkedText() passes on text as it is", () => {
  const word = checkedText("a word", (given) => /^\w+$/.test(given));
  expect([word.parse("word"), word.parse("two words")]).toEqual(["word", undefined as unknown as string]);
});
