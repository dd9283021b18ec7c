/** @module Fields of JSON that the description lacks: what encoders do with them. */
import type { MessageDescriptor } from "../../event/description/descriptor.ts";
import { snakeName } from "../../event/edit/names.ts";
import type { JsonObject } from "../../lib/json/object.ts";
import type { WritableBuffer } from "./wire.ts";

/** What encoders have met. */
export interface UnknownFields {
  /** Fields, and names of enum values, that are not in the message. */
  fields: number;
  /** Whether there was a known field under protobuf's other name for it (`parentExecId`), which was not written. */
  isRenamed: boolean;
}

/**
 * Counts those fields of `object` that `message` lacks.
 * @returns `at`, where the message ends.
 */
export function countUnknown(
  unknown: UnknownFields,
  message: MessageDescriptor,
  object: JsonObject,
  _b: WritableBuffer,
  at: number,
): number {
  for (const key of Object.keys(object)) {
    if (message.fields.has(key) || object[key] === undefined) continue;
    if (message.fields.has(snakeName(key))) unknown.isRenamed = true;
    else unknown.fields++;
  }
  return at;
}
