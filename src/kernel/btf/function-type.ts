/** @module Functions of the kernel by name: what they take and what they return. */
import type { Btf } from "./btf.ts";
import { BTF_KIND } from "./format.ts";

/** Qualifiers, pointers and arrays around a type that are looked through at most. */
const MAX_DEPTH = 32;

/** The type of a parameter, or of what a function returns. */
export interface ValueType {
  readonly id: number;
  /** As C has it: `const struct file *`. */
  readonly text: string;
  /** Bytes; 0 for `void`. */
  readonly size: number;
  readonly isPointer: boolean;
  /** Of a number: whether it has a sign. */
  readonly isSigned: boolean;
  /** Name of the struct or union that it is, or points to. */
  readonly struct?: string;
}

/** A function of the kernel or of a module. */
export interface FunctionType {
  /** BTF id, which a program is loaded with that attaches to it. */
  readonly id: number;
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: ValueType }[];
  readonly isVariadic: boolean;
  readonly returnType: ValueType;
}

/** The function of that name, or `undefined` when there is none, or it was inlined everywhere. */
export function findFunction(btf: Btf, name: string): FunctionType | undefined {
  const id = btf.find(BTF_KIND.FUNC, name);
  if (id === undefined) return undefined;
  const prototype = btf.target(id);
  const all = btf.parameters(prototype);
  const isVariadic = all.at(-1)?.type === 0;
  return {
    id,
    name,
    parameters: (isVariadic ? all.slice(0, -1) : all).map((parameter) => ({
      name: parameter.name,
      type: valueType(btf, parameter.type),
    })),
    isVariadic,
    returnType: valueType(btf, btf.target(prototype)),
  };
}

/** A type as a parameter has it, by its id. */
export function valueType(btf: Btf, id: number): ValueType {
  const resolved = btf.resolve(id);
  const isPointer = btf.kind(resolved) === BTF_KIND.PTR;
  const pointee = isPointer ? btf.resolve(btf.target(resolved)) : resolved;
  const struct = btf.isCompound(pointee) ? btf.name(pointee) : "";
  return {
    id,
    text: typeText(btf, id),
    size: btf.sizeOf(id),
    isPointer,
    isSigned: btf.isSigned(id),
    ...(struct === "" ? {} : { struct }),
  };
}

const PREFIX: Partial<Record<number, string>> = {
  [BTF_KIND.STRUCT]: "struct ",
  [BTF_KIND.UNION]: "union ",
  [BTF_KIND.ENUM]: "enum ",
  [BTF_KIND.ENUM64]: "enum ",
  [BTF_KIND.FWD]: "struct ",
};
const QUALIFIER: Partial<Record<number, string>> = {
  [BTF_KIND.CONST]: "const",
  [BTF_KIND.VOLATILE]: "volatile",
  [BTF_KIND.RESTRICT]: "restrict",
};

/** A type in C's words. Of a pointer to a function only that much is said. */
function typeText(btf: Btf, id: number, depth = 0): string {
  if (depth > MAX_DEPTH) throw new SyntaxError(`Cannot describe BTF type ${id}: it refers to itself`);
  const inner = (target: number): string => typeText(btf, target, depth + 1);
  const kind = btf.kind(id);
  const qualifier = QUALIFIER[kind];
  if (qualifier !== undefined) {
    const target = btf.target(id);
    // What qualifies a pointer stands behind its star.
    return btf.kind(target) === BTF_KIND.PTR
      ? `${inner(target)}${qualifier}`
      : `${qualifier} ${inner(target)}`;
  }
  switch (kind) {
    case BTF_KIND.PTR: {
      const text = inner(btf.target(id));
      return text.endsWith("*") ? `${text}*` : `${text} *`;
    }
    case BTF_KIND.ARRAY: {
      const { element, length } = btf.array(id);
      return `${inner(element)}[${length}]`;
    }
    case BTF_KIND.TYPE_TAG:
      return inner(btf.target(id));
    case BTF_KIND.FUNC_PROTO:
      return "(function)";
    default:
      return `${PREFIX[kind] ?? ""}${btf.name(id) || "(anonymous)"}`;
  }
}
