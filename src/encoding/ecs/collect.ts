/** @module Takes an event apart: what the schema has a place for, and what stays of the event. */
import { isRawNumber } from "../../event/encode.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import type { FieldPlan, MessagePlan } from "./plan.ts";
import { valueFor } from "./values.ts";

/** Values by the name of their place. */
export type Found = { [place: string]: unknown };

/** Places of which there may be two in an event: where the second one goes. */
const SECOND: Readonly<Record<string, string>> = { "file.path": "file.target_path" };

/**
 * What stays of `message`: without the values that are moved to `found`, without empty texts, nulls, and objects and lists
 * in which nothing is left. `undefined` where nothing is; `message` itself where all is. What has a place and stays is in
 * `found`, too.
 */
export function takeApart(
  message: JsonObject,
  plan: MessagePlan | undefined,
  found: Found,
): JsonObject | undefined {
  let rest: JsonObject | undefined;
  let kept = 0;
  for (const key in message) {
    const value = message[key];
    const field = plan?.get(key);
    const left = field === undefined ? withoutEmpty(value) : takeField(value, field, found);
    if (left === value && rest === undefined) {
      kept++;
      continue;
    }
    rest ??= firstOf(message, kept);
    if (left !== undefined) setMember(rest, key, left);
  }
  if (rest === undefined) return kept === 0 ? undefined : message;
  return isEmpty(rest) ? undefined : rest;
}

function takeField(value: unknown, { place, isMoved, within }: FieldPlan, found: Found): unknown {
  if (place !== undefined) {
    const taken = valueFor(place, value);
    if (taken !== undefined && add(found, place.name, taken) && isMoved) return undefined;
  }
  if (within === undefined || typeof value !== "object" || value === null) return withoutEmpty(value);
  return Array.isArray(value)
    ? takeItems(value, within, found)
    : takeApart(value as JsonObject, within, found);
}

/** @returns Whether it is there now. The first one of an event is meant. */
function add(found: Found, name: string, value: unknown): boolean {
  if (found[name] === undefined) found[name] = value;
  else {
    const second = SECOND[name];
    if (second === undefined) return false;
    found[second] ??= value;
  }
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
    ? takeItems(value, undefined, NOWHERE)
    : takeApart(value as JsonObject, undefined, NOWHERE);
}

/** Nothing is put there: without a plan there is no place. */
const NOWHERE: Found = {};

/** @param within What becomes of the fields of each item. */
function takeItems(
  list: readonly unknown[],
  within: MessagePlan | undefined,
  found: Found,
): readonly unknown[] | undefined {
  const item: FieldPlan = { place: undefined, isMoved: false, within };
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

/** A copy of the first `count` members. */
function firstOf(object: JsonObject, count: number): JsonObject {
  const copy: JsonObject = {};
  let left = count;
  for (const key in object) {
    if (left-- === 0) break;
    setMember(copy, key, object[key]);
  }
  return copy;
}

function isEmpty(object: JsonObject): boolean {
  for (const _ in object) return false;
  return true;
}

/** Whatever the member is called. */
function setMember(object: JsonObject, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}
