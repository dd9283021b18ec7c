import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { validEvents } from "../fit/event-arbitrary.ts";
import { KINDS, LONGEST, type Mutation, mutate, mutatedLines, TOKENS } from "./mutations.ts";
import { check, isSure } from "./oracle.ts";

const FIXTURES = readFileSync(join(import.meta.dir, "../../fixtures/tetragon-events.jsonl"), "utf8")
  .trimEnd()
  .split("\n");

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

const token = fc.constantFrom(...TOKENS);
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  to: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(LONGEST),
  token,
});

/** How many mutated lines are looked at: more where somebody has the time. */
const MUTATED_LINES = Number(process.env.TETRAD_TEST_MUTATED_LINES ?? 120_000);

describe("LineScanner is sure only of what is valid:", () => {
  test("valid events, mutated", () => {
    let sure = 0;
    fc.assert(
      fc.property(validText, fc.array(mutation, { minLength: 1, maxLength: 2 }), (text, mutations) => {
        if (check(mutations.reduce(mutate, Buffer.from(text)))) sure++;
      }),
      { numRuns: 12_000 },
    );
    // A scanner that is never sure would pass as well.
    expect(sure).toBeGreaterThan(20);
  }, 30_000);

  test(
    `${MUTATED_LINES.toLocaleString("en")} mutated lines`,
    () => {
      const texts = fc.sample(validText, 1000);
      let looked = 0;
      let sure = 0;
      for (const line of mutatedLines(texts, fc.sample(fc.nat(), 1)[0]!)) {
        if (check(line)) sure++;
        if (++looked === MUTATED_LINES) break;
      }
      expect(sure).toBeGreaterThan(MUTATED_LINES / 100);
    },
    MUTATED_LINES < 1e6 ? 30_000 : 3_600_000,
  );

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
      fc.property(fc.constantFrom(...names), value, (name, json) => {
        check(Buffer.from(`{"process_kprobe":{"args":[{"${name}":${json}}]}}`));
      }),
      { numRuns: 4_000 },
    );
  }, 30_000);

  test.each([
    // Where fields are passed 16 bytes at a time, each is one byte off what it should be.
    '"start_time":"2022-01-19T11858:38.734Z"',
    '"start_time":"2022-01-19T11:58538.734Z"',
    '"start_time":"2022-13-19T11:58:38.734Z"',
    '"start_time":"2022-01-19T11:58:61.734Z"',
    '"start_time":"2022-01-19T11:58:38.Z"',
    '"start_time":"2022-01-19T11:58:38.1234567890Z"',
    '"pid":4294967296',
    '"pid":4294967300',
    '"pid":01',
    '"pid":12345678901234567',
    '"pid":1"uid":2',
    '"cwd":"/""uid":2',
    '"cwd":"a\u0001b"',
    `"cwd":"${"x".repeat(40)}\t"`,
    `"cwd":"${"x".repeat(70)}\\\\""`,
    `"cwd":"${"x".repeat(70)}\\x"`,
    `"cwd":"\\"${"x".repeat(63)}`,
    '"cap":{"permitted":[,"CAP_BPF"]}',
    '"cap":{"permitted":["CAP_BPF",]}',
    '"cap":{"permitted":["CAP_BPF""CAP_BPF"]}',
    '"cap":{"permitted":["CAP_BPF","7"]}',
  ])("a process with %s is not one", (fields) => {
    const line = Buffer.from(`{"process_exec":{"process":{${fields}}}}`);
    check(line);
    expect(isSure(line)).toBe(false);
  });

  test("integers around their limits, in fields that are passed quickly", () => {
    const around = (limit: bigint) => [limit - 1n, limit, limit + 1n, limit * 10n, limit - 1000n];
    for (const number of [2n ** 31n, 2n ** 32n, 2n ** 63n, 2n ** 64n, 10n ** 9n, 10n ** 10n].flatMap(
      around,
    )) {
      check(Buffer.from(`{"process_exec":{"process":{"pid":${number},"auid":${number},"uid":0}}}`));
      for (const name of ["int_arg", "size_arg", "long_arg", "uint_arg"])
        check(Buffer.from(`{"process_kprobe":{"args":[{"${name}":${number}}]}}`));
    }
  });

  test("JSON of any kind, and bytes of any kind", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        check(Buffer.from(json));
      }),
      { numRuns: 3_000 },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), style, (value, how) => {
        check(Buffer.from(write(value, how)));
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        check(bytes);
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        check(Buffer.from(`{${tokens.join("")}}`));
      }),
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
