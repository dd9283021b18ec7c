/** @module Functions that end their thread: an event that waited for them to return would never come. */
import type { HookTarget } from "./policy.ts";

const SYSTEM_CALLS: ReadonlySet<string> = new Set(["exit", "exit_group"]);
/** Those of `kernel/exit.c` that are `__noreturn`. */
const FUNCTIONS: ReadonlySet<string> = new Set(["do_exit", "do_group_exit", "make_task_dead"]);

/** Whether a hook is on such a function. */
export function neverReturns(target: HookTarget): boolean {
  if (target.kind !== "syscall" && target.kind !== "function") return false;
  return (target.kind === "syscall" ? SYSTEM_CALLS : FUNCTIONS).has(target.name);
}
