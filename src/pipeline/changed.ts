/** @module Events that a stage changes: decoded without loss, encoded anew. */
import type { JsonObject } from "../event/batch.ts";

/** Decodes `text` for a stage that will change it. */
export function decodeForChange(text: string): JsonObject {
  return JSON.parse(text);
}

/** The JSON text of a changed event. */
export function encodeChanged(event: JsonObject): string {
  return JSON.stringify(event);
}
