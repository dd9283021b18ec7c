/** @module A list of functions or system calls, once it is read. */
import type { HookTarget } from "../../policy.ts";

/** What a list holds. */
export interface NameList {
  /** Functions, or system calls. */
  readonly targets: readonly HookTarget[];
  readonly isSystemCalls: boolean;
  /** The kernel decides what is in it, and none was asked. */
  readonly isOpen: boolean;
}
