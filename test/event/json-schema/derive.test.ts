import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import {
  ADDED_EVENT_TYPES,
  DescribedEvent,
  GetEventsResponse,
  METADATA_EVENTS,
  METADATA_MESSAGES,
  type MessageDescriptor,
  type MetadataEventName,
} from "../../../src/event/description/index.ts";
import { jsonSchemaOf, jsonSchemaSummary } from "../../../src/event/json-schema/derive.ts";
import { ANY_EVENT, JSON_SCHEMA_NAMES } from "../../../src/event/json-schema/roots.ts";
import { SIMPLE_JSON_SCHEMAS } from "../../../src/event/json-schema/value.ts";
import { FORM_TESTS } from "../../../src/event/schema/json-form.ts";
import { isValidDescribedEvent, isValidMetadata } from "../../../src/event/validate.ts";
import type { JsonObject } from "../../../src/lib/json/object.ts";
import { VALID_EVENTS_BY_TYPE, validEvents } from "../fit/event-arbitrary.ts";
import { METADATA } from "../metadata-samples.ts";
import { EDGES, edges, mutate, mutations } from "../mutated-event.ts";

/** Mutated events of each type: five thousand in all. */
const RUNS = 330;
/** Large schemas are slow to compile, random events slow to make, and this machine may be busy. */
setDefaultTimeout(120_000);

const PUBLISHED = join(import.meta.dir, "../../../docs/schema");
const compile = (schema: object) => new Ajv2020({ strict: true, validateFormats: false }).compile(schema);

const compiled = new Map<string, ReturnType<typeof compile>>();

/** A public validator with a schema as it is published. */
function publicValidator(name: string): ReturnType<typeof compile> {
  let validator = compiled.get(name);
  if (validator === undefined) {
    validator = compile(JSON.parse(readFileSync(join(PUBLISHED, `${name}.json`), "utf8")));
    compiled.set(name, validator);
  }
  return validator;
}

/** What our own says: a schema of one type asks for an event of that type besides. */
function isValid(name: string, value: unknown): boolean {
  if (isMetadataName(name)) return isValidMetadata(name, value);
  return (
    isValidDescribedEvent(value) && (name === ANY_EVENT || ((value as JsonObject)[name] ?? null) !== null)
  );
}

const isMetadataName = (name: string): name is MetadataEventName =>
  METADATA_EVENTS.some((metadata) => metadata === name);

/** Both answers, of text so that the value is one that `JSON.parse` makes. @returns the answer. */
function expectSameAnswer(name: string, value: unknown): boolean {
  const text = JSON.stringify(value) ?? "null";
  const own = isValid(name, JSON.parse(text));
  if (publicValidator(name)(JSON.parse(text)) !== own)
    expect({ name, text, isValid: !own }).toEqual({ name, text, isValid: own });
  return own;
}

/** A copy with changes, which may themselves be changed by later ones. */
function mutated(
  value: JsonObject,
  changes: typeof mutations extends fc.Arbitrary<infer T> ? T : never,
): JsonObject {
  const copy: JsonObject = JSON.parse(JSON.stringify(value));
  for (const { path, value, key } of changes) mutate(copy, path, JSON.parse(JSON.stringify(value)), key);
  return copy;
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

/** Every field of every message, by the messages and lists that lead to it; a message below itself is not entered. */
function* fieldPaths(
  message: MessageDescriptor,
  prefix: readonly string[] = [],
  seen: ReadonlySet<MessageDescriptor> = new Set(),
): Generator<readonly string[]> {
  if (seen.has(message)) return;
  for (const { name, cardinality, type } of message.fields.values()) {
    const path = [...prefix, name];
    yield path;
    if (type.kind === "message")
      yield* fieldPaths(type, cardinality === "repeated" ? [...path, "0"] : path, new Set(seen).add(message));
  }
}

/** The object in which nothing is set but `path`. */
function objectWith(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => (key === "0" ? [inner] : { [key]: inner }), value);
}

