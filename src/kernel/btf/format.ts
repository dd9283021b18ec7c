/**
 * @module BTF's binary format: `struct btf_header`, `struct btf_type` and what follows each kind of type.
 *
 * Source of the facts: the kernel's `Documentation/bpf/btf.rst` and `<linux/btf.h>`.
 */

/** `BTF_MAGIC` */
export const BTF_MAGIC = 0xeb9f;

/** `BTF_KIND_*` */
export const BTF_KIND = {
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;
export type BtfKind = (typeof BTF_KIND)[keyof typeof BTF_KIND];

/** Bytes of `struct btf_header`. */
export const BTF_HEADER_SIZE = 24;
/** Bytes of `struct btf_type`, before what its kind adds. */
export const TYPE_HEADER_SIZE = 12;
/** Bytes of `struct btf_member`. */
export const MEMBER_SIZE = 12;
/** Bytes of `struct btf_enum` and `struct btf_enum64`. */
export const ENUM_SIZE = 8;
export const ENUM64_SIZE = 12;

const KINDS = 32;

/** 4-byte words that a type of each kind takes without its elements; 0 for a kind that BTF does not have. */
export const TYPE_WORDS: Uint8Array = new Uint8Array(KINDS);
/** 4-byte words that each of its `vlen` elements adds. */
export const ELEMENT_WORDS: Uint8Array = new Uint8Array(KINDS);

TYPE_WORDS.fill(TYPE_HEADER_SIZE / 4, BTF_KIND.INT, BTF_KIND.ENUM64 + 1);
TYPE_WORDS[BTF_KIND.INT]! += 1;
TYPE_WORDS[BTF_KIND.ARRAY]! += 3;
TYPE_WORDS[BTF_KIND.VAR]! += 1;
TYPE_WORDS[BTF_KIND.DECL_TAG]! += 1;
ELEMENT_WORDS[BTF_KIND.STRUCT] = MEMBER_SIZE / 4;
ELEMENT_WORDS[BTF_KIND.UNION] = MEMBER_SIZE / 4;
ELEMENT_WORDS[BTF_KIND.ENUM] = ENUM_SIZE / 4;
ELEMENT_WORDS[BTF_KIND.FUNC_PROTO] = 2;
ELEMENT_WORDS[BTF_KIND.DATASEC] = 3;
ELEMENT_WORDS[BTF_KIND.ENUM64] = ENUM64_SIZE / 4;
