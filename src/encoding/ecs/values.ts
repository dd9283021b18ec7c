/** @module Values of events as the schema has them. */
import { isIP } from "node:net";
import { isRawNumber } from "../../event/encode.ts";
import { isObject } from "../../lib/json/object.ts";
import type { EcsField, EcsType } from "./fields.ts";

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const TIME =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)T(?<hour>\d\d):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-][01]\d:[0-5]\d)$/;
/** Times that the servers' types have in nanoseconds: a 64-bit number of them since 1970. */
const YEARS = { first: 1970, last: 2261 } as const;

/** Whether the servers take it for a time. The schemas of events take years and days that these refuse. */
export function isTime(text: string): boolean {
  const parts = TIME.exec(text)?.groups;
  if (parts === undefined) return false;
  const [year, month, day] = [Number(parts.year), Number(parts.month), Number(parts.day)];
  if (year < YEARS.first || year > YEARS.last || Number(parts.hour) > 23 || day === 0) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (DAYS[month - 1] ?? 0) && (month !== 2 || day < 29 || isLeap);
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
