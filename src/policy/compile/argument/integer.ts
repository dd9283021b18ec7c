/** @module Integers, and what is printed of one. */
import type { JsonObject } from "../../../lib/json/object.ts";
import { ARGUMENT_TYPES, type ArgumentType, type ArgumentTypeName } from "../../argument-type.ts";
import { type ArgumentReader, defineReader } from "./reader.ts";

/** A number is kept as it came, and cut to the width of its type where it is looked at. */
function integer(name: ArgumentTypeName, print: (value: bigint) => JsonObject): ArgumentReader {
  const { size = 8, isSigned = false }: ArgumentType = ARGUMENT_TYPES[name];
  const bits = size * 8;
  return defineReader({
    fields: { value: "u64" },
    inPlace: { size, isSigned },
    read(target) {
      target.builder.loadSlot("r1", target.value);
      target.store("value", "r1");
    },
    location: (target) => ({
      integer: { place: { ...target.memory("value"), size }, size, isSigned },
    }),
    value(view) {
      const value = view.wide("value");
      return print(isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
    },
  });
}

/** One that has at most 32 bits. */
function narrow(name: ArgumentTypeName, field: "int_arg" | "uint_arg"): ArgumentReader {
  return integer(name, (value) => ({ [field]: Number(value) }));
}

/** One of 64 bits, which is text in JSON. */
function wide(name: ArgumentTypeName, field: "long_arg" | "size_arg"): ArgumentReader {
  return integer(name, (value) => ({ [field]: String(value) }));
}

/** `__X32_SYSCALL_BIT` and what marks 32-bit calls: bit 31. */
const COMPAT_BIT = 1n << 31n;
const ABIS = process.arch === "arm64" ? ["arm64", "arm32"] : ["x64", "i386"];

function systemCall(value: bigint): JsonObject {
  const isCompat = (value & COMPAT_BIT) !== 0n;
  const id = Number(BigInt.asUintN(31, value));
  // protobuf leaves out zeroes.
  return { syscall_id: { ...(id === 0 ? {} : { id }), abi: ABIS[isCompat ? 1 : 0]! } };
}

export const INTEGER_READERS = {
  int: narrow("int", "int_arg"),
  int32: narrow("int32", "int_arg"),
  sint32: narrow("sint32", "int_arg"),
  int16: narrow("int16", "int_arg"),
  sint16: narrow("sint16", "int_arg"),
  int8: narrow("int8", "int_arg"),
  sint8: narrow("sint8", "int_arg"),
  uint32: narrow("uint32", "uint_arg"),
  uint16: narrow("uint16", "uint_arg"),
  uint8: narrow("uint8", "uint_arg"),
  int64: wide("int64", "long_arg"),
  sint64: wide("sint64", "long_arg"),
  long: wide("long", "long_arg"),
  uint64: wide("uint64", "size_arg"),
  ulong: wide("ulong", "size_arg"),
  size_t: wide("size_t", "size_arg"),
  syscall64: integer("syscall64", systemCall),
} as const;
