/** @module Fields of tracepoints: which type of a document one has by itself, and which others fit it. */
import type { TracepointField } from "../../kernel/tracepoint/index.ts";
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../argument-type.ts";

/** Integers by their names in C: records of system calls have 8 bytes for each of them. */
const INTEGERS: Readonly<Record<string, ArgumentTypeName>> = {
  int: "int32",
  s32: "int32",
  int32_t: "int32",
  pid_t: "int32",
  "unsigned int": "uint32",
  unsigned: "uint32",
  u32: "uint32",
  __u32: "uint32",
  uint32_t: "uint32",
  uid_t: "uint32",
  gid_t: "uint32",
  size_t: "size_t",
};
const BY_SIZE: Readonly<Record<number, readonly [unsigned: ArgumentTypeName, signed: ArgumentTypeName]>> = {
  1: ["uint8", "int8"],
  2: ["uint16", "int16"],
  4: ["uint32", "int32"],
  8: ["uint64", "int64"],
};

const IS_TEXT = /^(?:const )?(?:unsigned )?char \*$/;
const IS_CHARACTERS = /^char\[\d+\]$/;
const IS_LOCATION = /^__(?:data|rel)_loc /;

/** The type that a field has by itself; `undefined` where the document must say it. */
export function typeOfField({ type, size, isSigned }: TracepointField): ArgumentTypeName | undefined {
  if (IS_LOCATION.test(type)) return /char\[\]$/.test(type) ? "data_loc" : undefined;
  if (IS_CHARACTERS.test(type)) return "string";
  if (type.endsWith("]")) return /^(?:unsigned long|long|u64|s64)\[/.test(type) ? "const_buf" : undefined;
  // A text has a length that only the document knows, or ends with a zero.
  if (IS_TEXT.test(type)) return undefined;
  if (Object.hasOwn(INTEGERS, type)) return INTEGERS[type];
  return BY_SIZE[size]?.[isSigned ? 1 : 0];
}

/** What a type of the document needs of a field; `undefined` when it fits. */
export function misfitOfField(name: ArgumentTypeName, field: TracepointField): string | undefined {
  const { operands, size } = ARGUMENT_TYPES[name] as { readonly operands: string; readonly size?: number };
  const isArray = field.type.endsWith("]");
  switch (name) {
    case "nop":
      return undefined;
    case "data_loc":
      return IS_LOCATION.test(field.type) ? undefined : "a field that begins with __data_loc";
    case "const_buf":
      return isArray && !IS_LOCATION.test(field.type) ? undefined : "an array";
    case "string":
      return isArray || field.size === 8 ? undefined : "a pointer to a text, or an array of characters";
    default:
  }
  if (operands === "integer") {
    if (isArray) return "a number";
    return size! <= field.size ? undefined : `at least ${size} bytes`;
  }
  if (name === "fd") return isArray ? "a number" : undefined;
  return field.size === 8 && !isArray ? undefined : "a pointer";
}
