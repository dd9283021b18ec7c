/** @module Where the program of a hook is attached, and how it finds the arguments there. */

import { TetradError } from "../../os/error.ts";
import { neverReturns } from "../never-returns.ts";
import type { Hook, SystemCallTarget } from "../policy.ts";
import { asksForReturn } from "../return-value.ts";
import { type UprobeTarget, type UsdtTarget, type UserPlace, userTargetText } from "../user-target.ts";

/**
 * How a program finds arguments. `function`: in the processor's registers. `syscall`, `compat syscall`: in the registers of
 * the process, as the machine's own or its 32-bit system calls have them. `raw tracepoint`: in an array. `tracepoint`: in a
 * record with fields. `uprobe`: as `function`, in a program, whose memory pointers lead to. `usdt`: each where the compiler had it.
 */
export type Convention =
  | "function"
  | "syscall"
  | "compat syscall"
  | "raw tracepoint"
  | "tracepoint"
  | "uprobe"
  | "usdt";

/**
 * What runs at a place. `fentry`: a program that the function itself calls, and another where it returns. `lsm`: a program whose result
 * is a decision of the security modules.
 */
export type PointProgram = "probe" | "fentry" | "lsm" | "tracepoint";

/** A place in the kernel, or in a program. */
export interface AttachPoint {
  /** Hooks that have the same one share a program. */
  readonly key: string;
  readonly convention: Convention;
  readonly program: PointProgram;
  /** The function's symbol, or the name of the tracepoint, or of the hook; in a program what the policy calls it. */
  readonly name: string;
  /** Of tracepoints. */
  readonly subsystem: string;
  /** Whether a second program runs where the function returns. */
  readonly hasReturn: boolean;
  /** In a program. */
  readonly user?: UserPlace;
}

/** Knows where hooks are. */
export interface HookPlaces {
  /** Where a hook on a program is, or why it is nowhere. */
  userPlaces(target: UprobeTarget | UsdtTarget):
    | readonly UserPlace[]
    | {
        readonly found: string;
        readonly expected?: string;
        readonly cure?: string;
        readonly isIgnored: boolean;
      };
  /** One for each way in that the kernel has. */
  systemCallSymbols(
    target: SystemCallTarget,
  ): readonly { readonly symbol: string; readonly isCompat: boolean }[];
}

/**
 * Where programs are attached for a hook: one place for each way into a system call, and for each where a static tracepoint stands.
 * @throws TetradError `unsupported` when a program does not have it.
 */
export function attachPoints(hook: Hook, kernel: HookPlaces): AttachPoint[] {
  const { target, section } = hook;
  const program = section === "fentries" ? "fentry" : "probe";
  const hasReturn = asksForReturn(hook) && !(neverReturns(target) && !needsReturn(hook));
  switch (target.kind) {
    case "function":
      return [functionPoint(target.name, "function", { program, hasReturn })];
    case "syscall":
      return kernel
        .systemCallSymbols(target)
        .map(({ symbol, isCompat }) =>
          functionPoint(symbol, isCompat ? "compat syscall" : "syscall", { program, hasReturn }),
        );
    case "lsm":
      return [functionPoint(target.name, "function", { program: "lsm", hasReturn: false })];
    case "tracepoint": {
      const { subsystem, event, isRaw } = target;
      const convention = isRaw ? "raw tracepoint" : "tracepoint";
      const key = isRaw ? `${convention} ${event}` : `${convention} ${subsystem}/${event}`;
      return [{ key, convention, program: "tracepoint", name: event, subsystem, hasReturn: false }];
    }
    case "uprobe":
    case "usdt":
      return userPoints(target, kernel, hasReturn);
  }
}

function userPoints(
  target: UprobeTarget | UsdtTarget,
  kernel: HookPlaces,
  hasReturn: boolean,
): AttachPoint[] {
  const name = userTargetText(target);
  const places = kernel.userPlaces(target);
  if ("found" in places) {
    if (places.isIgnored) return [];
    const { found, expected = "", cure = "" } = places;
    const why = `found ${found}${expected === "" ? "" : `, expected ${expected}`}${cure === "" ? "" : `: ${cure}`}`;
    throw new TetradError("unsupported", `Cannot hook "${name}": ${why}`);
  }
  return places.map((user) => {
    const { identity, offset, referenceCounter, root } = user;
    // Two files of layers may have one number, but hardly have changed in the same nanosecond.
    const since = root === undefined ? "" : `:${identity.changedAt}`;
    const where = `${identity.device}:${identity.inode}:${offset}:${referenceCounter}${since}`;
    const key = `${target.kind} ${where}${hasReturn ? " with return" : ""}`;
    return { key, convention: target.kind, program: "probe", name, subsystem: "", hasReturn, user };
  });
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

function functionPoint(
  name: string,
  convention: Convention,
  { program, hasReturn }: Pick<AttachPoint, "program" | "hasReturn">,
): AttachPoint {
  const key = `${program === "probe" ? "" : `${program} `}${convention} ${name}${hasReturn ? " with return" : ""}`;
  return { key, convention, program, name, subsystem: "", hasReturn };
}
