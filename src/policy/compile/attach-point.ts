/** @module Where the program of a hook is attached, and how it finds the arguments there. */
import type { Hook, SystemCallAbi } from "../policy.ts";

/**
 * How a program finds arguments. `function`: in the processor's registers. `syscall`, `compat syscall`: in the registers of
 * the process, as the machine's own or its 32-bit system calls have them. `raw tracepoint`: in an array. `tracepoint`: in a
 * record with fields.
 */
export type Convention = "function" | "syscall" | "compat syscall" | "raw tracepoint" | "tracepoint";

/** A place in the kernel. */
export interface AttachPoint {
  /** Hooks that have the same one share a program. */
  readonly key: string;
  readonly convention: Convention;
  /** The function's symbol, or the name of the tracepoint. */
  readonly name: string;
  /** Of tracepoints. */
  readonly subsystem: string;
  /** Whether a second program runs where the function returns. */
  readonly hasReturn: boolean;
}

const NATIVE_PREFIX = process.arch === "arm64" ? "__arm64_sys_" : "__x64_sys_";
/** On arm64 32-bit calls run the same functions. */
const COMPAT_PREFIX = process.arch === "arm64" ? "__arm64_sys_" : "__ia32_sys_";

/** Where programs are attached for a hook: one place for each way into a system call. */
export function attachPoints(hook: Hook): AttachPoint[] {
  const { target } = hook;
  const hasReturn = hook.returnValue !== undefined || hook.args.some((argument) => argument.isReadAtReturn);
  switch (target.kind) {
    case "function":
      return [functionPoint(target.name, "function", hasReturn)];
    case "syscall":
      return target.abis.map((abi) => systemCallPoint(target.name, abi, hasReturn));
    case "tracepoint": {
      const { subsystem, event, isRaw } = target;
      const convention = isRaw ? "raw tracepoint" : "tracepoint";
      const key = isRaw ? `${convention} ${event}` : `${convention} ${subsystem}/${event}`;
      return [{ key, convention, name: event, subsystem, hasReturn: false }];
    }
  }
}

function systemCallPoint(name: string, abi: SystemCallAbi, hasReturn: boolean): AttachPoint {
  return abi === "native"
    ? functionPoint(NATIVE_PREFIX + name, "syscall", hasReturn)
    : functionPoint(COMPAT_PREFIX + name, "compat syscall", hasReturn);
}

function functionPoint(name: string, convention: Convention, hasReturn: boolean): AttachPoint {
  const key = `${convention} ${name}${hasReturn ? " with return" : ""}`;
  return { key, convention, name, subsystem: "", hasReturn };
}
