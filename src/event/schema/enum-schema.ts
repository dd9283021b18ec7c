/** @module How enums are described in events and in configuration. */
import * as v from "valibot";
import type { EnumTable } from "../description/descriptor.ts";
import { isEnumValue } from "./json-form.ts";

/**
 * An enum as it occurs in events: by number, or by any name. proto3 enums are open and Tetragon adds and
 * renames values between versions, so a name that no table has is no reason to drop a security event.
 */
export const openEnum = v.custom<string | number>(isEnumValue, "enum name");

/** An enum as it occurs in configuration: a name or a number that `table` has. */
export function strictEnum<const T extends EnumTable>(table: T) {
  const names = Object.keys(table) as Extract<keyof T, string>[];
  return v.picklist([...names, ...(Object.values(table) as T[keyof T][])]);
}
