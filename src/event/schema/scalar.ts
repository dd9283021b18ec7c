/**
 * @module Values without fields as valibot schemas. The `message` of a custom schema is what it expects, in words:
 * reasons for invalid events are built from it.
 */
import * as v from "valibot";
import type { JsonObject } from "../../lib/json/object.ts";
import type { SimpleType } from "../description/descriptor.ts";
import { FORM_TESTS, isUtc } from "./json-form.ts";

/** `string`. */
export const string = v.string();

/** `bool`, and `google.protobuf.BoolValue`. */
export const bool = v.boolean();

/** `google.protobuf.Timestamp`: RFC 3339 with up to nine fractional digits. Stays text: `Date` has no nanoseconds. */
export const timestamp = v.custom<string>(FORM_TESTS.timestamp, "RFC 3339 time");

/** `uint32`, and `google.protobuf.UInt32Value`: a number or a decimal string. */
export const uint32 = v.custom<number | string>(FORM_TESTS.uint32, "uint32");
/** `int32`, and `google.protobuf.Int32Value`: a number or a decimal string. */
export const int32 = v.custom<number | string>(FORM_TESTS.int32, "int32");
/** `uint64`: protojson writes a decimal string and reads a number as well. */
export const uint64 = v.custom<number | string>(FORM_TESTS.uint64, "uint64");
/** `int64`: protojson writes a decimal string and reads a number as well. */
export const int64 = v.custom<number | string>(FORM_TESTS.int64, "int64");

/** `bytes`: base64 in the standard or the URL alphabet, padded or not. */
export const bytes = v.custom<string>(FORM_TESTS.bytes, "base64");

/** A JSON object of any kind: valibot's own object schemas let arrays pass. */
export const jsonObject = v.custom<JsonObject>(FORM_TESTS.any, "object");

/** Schemas by kind. A field mask is text: paths with commas between them. */
export const SIMPLE_SCHEMAS: Readonly<Record<SimpleType["kind"], v.GenericSchema>> = {
  bool,
  string,
  bytes,
  int32,
  int64,
  uint32,
  uint64,
  timestamp,
  duration: v.custom<string>(FORM_TESTS.duration, "duration"),
  field_mask: string,
  any: jsonObject,
  utc_time: v.pipe(timestamp, v.check(isUtc, "UTC time")),
  uint32_number: v.pipe(uint32, v.number()),
  count_number: v.custom<number>(FORM_TESTS.count_number, "integer from 0 to 2^53 - 1"),
  seconds_number: v.custom<number>(FORM_TESTS.seconds_number, "number of seconds"),
};
