/** @module Counts what is posted. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramBuilder } from "../../kernel/program/index.ts";
import type { Counters } from "./counter.ts";
import { type PlannedSelector, RESULT } from "./plan.ts";

/**
 * Counts the event of each selector that posts one. Of a program's only selector that is known.
 * @param what What became of it.
 */
export function countPosts(
  b: ProgramBuilder,
  counters: Counters,
  selectors: readonly PlannedSelector[],
  scratch: HeldRegister,
  what: "post" | "lost" = "post",
): void {
  const { asm } = b;
  for (const { result, counts } of selectors) {
    const done = asm.freshLabel("not_posted");
    if (selectors.length > 1) {
      const posted = asm.freshLabel("posted");
      asm.load(1, "r1", scratch, result).jumpIf("r1", "&", RESULT.posted, posted).jump(done).label(posted);
    }
    counters.emit(b, counts.get(what)!);
    asm.label(done);
  }
}
