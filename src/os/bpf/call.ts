/** @module `bpf(2)` itself. */
import { type StructFields, type StructLayout, type StructValues, withStruct } from "../struct-layout.ts";
import { SystemCallError, systemCall } from "../system-call.ts";
import { BPF_CMD } from "./constants.ts";

/** Number of `bpf(2)`. */
export const SYS_BPF = process.arch === "arm64" ? 280 : 321;

/**
 * Runs a command.
 * @param written Is given the attribute after the call, for commands that write into it.
 * @returns What the system call returns: a descriptor, where the command makes one.
 * @throws SystemCallError
 */
export function bpf<F extends StructFields>(
  command: keyof typeof BPF_CMD,
  layout: StructLayout<F>,
  values: StructValues<F>,
  written?: (attr: DataView) => void,
): number {
  return withStruct(layout, values, (attr) => {
    const result = systemCall(`bpf(${command})`, SYS_BPF, BPF_CMD[command], attr, attr.length);
    written?.(new DataView(attr.buffer));
    return result;
  });
}

/** Whether `error` is a system call that failed with one of these errors. */
export function isErrno(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof SystemCallError && names.includes(error.errnoName);
}
