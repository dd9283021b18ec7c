/** @module Reads fields of events as Go's getters do: what is not there is empty, or 0. */
import { asObject, isObject, type JsonObject } from "../../lib/json/object.ts";

/** The message in a field; an empty one where there is none. */
export function message(value: unknown, field: string): JsonObject {
  return asObject(asObject(value)?.[field]) ?? {};
}

/** A string, or a number as JSON has it: 64 bits stand in quotes. */
export function text(value: unknown, field: string, absent = ""): string {
  const found = asObject(value)?.[field];
  return typeof found === "string" || typeof found === "number" ? String(found) : absent;
}

/** An integer. */
export function number(value: unknown, field: string): number {
  const found = Number(text(value, field, "0"));
  return Number.isFinite(found) ? found : 0;
}

/** An unsigned integer of 64 bits in hexadecimal, `0x` in front. */
export function hex(value: unknown, field: string): string {
  const found = text(value, field, "0");
  return `0x${/^\d+$/.test(found) ? BigInt(found).toString(16) : "0"}`;
}

/** The messages of a list. */
export function messages(value: unknown, field: string): readonly JsonObject[] {
  const found = asObject(value)?.[field];
  return Array.isArray(found) ? found.map((item: unknown) => (isObject(item) ? item : {})) : [];
}
