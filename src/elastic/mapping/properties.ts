/** @module The mapping of a field, from its name and its type in the Elastic Common Schema. */
import type { Flavour } from "../flavour.ts";

/** Types of fields in documents, in the names that the Elastic Common Schema has for them. */
export type FieldType =
  | "keyword"
  | "wildcard"
  | "constant_keyword"
  | "match_only_text"
  | "long"
  | "boolean"
  | "date"
  | "ip"
  | "unsigned_long";

/** One field of the mapping. */
export interface MappedField {
  readonly name: string;
  readonly type: FieldType;
}

/** What a server is given for one field, or for an object. */
export type Property = Readonly<Record<string, unknown>>;

/** Longest keyword that is searched for; longer ones are kept, and not found by their value. */
const IGNORE_ABOVE = 1024;
/** The same for command lines and paths: 32,764 bytes of UTF-8 at most, and the server refuses a document above 32,766. */
const IGNORE_ABOVE_LONG = 8191;
/** Nanoseconds, nine digits also when they are read back. */
const NANOSECONDS = "strict_date_optional_time_nanos";
/** The one field that a document cannot do without: what is wrong there must be seen. */
const TIMESTAMP = "@timestamp";

/** The mapping of one field. */
export function propertyOf({ name, type }: MappedField, flavour: Flavour): Property {
  switch (type) {
    case "keyword":
    case "constant_keyword":
      return { type: "keyword", ignore_above: IGNORE_ABOVE };
    case "wildcard":
      // A keyword costs the server a third less, and answers the same queries.
      return { type: "keyword", ignore_above: IGNORE_ABOVE_LONG };
    case "match_only_text":
      return { type: flavour.textType };
    case "boolean":
      return { type: "boolean" };
    case "date":
      return {
        type: "date_nanos",
        format: NANOSECONDS,
        ...(name !== TIMESTAMP && { ignore_malformed: true }),
      };
    case "unsigned_long":
      // Not every server has it, and what is counted is below 2^63.
      return { type: "long", ignore_malformed: true };
    case "long":
    case "ip":
      return { type, ignore_malformed: true };
  }
}

/** A tree of properties, from dotted names. @param notDynamic Objects of which further keys are kept and not searched. */
export function propertyTree(
  fields: Iterable<readonly [name: string, property: Property]>,
  notDynamic: readonly string[],
): Property {
  const root: Record<string, unknown> = {};
  const objectAt = (path: readonly string[]): Record<string, unknown> => {
    let properties = root;
    for (const [depth, key] of path.entries()) {
      const isClosed = notDynamic.includes(path.slice(0, depth + 1).join("."));
      properties[key] ??= { ...(isClosed && { dynamic: false }), properties: {} };
      properties = (properties[key] as { properties: Record<string, unknown> }).properties;
    }
    return properties;
  };
  for (const [name, property] of fields) {
    const path = name.split(".");
    objectAt(path.slice(0, -1))[path.at(-1)!] = property;
  }
  return root;
}
