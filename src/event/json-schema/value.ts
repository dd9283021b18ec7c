/** @module Values without fields in JSON Schema: the forms that `schema/json-form.ts` tests, said in patterns and ranges. */
import type { SimpleType } from "../description/descriptor.ts";

/** A JSON Schema of draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** A pattern, without anchors, of the decimal numbers from 0 to `max`, without leading zeros. */
function decimalsUpTo(max: bigint): string {
  const digits = max.toString();
  const shorter = digits.length > 1 ? [`[1-9][0-9]{0,${digits.length - 2}}`] : [];
  const sameLength = [...digits].flatMap((digit, at) => {
    const lowest = at === 0 ? 1 : 0;
    const highest = Number(digit) - 1;
    if (highest < lowest) return [];
    return [`${digits.slice(0, at)}[${lowest}-${highest}][0-9]{${digits.length - at - 1}}`];
  });
  return `(?:0|${[...shorter, ...sameLength, digits].join("|")})`;
}

/** An integer as a number or as a decimal string. Numbers may be beyond by what `JSON.parse` rounds them to. */
function integer(min: bigint, max: bigint, maximum: number): JsonSchema {
  const negative = min < 0n ? decimalsUpTo(-min) : "0";
  return {
    anyOf: [
      { type: "integer", minimum: Number(min), maximum },
      { type: "string", pattern: `^(?:${decimalsUpTo(max)}|-${negative})$` },
    ],
  };
}

const DATE = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])";
const CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]{1,9})?";
const OFFSET = "[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]";

function base64(alphabet: string): string {
  return `(?:${alphabet}{4})*(?:${alphabet}{2}(?:==)?|${alphabet}{3}=?)?`;
}

const text = (pattern: string): JsonSchema => ({ type: "string", pattern: `^(?:${pattern})$` });

/** Schemas by kind. */
export const SIMPLE_JSON_SCHEMAS: Readonly<Record<SimpleType["kind"], JsonSchema>> = {
  bool: { type: "boolean" },
  string: { type: "string" },
  bytes: text(`${base64("[A-Za-z0-9+/]")}|${base64("[A-Za-z0-9_-]")}`),
  int32: integer(-0x8000_0000n, 0x7fff_ffffn, 0x7fff_ffff),
  int64: integer(-(2n ** 63n), 2n ** 63n - 1n, 2 ** 63),
  uint32: integer(0n, 0xffff_ffffn, 0xffff_ffff),
  uint64: integer(0n, 2n ** 64n - 1n, 2 ** 64),
  timestamp: text(`${DATE}T${CLOCK}(?:Z|${OFFSET})`),
  duration: text("-?[0-9]{1,12}(?:\\.[0-9]{1,9})?s"),
  field_mask: { type: "string" },
  any: { type: "object" },
  utc_time: text(`${DATE}T${CLOCK}Z`),
  uint32_number: { type: "integer", minimum: 0, maximum: 0xffff_ffff },
  count_number: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  seconds_number: { type: "number", minimum: 0 },
};

/** An enum's value: a name, also one that the table lacks, or a 32-bit number. The names that are known are examples. */
export function enumJsonSchema(names: readonly string[]): JsonSchema {
  return {
    anyOf: [
      { type: "string", pattern: "^[A-Za-z_]", examples: names },
      { type: "integer", minimum: -0x8000_0000, maximum: 0x7fff_ffff },
    ],
  };
}
