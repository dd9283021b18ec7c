/** @module Values of events as the schema has them. */
import { isIP } from "node:net";
import { isRawNumber } from "../../event/encode.ts";
import { isTimestamp } from "../../event/schema/timestamp.ts";
import { isObject } from "../../lib/json/object.ts";
import type { EcsField, EcsType } from "./fields.ts";

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
/** Times that the servers' types have in nanoseconds: a 64-bit number of them since 1970. */
const YEARS = { first: 1970, last: 2261 } as const;

/** Whether the servers take it for a time. The schemas of events take years, days and seconds that these refuse. */
export function isTime(text: string): boolean {
  if (!isTimestamp(text)) return false;
  const year = numberAt(text, 0) * 100 + numberAt(text, 2);
  if (year < YEARS.first || year > YEARS.last || numberAt(text, 17) > 59) return false;
  const day = numberAt(text, 8);
  if (day < 29) return true;
  const month = numberAt(text, 5);
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= DAYS[month - 1]! && (month !== 2 || isLeap);
}

const DIGIT_0 = 0x30;

/** The number that two digits are. */
function numberAt(text: string, at: number): number {
  return (text.charCodeAt(at) - DIGIT_0) * 10 + text.charCodeAt(at + 1) - DIGIT_0;
}

/** The value for a field, or nothing where it is none of the field's type. */
export function valueFor({ type, isList }: EcsField, value: unknown): unknown {
  return isList ? listOf(value) : single(type, value);
}

function single(type: EcsType, value: unknown): unknown {
  switch (type) {
    case "long":
      return integerOf(value);
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "date":
      return typeof value === "string" && isTime(value) ? value : undefined;
    case "ip":
      return typeof value === "string" && isIP(value) !== 0 ? value : undefined;
    default:
      return textOf(value);
  }
}

/** Integers of events may be texts. Those of the schema are small here. */
function integerOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  return typeof value === "number" ? String(value) : undefined;
}

/** A list of texts as it is; variables as `NAME=value`; of a map `name:value`. */
function listOf(value: unknown): string[] | undefined {
  const texts: string[] = [];
  if (Array.isArray(value)) {
    for (const item of value) {
      const text = isObject(item) ? variableOf(item.Key, item.Value) : textOf(item);
      if (text !== undefined) texts.push(text);
    }
  } else if (isObject(value) && !isRawNumber(value)) {
    for (const name in value) if (typeof value[name] === "string") texts.push(`${name}:${value[name]}`);
  } else if (typeof value === "string" && value !== "") texts.push(value);
  return texts.length === 0 ? undefined : texts;
}

function variableOf(name: unknown, value: unknown): string | undefined {
  return typeof name === "string" ? `${name}=${typeof value === "string" ? value : ""}` : undefined;
}
