/** @module Why a value is not a valid message, in words that may be logged. */
import * as v from "valibot";
import type { MessageDescriptor } from "./description/descriptor.ts";
import { GetEventsResponse } from "./description/generated/events.ts";
import { schemaOf } from "./schema/derive.ts";

const MAX_KEY_LENGTH = 64;

/** The key of a path; map keys come from outside, so a long one is cut and an odd one quoted. */
function formatKey(key: unknown): string {
  const text = String(key);
  if (typeof key === "number" || /^[A-Za-z_@][A-Za-z0-9_.\-/@]*$/.test(text))
    return text.slice(0, MAX_KEY_LENGTH);
  return JSON.stringify(text.slice(0, MAX_KEY_LENGTH));
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/**
 * Why `value` is not a valid `message`: `process_exec.process.pid: expected uint32, found string`. Names the path and
 * the types, never a value. Slow; for values that are known to be invalid.
 */
export function schemaReason(value: unknown, message: MessageDescriptor = GetEventsResponse): string {
  const issue = v.safeParse(schemaOf(message), value, { abortEarly: true }).issues?.[0];
  if (issue === undefined) return "valid";
  const path = issue.path?.map((item) => formatKey(item.key)).join(".") ?? "";
  const isNamed = issue.type === "custom" || issue.type === "check";
  const expected = isNamed ? issue.message : (issue.expected ?? "another value");
  return `${path === "" ? "event" : path}: expected ${expected}, found ${typeName(issue.input)}`;
}
