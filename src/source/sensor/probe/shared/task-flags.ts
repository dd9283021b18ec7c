/** @module Flags of threads, and those of the kernel's own, which are not processes to anybody. */
import type { Pointer, ProgramBuilder } from "../../../../kernel/program/index.ts";

/** `PF_EXITING` of `<linux/sched.h>`: a thread has begun to end, and runs nothing of its program any more. */
export const PF_EXITING = 0x00000004;
/** `PF_KTHREAD`, a thread of the kernel's own. */
export const PF_KTHREAD = 0x00200000;

/** Ends the program if `task` is one. */
export function leaveIfKernelThread(builder: ProgramBuilder, task: Pointer): void {
  builder.load("r1", task, "flags");
  builder.leaveIf("r1", "&", PF_KTHREAD);
}
