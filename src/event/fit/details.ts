/** @module Fields that are left out when shorter strings and lists are not enough: what can be looked up elsewhere. */
import type { JsonObject } from "../batch.ts";

/** What a process may do and how it came to it: in the event of its execution, if anywhere. */
const PROCESS_DETAILS: readonly string[] = [
  "ns",
  "process_credentials",
  "cap",
  "binary_properties",
  "environment_variables",
  "user",
  "refcnt",
  "in_init_tree",
];

/** By these the parent is found in its own events, which have the rest. */
const PARENT_IDENTITY: ReadonlySet<string> = new Set([
  "exec_id",
  "parent_exec_id",
  "pid",
  "tid",
  "uid",
  "auid",
  "binary",
  "start_time",
]);

/** Leaves out details of the process and of its parent. */
export function leaveOutDetails(event: JsonObject): void {
  for (const payload of payloads(event)) {
    for (const process of [payload.process, payload.parent]) {
      if (isObject(process)) for (const field of PROCESS_DETAILS) delete process[field];
    }
  }
}

/** Leaves out all of the parent but what it is found by. */
export function leaveOutParentDetails(event: JsonObject): void {
  for (const { parent } of payloads(event)) {
    if (!isObject(parent)) continue;
    for (const field of Object.keys(parent)) if (!PARENT_IDENTITY.has(field)) delete parent[field];
  }
}

/** Leaves out the parent where the process says which it is. */
export function leaveOutParent(event: JsonObject): void {
  for (const payload of payloads(event)) {
    if (isObject(payload.process) && typeof payload.process.parent_exec_id === "string")
      delete payload.parent;
  }
}

function payloads(event: JsonObject): JsonObject[] {
  return Object.values(event).filter(isObject);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
