/** @module The name of a call that has not returned. */
import type { ProbeProgramBuilder, Scalar } from "../../kernel/program/index.ts";

/** The key of a call that has not returned: thread and stack pointer, on the stack. */
export function callKey(b: ProbeProgramBuilder, pidTgid: Scalar, isReturn = false): number {
  const key = b.asm.slot("call", 16);
  b.loadSlot("r1", pidTgid);
  b.asm.store(8, "r10", key, "r1");
  b.loadFrame("r1", { isReturn });
  b.asm.store(8, "r10", key + 8, "r1");
  return key;
}
