/** @module Asks for a fact: a look-up of the process, and one bit. */

import { decide, type Outcome } from "../outcome.ts";
import type { ProcessContext } from "./context.ts";
import type { ProcessFact } from "./facts.ts";
import { PROCESS_MAP, PROCESS_RECORD } from "./record.ts";

const KEY = Symbol("thread group id");

/** Of whom a fact is asked: the process, those that it descends from, its parent. */
export type FactHolder = "own" | "line" | "parent";

/** `r0` = the record of the process that runs; goes to `unknown` where there is none. */
export function lookUpProcess({ asm }: ProcessContext, unknown: string): void {
  const key = asm.slot(KEY, 4);
  asm.call("get_current_pid_tgid").alu("r0", ">>=", 32).store(4, "r10", key, "r0");
  asm.loadMap("r1", PROCESS_MAP).set("r2", "r10").alu("r2", "+=", key).call("map_lookup_elem");
  asm.jumpIf("r0", "==", 0, unknown);
}

/** Holds when a fact is true of one of these. @throws TetradError `unsupported` when there are too many facts. */
export function askFact(
  context: ProcessContext,
  fact: ProcessFact,
  holders: readonly FactHolder[],
  outcome: Outcome,
): void {
  const { asm, facts } = context;
  const bit = facts.bitOf(fact);
  lookUpProcess(context, outcome.failed);
  for (const [index, holder] of holders.entries()) {
    const register = index === 0 ? "r1" : "r2";
    asm.load(4, register, "r0", PROCESS_RECORD[holder] + (bit >> 5) * 4);
    if (index > 0) asm.alu("r1", "|=", "r2");
  }
  decide(asm, { register: "r1", condition: "&", value: 1 << (bit & 31), is32: true }, outcome);
}
