/**
 * @module The words in which messages are described: `message`, `repeated`, `stringMap`, `openEnum`, ...
 *
 * protojson's rules: null is the same as absent, so every field is nullish; unknown fields are kept and never
 * looked into.
 */
import * as v from "valibot";
import type { JsonObject } from "../batch.ts";
import { string } from "./scalar.ts";

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** valibot's own object schemas let arrays pass; JSON's objects are none. */
export const jsonObject = v.custom<JsonObject>(isObject, "object");

/** The fields of a message as valibot entries. */
type Fields = Record<string, v.GenericSchema>;
type Nullish<F extends Fields> = { -readonly [K in keyof F]: v.NullishSchema<F[K], undefined> };

function nullish<F extends Fields>(fields: F): Nullish<F> {
  const entries: Record<string, v.GenericSchema> = {};
  for (const [name, schema] of Object.entries(fields)) entries[name] = v.nullish(schema);
  return entries as Nullish<F>;
}

/** A message as it occurs in events: unknown fields pass through. */
export function message<const F extends Fields>(fields: F) {
  return v.pipe(jsonObject, v.looseObject(nullish(fields)));
}

/** A message as it occurs in configuration: an unknown field is a mistake. */
export function strictMessage<const F extends Fields>(fields: F) {
  return v.pipe(jsonObject, v.strictObject(nullish(fields)));
}

/** A `repeated` field. Null is no element of it. */
export function repeated<const S extends v.GenericSchema>(schema: S) {
  return v.array(schema);
}

/** `map<string, string>`. */
export const stringMap = v.pipe(jsonObject, v.record(string, string));

/** What `fit` reads on a string: never shortened, or only when nothing else is left to shorten. */
export type FitMetadata = { readonly shorten: "never" | "last" };

/** A string by which an event is told apart or joined with others. */
export const identity = v.pipe(string, v.metadata({ shorten: "never" } satisfies FitMetadata));

/** A string that says what the event is about. */
export const lastResort = v.pipe(string, v.metadata({ shorten: "last" } satisfies FitMetadata));
