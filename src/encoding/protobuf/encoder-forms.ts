/** @module How encoders write the values of each kind: pieces of code, and the functions that they call. */
import { typeName, type ValueType } from "../../event/description/descriptor.ts";
import { isObject } from "../../lib/json/object.ts";
import { isZero64, smallInteger, writeDuration, writeInteger64, writeTimestamp } from "./json-value.ts";
import { takeUnknown } from "./unknown.ts";
import { finish, UnencodableError, WIRE, writeBase64, writeInt32, writeString, writeVarint } from "./wire.ts";

/** What generated code calls, by the names that it has there. */
export const HELPERS = {
  finish,
  isObject,
  isZero64,
  smallInteger,
  writeBase64,
  writeDuration,
  writeInt32,
  writeInteger64,
  writeString,
  writeTimestamp,
  writeVarint,
  takeUnknown,
  fail(field: string): never {
    throw new UnencodableError(`${field} is of another type`);
  },
} as const;

/** How a kind is written: an expression of the offset after it, of the value `x` at `p`; and when `x` is the default. */
export interface Form {
  readonly wire: number;
  /** Statements that make of `x` what is written; they throw when it is of another type. */
  readonly check: (failure: string) => string;
  readonly write: string;
  readonly isDefault: string;
}

const SMALL = { uint32: "0, 4294967295", int32: "-2147483648, 2147483647" } as const;

const UINT32: Form = {
  wire: WIRE.varint,
  check: () => `if (typeof x !== "number" || x >>> 0 !== x) x = smallInteger(x, ${SMALL.uint32});`,
  write: "x < 128 ? (b[p] = x, p + 1) : writeVarint(b, p, x)",
  isDefault: "x === 0",
};
const INT32: Form = {
  wire: WIRE.varint,
  check: () => `if (typeof x !== "number" || (x | 0) !== x) x = smallInteger(x, ${SMALL.int32});`,
  write: "writeInt32(b, p, x)",
  isDefault: "x === 0",
};
const INT64: Form = {
  wire: WIRE.varint,
  check: () => "",
  write: "writeInteger64(b, p, x)",
  isDefault: "isZero64(x)",
};
const unless = (type: string) => (failure: string) => `if (typeof x !== "${type}") ${failure};`;

const FORMS_BY_KIND: Readonly<Record<string, Form>> = {
  bool: { wire: WIRE.varint, check: unless("boolean"), write: "(b[p] = x ? 1 : 0, p + 1)", isDefault: "!x" },
  string: {
    wire: WIRE.bytes,
    check: unless("string"),
    write: "writeString(b, p, x)",
    isDefault: 'x === ""',
  },
  bytes: { wire: WIRE.bytes, check: unless("string"), write: "writeBase64(b, p, x)", isDefault: 'x === ""' },
  uint32: UINT32,
  int32: INT32,
  uint64: INT64,
  int64: INT64,
  timestamp: { wire: WIRE.bytes, check: () => "", write: "writeTimestamp(b, p, x)", isDefault: "false" },
  duration: { wire: WIRE.bytes, check: () => "", write: "writeDuration(b, p, x)", isDefault: "false" },
};

/** Statements that write a tag. */
export function tag(number: number, wire: number): string {
  let rest = (number << 3) | wire;
  let code = "";
  for (; rest > 0x7f; rest >>>= 7) code += `b[p++] = ${(rest & 0x7f) | 0x80}; `;
  return `${code}b[p++] = ${rest};`;
}

/** How values of a type are written. @throws TypeError when they have no binary form here. */
export function formOf(type: ValueType): Form {
  const form = type.kind === "enum" ? INT32 : FORMS_BY_KIND[type.kind];
  if (form === undefined) throw new TypeError(`Cannot compile an encoder: no form of ${typeName(type)}`);
  return form;
}
