/** @module `resolve` through the kernel's types: where a way leads, or which step there is not. */
import { BTF_KIND, type Btf } from "../../kernel/btf/index.ts";
import { nearest } from "../../lib/text/distance.ts";
import { ARGUMENT_TYPES, type ArgumentTypeName } from "../argument-type.ts";

/** Where a way leads, or why it does not. */
export type Walk = { readonly type: number } | { readonly problem: string; readonly cure: string };

/** Goes from a type, a struct or a pointer, along members and elements. */
export function walk(btf: Btf, from: number, steps: readonly (string | number)[]): Walk {
  let type = btf.resolve(from);
  for (const step of steps) {
    // A pointer on the way is followed; an element of a pointer is one of the array that it points to.
    const isPointer = btf.kind(type) === BTF_KIND.PTR;
    const inside = isPointer ? btf.resolve(btf.target(type)) : type;
    if (typeof step === "number") {
      if (isPointer) type = inside;
      else if (btf.kind(inside) === BTF_KIND.ARRAY) {
        const { element, length } = btf.array(inside);
        if (length > 0 && step >= length) {
          return { problem: `[${step}] in an array of ${length}`, cure: "" };
        }
        type = btf.resolve(element);
      } else return { problem: `[${step}] of what is no array`, cure: "" };
      continue;
    }
    const struct = throughPointers(btf, inside);
    if (!btf.isCompound(struct)) {
      return { problem: `the member ${step} of what is no struct`, cure: "" };
    }
    const member = btf.member(struct, step);
    if (member === undefined) return missing(btf, struct, step);
    type = btf.resolve(member.type);
  }
  return { type };
}

/** A pointer to a pointer is followed twice. */
function throughPointers(btf: Btf, type: number): number {
  for (let depth = 0; depth < 4 && btf.kind(type) === BTF_KIND.PTR; depth++) {
    type = btf.resolve(btf.target(type));
  }
  return type;
}

function missing(btf: Btf, struct: number, step: string): Walk {
  const names = [...namesIn(btf, struct)];
  const near = nearest(step, names);
  const name = btf.name(struct) || "an anonymous struct";
  const cure = near === undefined ? `it has ${names.slice(0, 8).join(", ")}` : `write ${near}`;
  return { problem: `the member ${step}, which struct ${name} does not have`, cure };
}

/** Members, those of anonymous structs inside among them. */
function* namesIn(btf: Btf, struct: number, depth = 0): Generator<string> {
  for (const { name, type } of btf.members(struct)) {
    if (name !== "") yield name;
    else if (depth < 8) {
      const inner = btf.resolve(type);
      if (btf.isCompound(inner)) yield* namesIn(btf, inner, depth + 1);
    }
  }
}

/** The type of a document that is called like what a way ends in; a way to characters ends in a string. */
export function namedType(btf: Btf, type: number): ArgumentTypeName | undefined {
  const resolved = btf.resolve(type);
  switch (btf.kind(resolved)) {
    case BTF_KIND.PTR: {
      const target = btf.resolve(btf.target(resolved));
      return btf.isCompound(target) ? structType(btf.name(target)) : charType(btf, target);
    }
    case BTF_KIND.ARRAY:
      return charType(btf, btf.resolve(btf.array(resolved).element));
    case BTF_KIND.STRUCT:
    case BTF_KIND.UNION:
      return structType(btf.name(resolved));
    case BTF_KIND.INT:
    case BTF_KIND.ENUM:
    case BTF_KIND.ENUM64:
      return integerType(btf.sizeOf(resolved), btf.isSigned(resolved));
    default:
      return undefined;
  }
}

/** Structs that are called otherwise than the types for them. */
const OTHER_NAMES: Readonly<Record<string, ArgumentTypeName>> = {
  sk_buff: "skb",
  kernel_cap_struct: "kernel_cap_t",
};

function structType(name: string): ArgumentTypeName | undefined {
  if (Object.hasOwn(OTHER_NAMES, name)) return OTHER_NAMES[name];
  return Object.hasOwn(ARGUMENT_TYPES, name) ? (name as ArgumentTypeName) : undefined;
}

function charType(btf: Btf, type: number): ArgumentTypeName | undefined {
  return btf.kind(type) === BTF_KIND.INT && btf.name(type) === "char" ? "string" : undefined;
}

function integerType(size: number, isSigned: boolean): ArgumentTypeName | undefined {
  const name = `${isSigned ? "" : "u"}int${size * 8}`;
  return Object.hasOwn(ARGUMENT_TYPES, name) ? (name as ArgumentTypeName) : undefined;
}