describe("a public validator with the published schema and our own agree", () => {
  for (const [kind, isValidForm] of Object.entries(FORM_TESTS)) {
    test(`on ${kind}`, () => {
      const validate = compile(SIMPLE_JSON_SCHEMAS[kind as keyof typeof FORM_TESTS]);
      const agree = (value: unknown) =>
        expect({ value, isValid: validate(value) }).toEqual({ value, isValid: isValidForm(value) });
      for (const value of FORM_EDGES) agree(value);
      fc.assert(fc.property(edges, agree), { numRuns: RUNS });
      fc.assert(fc.property(fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String), agree));
      fc.assert(fc.property(fc.stringMatching(/^[AQ+/_=-]{0,9}$/), agree), { numRuns: RUNS });
    });
  }

  test.each([...VALID_EVENTS_BY_TYPE])("on valid and mutated events of type %s", (name, events) => {
    const answers = new Set<boolean>();
    fc.assert(
      fc.property(events, mutations, (event, changes) => {
        expect(expectSameAnswer(name, event)).toBe(true);
        answers.add(expectSameAnswer(name, mutated(event, changes)));
      }),
      { numRuns: RUNS },
    );
    expect(answers.size).toBe(2);
    for (const value of [{}, { [name]: null }, { time: "2026-01-01T00:00:00Z" }, [], null, "event"])
      expect(expectSameAnswer(name, value)).toBe(false);
    expect(expectSameAnswer(name, { [name]: {} })).toBe(true);
  });

  test("on events of any type, also of one that nobody knows yet", () => {
    const answers = new Set<boolean>();
    fc.assert(
      fc.property(validEvents, mutations, (event, changes) => {
        expect(expectSameAnswer(ANY_EVENT, event)).toBe(true);
        answers.add(expectSameAnswer(ANY_EVENT, mutated(event, changes)));
      }),
      { numRuns: RUNS },
    );
    expect(answers.size).toBe(2);
  });

  test("on any JSON", () => {
    fc.assert(
      fc.property(edges, (value) => {
        for (const name of [ANY_EVENT, "process_exec", ...METADATA_EVENTS]) expectSameAnswer(name, value);
      }),
      { numRuns: RUNS },
    );
  });

  test("on every field with every edge value", () => {
    const paths = [...fieldPaths(DescribedEvent)].filter(
      // Processes and arguments are the same schema wherever they occur: they are taken once.
      ([type, role, , inner]) =>
        role === undefined ||
        (type === "process_exec"
          ? role === "process"
          : inner === undefined || (type === "process_kprobe" && role === "args")),
    );
    expect(paths.length).toBeGreaterThan(250);
    for (const path of paths)
      for (const value of FORM_EDGES) expectSameAnswer(ANY_EVENT, objectWith(path, value));
  });

  test.each(METADATA_EVENTS)("on %s with any one field replaced, and with several", (name) => {
    const known = METADATA[name];
    expect(expectSameAnswer(name, known)).toBe(true);
    for (const field of [...METADATA_MESSAGES[name].fields.keys(), "unknown"])
      for (const value of [...FORM_EDGES, undefined]) expectSameAnswer(name, { ...known, [field]: value });
    const answers = new Set<boolean>();
    fc.assert(
      fc.property(mutations, (changes) => void answers.add(expectSameAnswer(name, mutated(known, changes)))),
      { numRuns: 1000 },
    );
    expect(answers.size).toBe(2);
  });
});

describe("the published schemas", () => {
  test("are of every event type, every metadata event and tracing policies, and of nothing else", () => {
    const types = [...GetEventsResponse.fields.values()].flatMap(({ name, oneof }) =>
      oneof === undefined ? [] : [name],
    );
    const names = [ANY_EVENT, ...types, ...ADDED_EVENT_TYPES.keys(), ...METADATA_EVENTS];
    expect(JSON_SCHEMA_NAMES).toEqual(names);
    const files = [...names, "tracingpolicy"].map((name) => `${name}.json`);
    expect(readdirSync(PUBLISHED).sort()).toEqual(files.sort());
  });

  test("are what is derived, and say what they are of", () => {
    for (const name of JSON_SCHEMA_NAMES) {
      const published = JSON.parse(readFileSync(join(PUBLISHED, `${name}.json`), "utf8"));
      expect(published).toEqual(jsonSchemaOf(name));
      expect(published).toMatchObject({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: `urn:tetrad:schema:${name}`,
        title: name,
        description: jsonSchemaSummary(name),
      });
      expect(published.description).toEndWith(".");
    }
  });

  test("describe every message, and every field of processes and of metadata", () => {
    for (const name of JSON_SCHEMA_NAMES) {
      const { properties, $defs = {} } = jsonSchemaOf(name) as Record<string, Record<string, JsonObject>>;
      for (const [type, definition] of Object.entries($defs))
        expect({ type, description: definition.description }).toEqual({
          type,
          description: expect.any(String),
        });
      const described = {
        ...(isMetadataName(name) ? properties : {}),
        ...($defs["tetragon.Process"]?.properties as JsonObject | undefined),
      };
      for (const [field, { description }] of Object.entries(described as Record<string, JsonObject>))
        expect({ name, field, description }).toEqual({ name, field, description: expect.any(String) });
    }
  });

  test("lack a type that nobody knows", () => {
    expect(jsonSchemaOf("process_exe")).toBeUndefined();
    expect(jsonSchemaOf("constructor")).toBeUndefined();
    expect(jsonSchemaSummary("process_exe")).toBe("");
  });
});
