/** @module System calls: their names, and the functions of the kernel that serve them. */
import { BTF_KIND, type Btf } from "../btf/index.ts";
import { type NativeAbi, systemCallNames } from "./names.ts";

export { type NativeAbi, systemCallNames } from "./names.ts";
export { allSystemCalls, isSystemCall, type SystemCallAbi, systemCallNumber } from "./numbers.ts";

/** How the kernel's functions for system calls begin. */
const PREFIXES: Readonly<Record<NativeAbi, string>> = { x64: "__x64_sys_", arm64: "__arm64_sys_" };

/** That of 64-bit programs on this machine. */
export const NATIVE_ABI: NativeAbi = process.arch === "arm64" ? "arm64" : "x64";

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
