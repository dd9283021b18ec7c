import { describe, expect, test } from "bun:test";
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { secondEvent } from "../../../src/event/kind.ts";
import { LineScanner, type ScanMode } from "../../../src/event/scan/scan.ts";
import { isValidEvent } from "../../../src/event/validate.ts";
import { validEvents } from "../fit/event-arbitrary.ts";
import { isDecodedAsItIs } from "./decoded.ts";

const FIXTURES = readFileSync(join(import.meta.dir, "../../fixtures/tetragon-events.jsonl"), "utf8")
  .trimEnd()
  .split("\n");

/** What lies around a line in a buffer: it must not matter. */
const BEFORE = Buffer.from('{"a":"\n');
const AFTER = Buffer.from('"}],"true\\');

/** Whether a scanner is sure of `text`, which lies in the middle of a buffer. */
function isSure(text: Uint8Array, mode: ScanMode = "full"): boolean {
  const bytes = new Uint8Array(Buffer.concat([BEFORE, text, Buffer.from("\n"), AFTER]));
  return new LineScanner(bytes, mode).isValid(BEFORE.length, BEFORE.length + text.length + 1);
}

/** Whether it is sure, too, that the line is all that the event says. */
function isWhole(text: Uint8Array): boolean {
  const bytes = new Uint8Array(Buffer.concat([BEFORE, text, Buffer.from("\n"), AFTER]));
  const scanner = new LineScanner(bytes, "full");
  return scanner.isValid(BEFORE.length, BEFORE.length + text.length + 1) && scanner.isWhole;
}

/** What the decoder would find. */
function isValid(text: Uint8Array, mode: ScanMode = "full"): boolean {
  if (!isUtf8(text)) return false;
  try {
    const value = JSON.parse(Buffer.from(text).toString());
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    return mode === "syntax" || (isValidEvent(value) && secondEvent(value) === undefined);
  } catch {
    return false;
  }
}

/** Fails when a scanner is sure of what is not valid. Lines hold no newline; UTF-8 is looked at before. */
function check(text: Uint8Array): void {
  if (text.includes(0x0a)) return;
  if (!isUtf8(text)) return;
  for (const mode of ["full", "syntax"] as const) {
    if (isSure(text, mode) && !isValid(text, mode)) {
      throw new Error(`${mode}: sure of ${JSON.stringify(Buffer.from(text).toString())}`);
    }
  }
  if (isWhole(text) && !isDecodedAsItIs(text)) {
    throw new Error(`finds whole ${JSON.stringify(Buffer.from(text).toString())}`);
  }
}

