/** @module The name of a call that has not returned. */
import type { CallBuilder, Scalar } from "../../kernel/program/index.ts";
import type { Plan } from "./plan.ts";
import { POLICY_MAPS } from "./scratch.ts";
import { placeSlot } from "./shared-place.ts";

/** Bytes of the key: task, stack pointer, process, place. */
export const CALL_KEY_SIZE = 24;

/**
 * The key of a call that has not returned, on the stack: task, and stack pointer or what else is of that call alone. Not the thread's number, which changes where a thread
 * executes a program that is not the first one of its process. The process's number tells a task from one that was at the same address
 * before. Where one program serves several places, the place belongs to it: a function may end by jumping to another one, which begins
 * with the same stack pointer.
 */
export function callKey(b: CallBuilder, plan: Plan, pidTgid: Scalar, isReturn = false): number {
  const { asm } = b;
  const key = asm.slot("call", CALL_KEY_SIZE);
  asm.note("key of the call").call("get_current_task").store(8, "r10", key, "r0");
  b.loadFrame("r1", { isReturn, anchor: POLICY_MAPS.state });
  asm.store(8, "r10", key + 8, "r1");
  b.loadSlot("r1", pidTgid);
  asm.alu("r1", ">>=", 32).store(4, "r10", key + 16, "r1");
  if (plan.placeCount > 1) b.loadSlot("r1", placeSlot(b));
  else asm.set("r1", 0);
  asm.store(4, "r10", key + 20, "r1");
  return key;
}
