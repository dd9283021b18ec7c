/** @module What hooks are attached to. */

import type { UprobeTarget, UsdtTarget } from "./user-target.ts";

/** The lists of hooks in `spec`. */
export type ListedSection = "kprobes" | "fentries" | "tracepoints" | "lsmhooks" | "uprobes" | "usdts";

/** Where in `spec` a hook is from. `loader` is no list: the agent knows itself where files are mapped. */
export type HookSection = ListedSection | "loader";

/** What a hook is attached to. The second half of the section names adds its own kinds here. */
export type HookTarget =
  | FunctionTarget
  | SystemCallTarget
  | TracepointTarget
  | LsmTarget
  | UprobeTarget
  | UsdtTarget;

/** A function of the kernel or of a module. */
export interface FunctionTarget {
  readonly kind: "function";
  readonly name: string;
}

/** A system call, by every way in that `abis` names. */
export interface SystemCallTarget {
  readonly kind: "syscall";
  /** Without prefix: `openat`. */
  readonly name: string;
  readonly abis: readonly SystemCallAbi[];
}

/** `native` is that of the machine: `x64` or `arm64`; `compat` the 32-bit one: `i386` or `arm32`. */
export type SystemCallAbi = "native" | "compat";

/** A tracepoint. `isRaw`: arguments are those of `TP_PROTO`, not fields of the format file. */
export interface TracepointTarget {
  readonly kind: "tracepoint";
  readonly subsystem: string;
  readonly event: string;
  readonly isRaw: boolean;
}

/** A hook of the security modules. */
export interface LsmTarget {
  readonly kind: "lsm";
  /** Without prefix: `file_open`. */
  readonly name: string;
}