/** JSON texts of one value, written in many ways. */
function write(value: unknown, style: { space: string; escapes: boolean }): string {
  const { space, escapes } = style;
  const text = (string: string): string => {
    const json = JSON.stringify(string);
    return escapes ? json.replace(/[a-m]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`) : json;
  };
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${space}${value.map((v) => write(v, style)).join(`${space},${space}`)}]`;
  const members = Object.entries(value).map(([k, v]) => `${text(k)}${space}:${space}${write(v, style)}`);
  return `{${members.join(`${space},${space}`)}${space}}`;
}

const style = fc.record({
  space: fc.constantFrom("", "", " ", "\t \r"),
  escapes: fc.oneof({ arbitrary: fc.constant(false), weight: 5 }, fc.constant(true)),
});
const fixture = fc.constantFrom(...FIXTURES);
/** Made once: an event takes longer to make than to scan in a thousand ways. */
const EVENTS = fc.sample(validEvents, 300).filter((event) => JSON.stringify(event).length < 2500);
const validText = fc.oneof(
  fixture,
  fc.tuple(fc.constantFrom(...EVENTS), style).map(([event, how]) => write(event, how)),
);

/** What a mutation puts in: tokens, boundaries of ranges, bytes that mean something. */
const token = fc.constantFrom(
  ...'{}[]:,"\\ \t\r0-1.eE+aZ=\u0000\u001f\u007f',
  ...["null", "true", "false", '""', "{}", "[]", "-0", "00", "1e3", "1.5", "1.", '"x":', "\\u12", "\\ud800"],
  ...["4294967295", "4294967296", "-2147483648", "2147483648", "-2147483649", '"-0"', '"01"', '"1e3"'],
  ...["18446744073709551615", "18446744073709551616", "-9223372036854775808", '"9223372036854775808"'],
  ...['"18446744073709551615"', '"18446744073709551616"', '"2023-02-30T23:59:60.1Z"', '"a b"', '"_x"', '"9"'],
  ...[
    '"pid":-1,',
    '"pid":"1",',
    '"pid":4294967296,',
    '"pid":null,',
    '"p\\u0069d":"x",',
    '"__proto__":{"pid":""},',
  ],
  ...[
    '"constructor":1,',
    '"cap":{"permitted":[null]},',
    '"ns":[],',
    '"time":"",',
    '"process":[],',
    "ä",
    "😀",
  ],
);

interface Mutation {
  readonly kind: "flip" | "insert" | "delete" | "copy" | "cut" | "byte";
  readonly at: number;
  readonly to: number;
  readonly length: number;
  readonly token: string;
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("flip", "insert", "insert", "delete", "copy", "cut", "byte"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  to: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(24),
  token,
});

/** Places where tokens begin or end. */
function boundary(text: Buffer, at: number): number {
  const from = Math.floor(at * text.length);
  for (let i = from; i < text.length; i++) if ('"{}[]:,'.includes(String.fromCharCode(text[i]!))) return i;
  return from;
}

function mutate(text: Buffer, { kind, at, to, length, token }: Mutation): Buffer {
  const place = length % 3 === 0 ? Math.floor(at * text.length) : boundary(text, at) + (length % 2);
  const [head, tail] = [text.subarray(0, place), text.subarray(place)];
  switch (kind) {
    case "flip": {
      const copy = Buffer.from(text);
      if (place < copy.length) copy[place]! ^= 1 << (length % 8);
      return copy;
    }
    case "byte":
      return Buffer.concat([head, Buffer.from([Math.floor(to * 255)]), tail.subarray(1)]);
    case "insert":
      return Buffer.concat([head, Buffer.from(token), tail]);
    case "delete":
      return Buffer.concat([head, tail.subarray(1 + (length >> 2))]);
    case "copy": {
      const from = boundary(text, to);
      return Buffer.concat([head, text.subarray(from, from + length), tail]);
    }
    case "cut":
      return text.subarray(0, place);
  }
}

describe("LineScanner is sure only of what is valid:", () => {
  test("valid events, mutated", () => {
    let sure = 0;
    fc.assert(
      fc.property(validText, fc.array(mutation, { minLength: 1, maxLength: 2 }), (text, mutations) => {
        const mutated = mutations.reduce(mutate, Buffer.from(text));
        check(mutated);
        if (!mutated.includes(0x0a) && isUtf8(mutated) && isSure(mutated)) sure++;
      }),
      { numRuns: 12_000 },
    );
    // A scanner that is never sure would pass as well.
    expect(sure).toBeGreaterThan(20);
  }, 30_000);

  test("one scalar in place of another", () => {
    const values = fc.oneof(
      token,
      fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
      fc.double().map(String),
      fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
      fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map((value) => `"${value}"`),
      fc.base64String().map((value) => JSON.stringify(value)),
      fc.stringMatching(/^"[\w+/=-]{0,9}"$/),
      fc.stringMatching(
        /^"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{0,10})?(Z|\+01:00)"$/,
      ),
    );
    const SCALAR = /(?<=[:[,])(?:"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null)(?=[,}\]])/g;
    fc.assert(
      fc.property(validText, fc.nat(), values, (text, place, value) => {
        const matches = [...text.matchAll(SCALAR)];
        if (matches.length === 0) return;
        const { index, 0: scalar } = matches[place % matches.length]!;
        check(Buffer.from(text.slice(0, index) + value + text.slice(index + scalar.length)));
      }),
      { numRuns: 8_000 },
    );
  }, 30_000);

  test("any field of the arguments and of a process with any value", () => {
    const names = [
      "int_arg",
      "size_arg",
      "long_arg",
      "uint_arg",
      "bytes_arg",
      "bpf_cmd_arg",
      "sock_arg",
      "string_arg",
    ];
    const value = fc.oneof(
      token,
      fc.constantFrom("-2147483648", "9223372036854775807", '"QQ=="', '"Q-_="', '"Q+_="'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), value, (name, json) =>
        check(Buffer.from(`{"process_kprobe":{"args":[{"${name}":${json}}]}}`)),
      ),
      { numRuns: 4_000 },
    );
  }, 30_000);

  test("JSON of any kind, and bytes of any kind", () => {
    fc.assert(
      fc.property(fc.json(), (json) => check(Buffer.from(json))),
      { numRuns: 3_000 },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), style, (value, how) =>
        check(Buffer.from(write(value, how))),
      ),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => check(bytes)),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => check(Buffer.from(`{${tokens.join("")}}`))),
      { numRuns: 6_000 },
    );
  }, 30_000);

  test("Tetragon's events, cut anywhere", () => {
    for (const line of FIXTURES.slice(0, 12)) {
      const text = Buffer.from(line);
      for (let length = 0; length < text.length; length++) {
        if (isSure(text.subarray(0, length)) || isSure(text.subarray(0, length), "syntax")) {
          throw new Error(`sure of the first ${length} bytes of ${line}`);
        }
      }
    }
  });
});
