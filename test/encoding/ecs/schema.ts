/** @module What the Elastic Common Schema says of documents: its own fields, types and allowed values. */
import { isIP } from "node:net";
import { EcsFlat, EcsVersion } from "@elastic/ecs";
import { ECS_FIELDS, NESTED } from "../../../src/encoding/ecs/fields.ts";
import { isObject, type JsonObject } from "../../../src/lib/json/object.ts";

/** A field of the schema, as far as it is asked for here. */
interface Described {
  readonly type: string;
  readonly normalize: readonly string[];
  readonly allowed_values?: readonly {
    readonly name: string;
    readonly expected_event_types?: readonly string[];
  }[];
}

export const SCHEMA = EcsFlat as unknown as Readonly<Record<string, Described | undefined>>;
export const SCHEMA_VERSION: string = EcsVersion;

const OURS = new Map(ECS_FIELDS.map((field) => [field.name, field]));
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** Whether a value is of a type of the schema. */
const IS: Readonly<Record<string, (value: unknown) => boolean>> = {
  keyword: (value) => typeof value === "string" && value !== "",
  constant_keyword: (value) => typeof value === "string" && value !== "",
  wildcard: (value) => typeof value === "string" && value !== "",
  match_only_text: (value) => typeof value === "string",
  long: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === "boolean",
  ip: (value) => typeof value === "string" && isIP(value) !== 0,
  date: (value) => typeof value === "string" && TIME.test(value) && !Number.isNaN(Date.parse(value)),
};

/** The document's fields by their full names; what is under `cilium_tetragon` is not looked into. */
export function fieldsOf(document: JsonObject, prefix = ""): [name: string, value: unknown][] {
  return Object.entries(document).flatMap(([key, value]) => {
    const name = prefix + key;
    if (`${name}.log` === NESTED) return [];
    return isObject(value) ? fieldsOf(value, `${name}.`) : [[name, value] as [string, unknown]];
  });
}

/** What is wrong with a document. */
export function faultsOf(document: JsonObject): string[] {
  const faults = fieldsOf(document).flatMap(([name, value]) => {
    const field = OURS.get(name);
    if (field === undefined) return [`${name} is not in the table of fields`];
    const values = Array.isArray(value) ? value : [value];
    if (Array.isArray(value) !== field.isList) return [`${name} is ${field.isList ? "no" : "a"} list`];
    return values
      .filter((each) => !IS[field.type]!(each))
      .map((each) => `${name} is ${JSON.stringify(each)}`);
  });
  return [...faults, ...classFaults(document.event as JsonObject), ...emptyFaults(document, "")];
}

function classFaults({ kind, category = [], type = [], outcome }: JsonObject): string[] {
  const allowed = (field: string) => SCHEMA[field]!.allowed_values!;
  const isAllowed = (field: string, value: unknown) => allowed(field).some(({ name }) => name === value);
  const faults: string[] = [];
  if (!isAllowed("event.kind", kind)) faults.push(`event.kind is ${kind}`);
  if (outcome !== undefined && !isAllowed("event.outcome", outcome))
    faults.push(`event.outcome is ${outcome}`);
  for (const each of category as string[]) {
    const found = allowed("event.category").find(({ name }) => name === each);
    if (found === undefined) faults.push(`event.category is ${each}`);
    for (const one of type as string[])
      if (!found?.expected_event_types?.includes(one)) faults.push(`event.type is ${one} of ${each}`);
  }
  return faults;
}

function emptyFaults(value: unknown, path: string): string[] {
  if (value === null || value === "" || JSON.stringify(value) === "{}" || JSON.stringify(value) === "[]")
    return [`${path} is empty`];
  if (typeof value !== "object") return [];
  return Object.entries(value as object).flatMap(([key, inner]) => emptyFaults(inner, `${path}.${key}`));
}
