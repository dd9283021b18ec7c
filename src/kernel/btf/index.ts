/**
 * @module BTF: the kernel's types, by name and by member path.
 *
 * ```ts
 * const types = new KernelTypes(readKernelBtf());
 * types.member("task_struct", "real_parent.tgid"); // { hops: [1384], offset: 1372, size: 4, ... }
 * types.has("task_struct", "loginuid");            // false without CONFIG_AUDIT
 * types.function("security_file_open")?.parameters; // [{ name: "file", type: { text: "struct file *", ... } }]
 * ```
 */
import { TetradError } from "../../os/error.ts";
import type { Btf } from "./btf.ts";
import { BTF_KIND } from "./format.ts";
import { type FunctionType, findFunction } from "./function-type.ts";
import { findMemberPath, type MemberPath } from "./member-path.ts";

export { Btf, type BtfMember } from "./btf.ts";
export { BTF_KIND } from "./format.ts";
export { type FunctionType, findFunction, type ValueType, valueType } from "./function-type.ts";
export { openModuleBtf, readKernelBtf, readModuleBtf, VMLINUX_BTF } from "./kernel-btf.ts";
export type { MemberPath } from "./member-path.ts";
export { BtfWriter } from "./writer.ts";

/** Questions that a program has about the kernel it is assembled for. */
export interface TypeSource {
  /** Resolves a member path; throws when this kernel does not have it. */
  member(struct: string, path: string): MemberPath;
  /** Whether this kernel has the member. */
  has(struct: string, path: string): boolean;
  /** Name of the struct that the member is, or points to. */
  structOf(struct: string, path: string): string;
  /** Value of `enum name`'s enumerator, or `undefined`; throws when a number cannot hold it. */
  enumerator(name: string, enumerator: string): number | undefined;
  /** BTF id of the raw tracepoint and the number of its arguments, or `undefined` when there is none. */
  tracepoint(name: string): { readonly id: number; readonly argumentCount: number } | undefined;
}

/** Questions about the kernel's functions. */
export interface FunctionSource {
  /** The function of that name, or `undefined` when there is none, or it was inlined everywhere. */
  function(name: string): FunctionType | undefined;
}

/** Both over a {@link Btf}. */
export class KernelTypes implements TypeSource, FunctionSource {
  readonly #btf: Btf;

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  member(struct: string, path: string): MemberPath {
    const found = findMemberPath(this.#btf, struct, path);
    if (found === undefined) {
      throw new TetradError("unsupported", `Cannot find "${struct}.${path}" in this kernel's types`);
    }
    return found;
  }

  has(struct: string, path: string): boolean {
    return findMemberPath(this.#btf, struct, path) !== undefined;
  }

  structOf(struct: string, path: string): string {
    let type = this.member(struct, path).type;
    if (this.#btf.kind(type) === BTF_KIND.PTR) type = this.#btf.resolve(this.#btf.target(type));
    return this.#btf.name(type);
  }

  enumerator(name: string, enumerator: string): number | undefined {
    const id = this.#btf.find(BTF_KIND.ENUM, name) ?? this.#btf.find(BTF_KIND.ENUM64, name);
    const value = id === undefined ? undefined : this.#btf.enumerator(id, enumerator);
    if (typeof value === "bigint") {
      throw new RangeError(
        `Cannot give "${enumerator}" of enum "${name}": ${value} is not exact as a number`,
      );
    }
    return value;
  }

  tracepoint(name: string): { id: number; argumentCount: number } | undefined {
    // Each tracepoint `x` has a typedef `btf_trace_x` of a pointer to `void (void *data, args...)`.
    const id = this.#btf.find(BTF_KIND.TYPEDEF, `btf_trace_${name}`);
    if (id === undefined) return undefined;
    const prototype = this.#btf.resolve(this.#btf.target(this.#btf.resolve(id)));
    return { id, argumentCount: this.#btf.parameterCount(prototype) - 1 };
  }

  function(name: string): FunctionType | undefined {
    return findFunction(this.#btf, name);
  }
}
