/** @module System calls: their names, and the functions of the kernel that serve them. */
import { BTF_KIND, type Btf } from "../btf/index.ts";
import { NATIVE_ABI, type NativeAbi, systemCallNames } from "./names.ts";

export { NATIVE_ABI, type NativeAbi, systemCallNames } from "./names.ts";
export { allSystemCalls, isSystemCall, type SystemCallAbi, systemCallNumber } from "./numbers.ts";
export { type SystemCallPrototype, systemCallPrototype } from "./prototype.ts";

/** How the kernel's functions for system calls begin. */
const PREFIXES: Readonly<Record<NativeAbi, string>> = { x64: "__x64_sys_", arm64: "__arm64_sys_" };

/**
 * The system calls that a policy can hook by their names, in the order of their numbers: those for which the kernel's types have a
 * function that is called so. They lack those without arguments, of which the functions are only other names of one.
 * @param btf The kernel's types.
 */
export function availableSystemCalls(btf: Btf, abi: NativeAbi = NATIVE_ABI): string[] {
  const prefix = PREFIXES[abi];
  return [...systemCallNames(abi).values()].filter(
    (name) => btf.find(BTF_KIND.FUNC, prefix + name) !== undefined,
  );
}
