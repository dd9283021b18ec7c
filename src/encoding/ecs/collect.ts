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
 * in which nothing is left. `undefined` where nothing is. What has a place and stays is in `found`, too.
 */
export function takeApart(
  message: JsonObject,
  plan: MessagePlan | undefined,
  found: Found,
): JsonObject | undefined {
  let rest: JsonObject | undefined;
  for (const key in message) {
    const value = message[key];
    const field = plan?.get(key);
    const left = field === undefined ? withoutEmpty(value) : takeField(value, field, found);
    if (left === undefined) continue;
    rest ??= {};
    setMember(rest, key, left);
  }
  return rest;
}

function takeField(value: unknown, { place, isMoved, within }: FieldPlan, found: Found): unknown {
  if (place !== undefined) {
    const taken = valueFor(place, value);
    if (taken !== undefined && add(found, place.name, taken) && isMoved) return undefined;
  }
  if (within === undefined || typeof value !== "object" || value === null) return withoutEmpty(value);
  if (!Array.isArray(value)) return takeApart(value as JsonObject, within, found);
  return nonEmpty(value.map((item) => takeField(item, { place: undefined, isMoved: false, within }, found)));
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

/** The value without what is empty in it; `undefined` where that is all. */
export function withoutEmpty(value: unknown): unknown {
  if (value === null || value === "") return undefined;
  if (typeof value !== "object" || isRawNumber(value)) return value;
  if (Array.isArray(value)) return nonEmpty(value.map(withoutEmpty));
  return takeApart(value as JsonObject, undefined, NOWHERE);
}

/** Nothing is put there: without a plan there is no place. */
const NOWHERE: Found = {};

function nonEmpty(list: unknown[]): unknown[] | undefined {
  const left = list.filter((item) => item !== undefined);
  return left.length === 0 ? undefined : left;
}

/** Whatever the member is called. */
function setMember(object: JsonObject, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}
