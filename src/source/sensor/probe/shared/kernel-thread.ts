/** @module Threads of the kernel's own, which are not processes to anybody. */
import type { Pointer, ProgramBuilder } from "../../../../kernel/program/index.ts";

/** `PF_KTHREAD` of `<linux/sched.h>` */
export const PF_KTHREAD = 0x00200000;

/** Ends the program if `task` is one. */
export function leaveIfKernelThread(builder: ProgramBuilder, task: Pointer): void {
  builder.load("r1", task, "flags");
  builder.leaveIf("r1", "&", PF_KTHREAD);
}
