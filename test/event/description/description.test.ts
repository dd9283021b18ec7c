import { describe, expect, test } from "bun:test";
import { ADDED_EVENT_TYPES, ProcessClose } from "../../../src/event/description/additions.ts";
import { ANNOTATIONS, annotationOf, fieldsWithRole } from "../../../src/event/description/annotations.ts";
import {
  camelName,
  EventType,
  GetEventsResponse,
  KprobeArgument,
  type MessageDescriptor,
  Process,
  typesWithin,
} from "../../../src/event/description/index.ts";
import { METADATA_MESSAGES } from "../../../src/event/description/metadata.ts";

/** Every message that can be annotated: those of events, and those that the API lacks. */
const MESSAGES: ReadonlyMap<string, MessageDescriptor> = typesWithin(
  GetEventsResponse,
  ...Object.values(METADATA_MESSAGES),
  ...ADDED_EVENT_TYPES.values(),
).messages;

describe("annotations", () => {
  test("name messages and fields that there are", () => {
    const nowhere = Object.entries(ANNOTATIONS).flatMap(([message, fields]) =>
      Object.keys(fields).flatMap((name) =>
        MESSAGES.get(message)?.fields.has(name) === true ? [] : [`${message}.${name}`],
      ),
    );
    expect(nowhere).toEqual([]);
  });

  test("speak of shortening where there is text", () => {
    for (const message of MESSAGES.values()) {
      for (const field of message.fields.values()) {
        if (annotationOf(message, field).shorten === undefined) continue;
        expect(`${message.name}.${field.name}: ${field.type.kind}`).toEndWith(": string");
      }
    }
  });

  test("give roles to fields of processes alone", () => {
    for (const message of MESSAGES.values()) {
      const isProcess = message.name === Process.name;
      for (const role of ["reference", "detail"] as const)
        expect({ message: message.name, has: fieldsWithRole(message, role).size > 0 }).toEqual({
          message: message.name,
          has: isProcess,
        });
    }
  });

  test("are empty for a field of which nothing is said", () => {
    expect(annotationOf(Process, Process.fields.get("cwd")!)).toEqual({
      ecs: "process.working_directory",
      isMoved: true,
    });
    expect(annotationOf(KprobeArgument, KprobeArgument.fields.get("label")!)).toEqual({});
  });
});

describe("events", () => {
  test("have the numbers of their types", () => {
    const types = [...GetEventsResponse.fields.values()].filter(({ oneof }) => oneof === "event");
    expect(Object.fromEntries(types.map(({ name, number }) => [name.toUpperCase(), number!]))).toEqual(
      Object.fromEntries(Object.entries(EventType).filter(([name]) => name !== "UNDEF")),
    );
  });

  test("that the API lacks have a process, a parent and no numbers", () => {
    expect([...ADDED_EVENT_TYPES.keys()]).toEqual(["process_connect", "process_close", "process_listen"]);
    for (const [name, { fields }] of ADDED_EVENT_TYPES) {
      expect(GetEventsResponse.fields.has(name)).toBe(false);
      expect(fields.get("process")?.type).toBe(Process);
      expect(fields.get("parent")?.type).toBe(Process);
      expect([...fields.values()].every(({ number }) => number === undefined)).toBe(true);
    }
    expect(ProcessClose.fields.get("stats")?.type.kind).toBe("message");
  });
});

test("fields say what protobuf says of them", () => {
  const { fields } = Process;
  expect([...fields.keys()].slice(0, 3)).toEqual(["exec_id", "pid", "uid"]);
  expect(fields.get("pid")).toMatchObject({ number: 2, type: { kind: "uint32" }, isWrapped: true });
  expect(fields.get("refcnt")).toMatchObject({ number: 13, type: { kind: "uint32" }, isWrapped: false });
  expect(fields.get("environment_variables")).toMatchObject({ cardinality: "repeated" });
  expect(GetEventsResponse.fields.get("node_labels")).toMatchObject({ cardinality: "map", key: "string" });
  expect(KprobeArgument.fields.get("user_namespace_arg")).toMatchObject({ oneof: "arg", isDeprecated: true });
  expect(KprobeArgument.fields.get("label")?.oneof).toBeUndefined();
});

test.each([
  ["parent_exec_id", "parentExecId"],
  ["pid", "pid"],
  ["Key", "Key"],
  ["a_1", "a1"],
])("camelName() of %s is %s", (name, camel) => {
  expect(camelName(name)).toBe(camel);
});
