/**
 * Documents beside those of Elastic's published integration for Tetragon (package `tetragon` of elastic/integrations): what its
 * pipeline does with an event is said here anew, in few words.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { asObject, isObject, type JsonObject } from "../../../src/lib/json/object.ts";
import { documentOfEvent, fieldEvents, REAL_LINES, SETTINGS, tidied } from "./support.ts";

/** The machine may be busy. */
setDefaultTimeout(120_000);

/** Types of events whose process the integration looks for, and where there may be a parent. */
const WITH_PARENT = ["exec", "exit", "kprobe", "tracepoint", "lsm", "uprobe"].map(
  (type) => `process_${type}`,
);
const WITH_PROCESS = [...WITH_PARENT, "process_loader"];

/** What it moves, from within a process to the document. */
const OF_PROCESS = {
  arguments: "args",
  binary: "executable",
  cwd: "working_directory",
  pid: "pid",
  exec_id: "entity_id",
  tid: "thread.id",
  uid: "user.id",
  start_time: "start",
};
const OF_POD = {
  "container.name": "container.name",
  "container.id": "container.id",
  "container.image.name": "container.image.name",
  name: "orchestrator.resource.name",
  namespace: "orchestrator.namespace",
  workload_kind: "orchestrator.resource.parent.type",
};

function take(from: JsonObject | undefined, path: string): unknown {
  const keys = path.split(".");
  const last = keys.pop()!;
  const object = keys.reduce<JsonObject | undefined>((inner, key) => asObject(inner?.[key]), from);
  const value = object?.[last];
  if (object !== undefined) delete object[last];
  return value;
}

function put(into: JsonObject, path: string, value: unknown): void {
  if (value === undefined) return;
  const keys = path.split(".");
  const last = keys.pop()!;
  let object = into;
  for (const key of keys) {
    object[key] ??= {};
    object = object[key] as JsonObject;
  }
  object[last] = value;
}

function isLeft(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return isObject(value)
    ? Object.keys(value).length > 0
    : value !== null && value !== "" && value !== undefined;
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty).filter(isLeft);
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const);
  return Object.fromEntries(members.filter(([, inner]) => isLeft(inner)));
}

/** What its pipeline makes of an event, but for the event as it came. */
function integrationDocument(event: JsonObject): JsonObject {
  const log = structuredClone(event);
  const document: JsonObject = { cilium_tetragon: { log }, ecs: { version: "8.11.0" } };
  const type = Object.keys(log)[0]!;
  const payload = asObject(log[type])!;
  const moveProcess = (from: unknown, prefix: string) => {
    for (const [field, place] of Object.entries(OF_PROCESS)) {
      const value = take(asObject(from), field);
      const isText = place === "user.id" && value !== undefined;
      const args = place === "args" && typeof value === "string" ? value.split(/[ \t\n\v\f\r]+/) : undefined;
      put(document, `${prefix}.${place}`, args ?? (isText ? String(value) : value));
    }
  };
  if (WITH_PROCESS.includes(type)) moveProcess(payload.process, "process");
  if (WITH_PARENT.includes(type)) moveProcess(payload.parent, "process.parent");
  if (type === "process_exec") put(document, "event.action", "executed");
  if (type === "process_exit") put(document, "event.action", "end");
  if (type === "process_exit") put(document, "process.exit_code", payload.status);
  const pod = asObject(asObject(payload.process)?.pod);
  for (const [field, place] of Object.entries(OF_POD)) put(document, place, take(pod, field));
  put(document, "host.name", log.node_name);
  put(document, "orchestrator.cluster.name", log.cluster_name);
  return withoutEmpty(document) as JsonObject;
}

/** Types that it knows, and whose parent it does not leave where it is. */
const isKnown = (event: JsonObject) => WITH_PARENT.includes(Object.keys(event)[0]!);
/** Times that servers refuse stay where they are here, and are refused there. */
const hasOddTime = (event: JsonObject) =>
  /"(?:0001|2026-0[26]-3|1999-|2024-02-29T00:00:60)/.test(JSON.stringify(event));

describe("documentOf()", () => {
  function check(event: JsonObject): void {
    const document = documentOfEvent(event, { ...SETTINGS, spelling: "integration" });
    const expected = integrationDocument(event);
    expect(document.cilium_tetragon).toEqual(expected.cilium_tetragon as object);
    expect(document).toMatchObject(expected);
  }

  test("has all that the published integration has of real events, in the same places", () => {
    for (const line of REAL_LINES) {
      const event = JSON.parse(line) as JsonObject;
      if (isKnown(event)) check(event);
    }
  });

  test("has all that the published integration has of events as they are in the field", () => {
    const known = fieldEvents.map((event) => tidied(event) as JsonObject);
    fc.assert(
      fc.property(known, (event) => {
        fc.pre(isKnown(event) && !hasOddTime(event));
        check(event);
      }),
      { numRuns: 50, endOnFailure: true },
    );
  });
});
