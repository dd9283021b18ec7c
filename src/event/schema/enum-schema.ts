/** @module How enums are described in events and in configuration. */
import * as v from "valibot";

/** An enum's values by name. */
export type EnumTable = Readonly<Record<string, number>>;

const UNDERSCORE = 0x5f;
const LOWER_A = 0x61;

/** A 32-bit number, or text that begins as an identifier does: with a letter or an underscore. */
function isEnumValue(value: unknown): boolean {
  if (typeof value !== "string") return typeof value === "number" && (value | 0) === value;
  const first = value.charCodeAt(0);
  return ((first | 0x20) - LOWER_A) >>> 0 < 26 || first === UNDERSCORE;
}

/**
 * An enum as it occurs in events: by number, or by any name. proto3 enums are open and Tetragon adds and
 * renames values between versions, so a name that `table` lacks is no reason to drop a security event.
 * Of a name only the first character is looked at: an event may carry six sets of 41 capabilities.
 */
export function openEnum<const T extends EnumTable>(table: T) {
  return v.pipe(
    v.custom<Extract<keyof T, string> | (string & {}) | number>(isEnumValue, "enum name"),
    v.metadata({ table }),
  );
}

/** An enum as it occurs in configuration: a name or a number that `table` has. */
export function strictEnum<const T extends EnumTable>(table: T) {
  const names = Object.keys(table) as Extract<keyof T, string>[];
  return v.picklist([...names, ...(Object.values(table) as T[keyof T][])]);
}
