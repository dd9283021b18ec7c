import { describe, expect, test } from "bun:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { GetEventsResponse, METADATA_EVENTS } from "../../../src/event/description/index.ts";
import { eventJsonSchema, jsonSchemaNames, jsonSchemaOf } from "../../../src/event/json-schema/derive.ts";
import { SIMPLE_JSON_SCHEMAS } from "../../../src/event/json-schema/value.ts";
import { FORM_TESTS } from "../../../src/event/schema/json-form.ts";
import { isValidEvent, isValidMetadata } from "../../../src/event/validate.ts";
import { validEvents } from "../fit/event-arbitrary.ts";
import { EDGES, edges, mutate, mutations } from "../mutated-event.ts";

const RUNS = 300;
const TIMEOUT_MS = 60_000;
const compile = (schema: object) => new Ajv2020({ strict: true, validateFormats: false }).compile(schema);
const publicValidator = compile(eventJsonSchema());

/** Both answers, of text so that the value is one that `JSON.parse` makes. */
function expectSameAnswer(text: string): void {
  const value = JSON.parse(text);
  expect({ text, isValid: publicValidator(value) }).toEqual({ text, isValid: isValidEvent(value) });
}

const FORM_EDGES = [
  ...EDGES,
  ...["-0", "0", "4294967295", "2147483647", "2147483648", "-2147483648", "-2147483649", "+1", "1\n"],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775809", "0000000000000000000001"],
  ...["QQ", "QQ=", "QUI", "QUI=", "QR==", "-_", "+/", "+_", "AAAA==", "==", "AA A", " AAA", "AAAA\n"],
  ...["1s", "-1.5s", "1.s", "1.1234567890s", "1234567890123s", "1m", "s"],
  ...["2023-02-31T23:59:60Z", "2023-01-01T00:00:00.1+01:00", "2023-01-01T00:00:00.Z"],
  ...["2023-01-01T00:00:00.1234567890Z", "2023-01-01t00:00:00Z", "2023-01-01T24:00:00Z", "_", "é"],
  ...[2 ** 32 - 1, 2 ** 31 - 1, -(2 ** 31), 2 ** 53, 2 ** 53 - 1, 2 ** 63, -(2 ** 63), -(2 ** 63) - 2048],
];

describe("a public validator and our own agree", () => {
  for (const [kind, isValid] of Object.entries(FORM_TESTS)) {
    test(`on ${kind}`, () => {
      const validate = compile(SIMPLE_JSON_SCHEMAS[kind as keyof typeof FORM_TESTS]);
      const agree = (value: unknown) =>
        expect({ value, isValid: validate(value) }).toEqual({ value, isValid: isValid(value) });
      for (const value of FORM_EDGES) agree(value);
      fc.assert(fc.property(edges, agree), { numRuns: RUNS });
      fc.assert(fc.property(fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String), agree));
      fc.assert(fc.property(fc.stringMatching(/^[AQ+/_=-]{0,9}$/), agree), { numRuns: RUNS });
    });
  }

  test(
    "on valid events",
    () => {
      fc.assert(
        fc.property(validEvents, (event) => {
          expect(publicValidator(event)).toBe(true);
          expectSameAnswer(JSON.stringify(event));
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "on mutated events",
    () => {
      fc.assert(
        fc.property(validEvents, mutations, (event, changes) => {
          const changed = structuredClone(event);
          for (const { path, value, key } of changes) mutate(changed, path, value, key);
          expectSameAnswer(JSON.stringify(changed));
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  for (const name of METADATA_EVENTS) {
    test(`on ${name} with any one field replaced`, () => {
      const schema = jsonSchemaOf(name)!;
      const validate = compile(schema);
      const known = {
        "@timestamp": "2026-01-01T00:00:00Z",
        event: name,
        tetragon_version: "v1",
        os: "linux",
        pid: 1,
        uptime: "initialized at 0",
        start_id: "a",
        sequence: 1,
        uptime_seconds: 1,
        config_digest: "b",
        stop_reason: "signal",
      };
      expect(validate(known)).toBe(true);
      expect(isValidMetadata(name, known)).toBe(true);
      for (const field of [...Object.keys(schema.properties as object), "unknown"])
        for (const value of [...FORM_EDGES, undefined]) {
          const changed = JSON.parse(JSON.stringify({ ...known, [field]: value }));
          const got = { field, value, isValid: validate(changed) };
          expect(got).toEqual({ field, value, isValid: isValidMetadata(name, changed) });
        }
    });
  }
});

test("every event type of the API has a schema that asks for that event and compiles in strict mode", () => {
  const types = [...GetEventsResponse.fields.values()].filter(({ oneof }) => oneof !== undefined);
  expect(jsonSchemaNames()).toEqual(expect.arrayContaining(types.map(({ name }) => name)));
  for (const name of jsonSchemaNames()) {
    const validate = compile(jsonSchemaOf(name)!);
    expect(validate({})).toBe(false);
    if (!METADATA_EVENTS.some((metadata) => metadata === name)) expect(validate({ [name]: {} })).toBe(true);
  }
  expect(jsonSchemaOf("process_exe")).toBeUndefined();
});
