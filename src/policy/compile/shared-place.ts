/**
 * @module Which of its places a program runs at, where it serves several: those of a list, of which the policies ask the same. The kernel
 * says it, since each place is attached with its number as cookie (5.15).
 */
import type { ProgramBuilder, Scalar } from "../../kernel/program/index.ts";
import type { Argument, Hook } from "../policy.ts";
import type { AttachPoint } from "./attach-point.ts";

const PLACE = Symbol("place");

/** Puts the number of the place into its slot, where a program begins; of one that has one place there is no need. Uses `r0` to `r5`. */
export function readPlace({ asm, context }: ProgramBuilder, placeCount: number): void {
  if (placeCount === 1) return;
  asm.note("place").set("r1", context).call("get_attach_cookie").store(8, "r10", asm.slot(PLACE), "r0");
}

/** Where that number is. */
export function placeSlot({ asm }: ProgramBuilder): Scalar {
  return { slot: asm.slot(PLACE) };
}

/**
 * Whether hooks at a place may share a program with the same hooks at others: nothing of it depends on which function it is. A way that
 * begins with an argument does, and what has a function return an error is checked function by function.
 */
export function isShareable({ program, user }: AttachPoint, hooks: readonly Hook[]): boolean {
  // Containers come and go: each would have the programs of all others made anew.
  if (program !== "probe" || user?.root !== undefined) return false;
  return hooks.every(
    ({ args, data, returnValue, selectors }) =>
      [...args, ...data, ...(returnValue === undefined ? [] : [returnValue])].every(isSameEverywhere) &&
      selectors.every(({ actions }) => actions.every(({ action }) => action !== "Override")),
  );
}

function isSameEverywhere({ resolve, source }: Argument): boolean {
  return resolve === undefined && source.kind !== "register";
}
