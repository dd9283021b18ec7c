/** @module CEL's types, and which fits where. */
import type { Type } from "./value.ts";

/** The types without parameters. */
export const BOOL: Type = { kind: "bool" };
export const INT: Type = { kind: "int" };
export const UINT: Type = { kind: "uint" };
export const DOUBLE: Type = { kind: "double" };
export const STRING: Type = { kind: "string" };
export const BYTES: Type = { kind: "bytes" };
export const NULL: Type = { kind: "null" };
export const TIMESTAMP: Type = { kind: "timestamp" };
export const DURATION: Type = { kind: "duration" };
export const TYPE: Type = { kind: "type" };
export const IP: Type = { kind: "ip" };
export const CIDR: Type = { kind: "cidr" };
export const DYN: Type = { kind: "dyn" };

/** The type of lists of `item`. */
export function listOf(item: Type): Type {
  return { kind: "list", item };
}

/** The type of maps from `key` to `value`. */
export function mapOf(key: Type, value: Type): Type {
  return { kind: "map", key, value };
}

/** What may be null. */
function isNullable({ kind }: Type): boolean {
  return (
    kind === "null" || kind === "wrapper" || kind === "message" || kind === "timestamp" || kind === "duration"
  );
}

/** Whether a value of type `actual` may be used where `wanted` is expected. A wrapper and what it wraps are alike. */
export function isAssignable(actual: Type, wanted: Type): boolean {
  if (actual.kind === "dyn" || wanted.kind === "dyn") return true;
  if (actual.kind === "null") return isNullable(wanted);
  if (actual.kind === "wrapper") return isAssignable({ kind: actual.of }, wanted);
  if (wanted.kind === "wrapper") return actual.kind === wanted.of;
  if (actual.kind !== wanted.kind) return false;
  if (actual.kind === "list" && wanted.kind === "list") return isAssignable(actual.item, wanted.item);
  if (actual.kind === "map" && wanted.kind === "map") {
    return isAssignable(actual.key, wanted.key) && isAssignable(actual.value, wanted.value);
  }
  if (actual.kind === "message" && wanted.kind === "message") return actual.message === wanted.message;
  return true;
}

/** Whether values of both types may be compared, or be the results of one conditional. */
export function areCompatible(a: Type, b: Type): boolean {
  return isAssignable(a, b) || isAssignable(b, a);
}

/** The type that stands for both: `dyn` when they have nothing in common. */
export function joinTypes(a: Type, b: Type): Type {
  if (a.kind === "dyn" || b.kind === "dyn") return DYN;
  if (isAssignable(a, b)) return b.kind === "wrapper" || a.kind !== "wrapper" ? b : a;
  return isAssignable(b, a) ? a : DYN;
}

/** As cel-go writes it: `list(map(string, int))`, `wrapper(uint)`, `tetragon.Process`. */
export function formatType(type: Type): string {
  switch (type.kind) {
    case "list":
      return `list(${formatType(type.item)})`;
    case "map":
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case "wrapper":
      return `wrapper(${type.of})`;
    case "message":
      return type.message.name;
    case "ip":
      return "net.IP";
    case "cidr":
      return "net.CIDR";
    default:
      return type.kind;
  }
}
