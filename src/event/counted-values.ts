/** @module What of events is counted, without making an object or text of them. */

import type { JsonObject } from "../lib/json/object.ts";

/** By the event's number among those of its source. */
export interface CountedValues {
  type(place: number): string;
  /** Of the process; empty where it is not known. */
  binary(place: number): string;
  /** `pod` of the process, not to be changed; `undefined` where it is not known. */
  pod(place: number): JsonObject | undefined;
}
