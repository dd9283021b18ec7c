/** @module Takes an event apart: what the schema has a place for, and what stays of the event. */
import { isRawNumber } from "../../event/encode.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import { type Found, numberOf } from "./found.ts";
import { type FieldPlan, type MessagePlan, NOWHERE } from "./plan.ts";
import { valueFor } from "./values.ts";

const PATH = numberOf("file.path");
const TARGET = numberOf("file.target_path");

/**
 * Takes `message` apart, which is no more as it was then: the values that are moved to `found` are `undefined`, and so are
 * empty texts, nulls, and objects and lists in which nothing is left. What has a place and stays is in `found`, too.
 * @returns `message`, or `undefined` where nothing stays.
 */
export function takeApart(
  message: JsonObject,
  plan: MessagePlan | undefined,
  found: Found,
): JsonObject | undefined {
  let isLeft = false;
  for (const key in message) {
    const value = message[key];
    const field = plan?.get(key);
    const left = field === undefined ? withoutEmpty(value) : takeField(value, field, found);
    if (left !== undefined) isLeft = true;
    // It is an own one, whatever it is called.
    if (left !== value) message[key] = left;
  }
  return isLeft ? message : undefined;
}

function takeField(value: unknown, { place, at, isMoved, within }: FieldPlan, found: Found): unknown {
  if (place !== undefined) {
    const taken = valueFor(place, value);
    if (taken !== undefined && add(found, at, taken) && isMoved) return undefined;
  }
  if (within === undefined || typeof value !== "object" || value === null) return withoutEmpty(value);
  return Array.isArray(value)
    ? takeItems(value, within, found)
    : takeApart(value as JsonObject, within, found);
}

/** @returns Whether it is there now. The first one of an event is meant; a second path is that of another file. */
function add(found: Found, at: number, value: unknown): boolean {
  if (found[at] === undefined) found[at] = value;
  else if (at === PATH) found[TARGET] ??= value;
  else return false;
  return true;
}

/** What taking apart found besides; who asks begins with `false`. */
export const seen = {
  /** Whether there was a number of which JavaScript may not have all digits. */
  isRounded: false,
};

/** The value without what is empty in it, `undefined` where that is all; the value itself where that is nothing. */
function withoutEmpty(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  if (typeof value !== "object") {
    if (typeof value === "number" && !Number.isSafeInteger(value)) seen.isRounded = true;
    return value;
  }
  if (isRawNumber(value)) return value;
  return Array.isArray(value)
    ? takeItems(value, undefined, NOTHING)
    : takeApart(value as JsonObject, undefined, NOTHING);
}

/** Nothing is put there: without a plan there is no place. */
const NOTHING: Found = [];

/** @param within What becomes of the fields of each item. */
function takeItems(
  list: readonly unknown[],
  within: MessagePlan | undefined,
  found: Found,
): readonly unknown[] | undefined {
  const item: FieldPlan = { place: undefined, at: NOWHERE, isMoved: false, within };
  let rest: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    const left = within === undefined ? withoutEmpty(value) : takeField(value, item, found);
    if (left === value && rest === undefined) continue;
    rest ??= list.slice(0, i);
    if (left !== undefined) rest.push(left);
  }
  const left = rest ?? list;
  return left.length === 0 ? undefined : left;
}
