/** @module Where the program of a hook is attached, and how it finds the arguments there. */
import { neverReturns } from "../never-returns.ts";
import type { Hook, SystemCallTarget } from "../policy.ts";

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

/** Knows the functions of system calls. */
export interface SystemCalls {
  /** One for each way in that the kernel has. */
  systemCallSymbols(
    target: SystemCallTarget,
  ): readonly { readonly symbol: string; readonly isCompat: boolean }[];
}

/** Where programs are attached for a hook: one place for each way into a system call. */
export function attachPoints(hook: Hook, kernel: SystemCalls): AttachPoint[] {
  const { target } = hook;
  const hasReturn = asksForReturn(hook) && !(neverReturns(target) && !needsReturn(hook));
  switch (target.kind) {
    case "function":
      return [functionPoint(target.name, "function", hasReturn)];
    case "syscall":
      return kernel
        .systemCallSymbols(target)
        .map(({ symbol, isCompat }) =>
          functionPoint(symbol, isCompat ? "compat syscall" : "syscall", hasReturn),
        );
    case "tracepoint": {
      const { subsystem, event, isRaw } = target;
      const convention = isRaw ? "raw tracepoint" : "tracepoint";
      const key = isRaw ? `${convention} ${event}` : `${convention} ${subsystem}/${event}`;
      return [{ key, convention, name: event, subsystem, hasReturn: false }];
    }
  }
}

function asksForReturn({ returnValue, args }: Hook): boolean {
  return returnValue !== undefined || args.some((argument) => argument.isReadAtReturn);
}

/** Whether events depend on what is returned: of a function that never returns there are none then. */
function needsReturn({ args, selectors }: Hook): boolean {
  return (
    args.some((argument) => argument.isReadAtReturn) ||
    selectors.some(
      ({ returnConditions, returnActions }) => returnConditions.length > 0 || returnActions.length > 0,
    )
  );
}

function functionPoint(name: string, convention: Convention, hasReturn: boolean): AttachPoint {
  const key = `${convention} ${name}${hasReturn ? " with return" : ""}`;
  return { key, convention, name, subsystem: "", hasReturn };
}
