/** @module Fields that are left out when shorter strings and lists are not enough: what can be looked up elsewhere. */
import { isObject, type JsonObject } from "../../lib/json/object.ts";
import { fieldsWithRole } from "../description/annotations.ts";
import { Process } from "../description/generated/tetragon.ts";
import type { AgentStop } from "../description/metadata.ts";

/** Fields of a process by what they are when texts are as short as can be, made when first asked for. */
interface ProcessFields {
  /** What a process may do and how it came to it: in the event of its execution, if anywhere. */
  readonly details: ReadonlySet<string>;
  /** By these the parent is found in its own events, which have the rest. */
  readonly references: ReadonlySet<string>;
}

let fields: ProcessFields | undefined;

function processFields(): ProcessFields {
  fields ??= { details: fieldsWithRole(Process, "detail"), references: fieldsWithRole(Process, "reference") };
  return fields;
}

/** Leaves out details of the process and of its parent. */
export function leaveOutDetails(event: JsonObject): void {
  const { details } = processFields();
  for (const payload of payloads(event)) {
    for (const process of [payload.process, payload.parent]) {
      if (isObject(process)) for (const field of details) delete process[field];
    }
  }
}

/** Leaves out all of the parent but what it is found by. */
export function leaveOutParentDetails(event: JsonObject): void {
  const { references } = processFields();
  for (const { parent } of payloads(event)) {
    if (!isObject(parent)) continue;
    for (const field of Object.keys(parent)) if (!references.has(field)) delete parent[field];
  }
}

/** Leaves out the parent where the process says which it is. */
export function leaveOutParent(event: JsonObject): void {
  for (const payload of payloads(event)) {
    if (isObject(payload.process) && typeof payload.process.parent_exec_id === "string")
      delete payload.parent;
  }
}

/**
 * Fields of metadata events that a receiver can do without, by step. By the others it tells agents apart and counts what
 * they sent.
 */
const METADATA_DETAILS: readonly (readonly (keyof AgentStop)[])[] = [
  ["boot_id", "udp_receiver", "started_at"],
  ["build_commit", "build_date", "udp_buffer_size", "metadata_interval_seconds"],
  ["udp_destination", "kernel_version", "node_name", "cluster_name", "stop_detail"],
  ["bytes_sent", "events_sent", "dropped_refused"],
  ["hostname"],
];

/** Leaves out of a metadata event what a receiver can do without, one step further each: see `fit()`. */
export const LEAVE_OUT_OF_METADATA: readonly ((event: JsonObject) => void)[] = METADATA_DETAILS.map(
  (fields) => (event) => {
    for (const field of fields) delete event[field];
  },
);

function payloads(event: JsonObject): JsonObject[] {
  return Object.values(event).filter(isObject);
}
