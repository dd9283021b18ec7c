/** @module Field masks: trees of field names, and what is left of a message by them. */
import { asObject, type JsonObject } from "../../lib/json/object.ts";

/**
 * A node of the tree. Without children it stands for the whole field; `process` and `process.pid` together are
 * the narrower of both, `process.pid`.
 */
export type Mask = Map<string, Mask>;

/** The tree of paths like `process.pod.name`. */
export function createMask(paths: readonly string[]): Mask {
  const root: Mask = new Map();
  for (const path of paths) {
    let mask = root;
    for (const name of path.split(".")) {
      let child = mask.get(name);
      if (child === undefined) {
        child = new Map();
        mask.set(name, child);
      }
      mask = child;
    }
  }
  return root;
}

/** What becomes of one field: the value to keep, or `undefined` to drop it. */
type FieldRule = (value: unknown, mask: Mask | undefined) => unknown;

/** Only what `mask` names: messages stay, empty if need be. Returns `message` itself when nothing is lost. */
export function include(message: JsonObject, mask: Mask): JsonObject {
  return mask.size === 0 ? message : rebuild(message, mask, includeField);
}

/** All but what `mask` names. Returns `message` itself when nothing is lost. */
export function exclude(message: JsonObject, mask: Mask): JsonObject {
  return mask.size === 0 ? message : rebuild(message, mask, excludeField);
}

const includeField: FieldRule = (value, mask) =>
  mask === undefined ? undefined : inner(value, mask, include);

const excludeField: FieldRule = (value, mask) => {
  if (mask === undefined) return value;
  return mask.size === 0 ? undefined : inner(value, mask, exclude);
};

/** Applies a mask to the messages in a field; what is not a message has no fields to choose from and stays. */
function inner(value: unknown, mask: Mask, apply: typeof include): unknown {
  if (mask.size === 0) return value;
  if (Array.isArray(value)) return mapItems(value, mask, apply);
  const message = asObject(value);
  return message === undefined ? value : apply(message, mask);
}

function mapItems(items: unknown[], mask: Mask, apply: typeof include): unknown[] {
  let isChanged = false;
  const mapped = items.map((item) => {
    const message = asObject(item);
    const kept = message === undefined ? item : apply(message, mask);
    isChanged ||= kept !== item;
    return kept;
  });
  return isChanged ? mapped : items;
}

function rebuild(message: JsonObject, mask: Mask, rule: FieldRule): JsonObject {
  let isChanged = false;
  const kept: JsonObject = {};
  for (const field in message) {
    // Assigned, it would become the new object's prototype. No protobuf field has that name.
    if (field === "__proto__") {
      isChanged = true;
      continue;
    }
    const value = message[field];
    const keep = rule(value, mask.get(field));
    if (keep !== value) isChanged = true;
    if (keep !== undefined) kept[field] = keep;
  }
  return isChanged ? kept : message;
}
