import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as v from "valibot";
import { compileValidator } from "../../src/event/compile.ts";
import {
  AgentInit,
  AgentStop,
  field,
  GetEventsResponse,
  MessageDescriptor,
} from "../../src/event/description/index.ts";
import { schemaOf } from "../../src/event/schema/derive.ts";
import type { JsonObject } from "../../src/lib/json/object.ts";
import { validEvents } from "./fit/event-arbitrary.ts";
import { EDGES, edges, mutate, mutations } from "./mutated-event.ts";

const RUNS = 300;
/** Random events are slow to make, and this machine may be busy. */
const TIMEOUT_MS = 60_000;

const FIXTURES: JsonObject[] = readFileSync(
  join(import.meta.dir, "../fixtures/tetragon-events.jsonl"),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

const isValidEvent = compileValidator(GetEventsResponse);
const EVENT_SCHEMA = schemaOf(GetEventsResponse);
const isValidAgentInit = compileValidator(AgentInit);

/** What valibot says, of text so that the value is one that `JSON.parse` makes. */
function expectSameAnswer(
  message: MessageDescriptor,
  isValid: (value: unknown) => boolean,
  text: string,
): void {
  expect({ text, isValid: isValid(JSON.parse(text)) }).toEqual({
    text,
    isValid: v.is(schemaOf(message), JSON.parse(text)),
  });
}

/** Every field of every message, by the messages and lists that lead to it. */
function* fieldPaths(
  message: MessageDescriptor,
  prefix: readonly string[] = [],
): Generator<readonly string[]> {
  for (const { name, cardinality, type } of message.fields.values()) {
    const path = [...prefix, name];
    yield path;
    if (type.kind === "message") yield* fieldPaths(type, cardinality === "repeated" ? [...path, "0"] : path);
  }
}

/** The event in which nothing is set but `path`. */
function eventWith(path: readonly string[], value: unknown): unknown {
  return path.reduceRight((inner, key) => (key === "0" ? [inner] : { [key]: inner }), value);
}

describe("compileValidator()", () => {
  test("agrees with valibot that Tetragon's events are valid", () => {
    for (const event of FIXTURES) {
      expect(v.is(EVENT_SCHEMA, event)).toBe(true);
      expect(isValidEvent(event)).toBe(true);
    }
  });

  test(
    "agrees with valibot on valid events of every type",
    () => {
      fc.assert(
        fc.property(validEvents, (event) => {
          const text = JSON.stringify(event);
          expectSameAnswer(GetEventsResponse, isValidEvent, text);
          expect(isValidEvent(JSON.parse(text))).toBe(true);
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  test(
    "agrees with valibot on mutated events",
    () => {
      const answers = new Set<boolean>();
      fc.assert(
        fc.property(fc.oneof(validEvents, fc.constantFrom(...FIXTURES)), mutations, (event, changes) => {
          const mutated: JsonObject = JSON.parse(JSON.stringify(event));
          // A copy: what was put in may itself be changed by the next one.
          for (const { path, value, key } of changes)
            mutate(mutated, path, JSON.parse(JSON.stringify(value)), key);
          const text = JSON.stringify(mutated);
          expectSameAnswer(GetEventsResponse, isValidEvent, text);
          answers.add(isValidEvent(JSON.parse(text)));
        }),
        { numRuns: RUNS },
      );
      expect(answers.size).toBe(2);
    },
    TIMEOUT_MS,
  );

  test("agrees with valibot on any JSON", () => {
    fc.assert(
      fc.property(edges, (value) => {
        const text = JSON.stringify(value) ?? "null";
        expectSameAnswer(GetEventsResponse, isValidEvent, text);
        expectSameAnswer(AgentInit, isValidAgentInit, text);
      }),
      { numRuns: RUNS },
    );
  });

  test(
    "agrees with valibot on every field with every edge value",
    () => {
      const all = [...fieldPaths(GetEventsResponse)];
      // Messages that occur in several places are the same schema: processes and arguments are taken once.
      const paths = all.filter(
        ([type, role, , inner]) =>
          role === undefined ||
          (type === "process_exec"
            ? role === "process"
            : inner === undefined || (type === "process_kprobe" && role === "args")),
      );
      expect(paths.length).toBeGreaterThan(250);
      for (const path of paths) {
        for (const value of EDGES) {
          const event = JSON.parse(JSON.stringify(eventWith(path, value)));
          if (isValidEvent(event) !== v.is(EVENT_SCHEMA, event)) {
            throw new Error(
              `${path.join(".")}: ${JSON.stringify(value)}: valibot says ${v.is(EVENT_SCHEMA, event)}`,
            );
          }
        }
      }
    },
    TIMEOUT_MS,
  );

  test("agrees with valibot on metadata events without one of their fields", () => {
    const whole: JsonObject = {
      "@timestamp": "2024-01-15T10:30:00Z",
      event: "agent_init",
      tetragon_version: "v1.1.0",
      build_commit: "a1b2c3d4e5f6",
      build_date: "2024-01-15T09:00:00Z",
      hostname: "node-1",
      os: "linux",
      kernel_version: "6.14.0",
      pid: 12345,
      udp_destination: "127.0.0.1:514",
      udp_buffer_size: 65536,
      uptime: "initialized at 0",
    };
    expect(isValidAgentInit(whole)).toBe(true);
    for (const name of Object.keys(whole)) {
      const { [name]: _, ...others } = whole;
      expectSameAnswer(AgentInit, isValidAgentInit, JSON.stringify(others));
      for (const value of EDGES) {
        expectSameAnswer(AgentInit, isValidAgentInit, JSON.stringify({ ...others, [name]: value }));
      }
    }
  });

  test("agrees with valibot on later metadata events", () => {
    const whole: JsonObject = {
      "@timestamp": "2024-01-15T10:30:00Z",
      event: "agent_stop",
      tetragon_version: "v1.1.0",
      os: "linux",
      pid: 12345,
      uptime: "initialized at 0",
      started_at: "2024-01-15T09:00:00Z",
      start_id: "s",
      sequence: 3,
      uptime_seconds: 5400,
      config_digest: "d",
      metadata_interval_seconds: 0.5,
      datagrams_sent: 2 ** 40,
      stop_reason: "signal",
    };
    const isValid = compileValidator(AgentStop);
    expect(isValid(whole)).toBe(true);
    for (const name of Object.keys(whole)) {
      const { [name]: _, ...others } = whole;
      expectSameAnswer(AgentStop, isValid, JSON.stringify(others));
      for (const value of [...EDGES, -1, 0.5, 2 ** 53]) {
        expectSameAnswer(AgentStop, isValid, JSON.stringify({ ...others, [name]: value }));
      }
    }
  });

  test("finds every key of an object with unknown fields before known ones", () => {
    expect(isValidEvent(JSON.parse('{"a":1,"b":2,"c":3,"time":5}'))).toBe(false);
    expect(isValidEvent(JSON.parse('{"process_exec":{"process":{"x":1,"y":2,"pid":"no"}}}'))).toBe(false);
  });

  test("agrees with valibot on fields of every kind, alone, in lists and in maps", () => {
    const kinds = [
      ...["bool", "string", "bytes", "int32", "int64", "uint32", "uint64"],
      ...["timestamp", "duration", "field_mask", "any", "utc_time", "uint32_number"],
      ...["count_number", "seconds_number"],
    ] as const;
    for (const kind of kinds as readonly Parameters<typeof field>[2][]) {
      for (const presence of ["nullish", "optional", "required"] as const) {
        const message = new MessageDescriptor("test.Message", () => [
          field("single", 1, kind, { presence }),
          field("list", 2, kind, { repeated: true }),
          field("map", 3, kind, { map: "string" }),
        ]);
        const isValid = compileValidator(message);
        for (const value of [...EDGES, "1.5s", "-3s", "1.s"]) {
          for (const text of [
            { single: value },
            { single: "1s", list: [value] },
            { list: value },
            { map: { a: value } },
            { map: value },
          ])
            expectSameAnswer(message, isValid, JSON.stringify(text));
        }
        expectSameAnswer(message, isValid, "{}");
      }
    }
  });
});
