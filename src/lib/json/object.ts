/** @module JSON objects as `JSON.parse` makes them. */

/** A JSON object: its values are not known yet. */
export type JsonObject = { [key: string]: unknown };

/** Whether `value` is a JSON object, which arrays and `null` are not. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `value` if it is a JSON object. */
export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}
