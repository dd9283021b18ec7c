/** @module Counts in a per-CPU array. */
import type { ProgramBuilder } from "./builder.ts";

/** The count's own slot: those of the program may have any name. */
const KEY = Symbol("key");

/** Adds one to the `u64` that the first value of a per-CPU array begins with. */
export function countIn(builder: ProgramBuilder, map: string): void {
  const { asm } = builder;
  const key = asm.slot(KEY, 4);
  const uncounted = asm.freshLabel("uncounted");
  asm
    .note(`count in ${map}`)
    .store(4, "r10", key, 0)
    .loadMap("r1", map)
    .set("r2", "r10")
    .alu("r2", "+=", key)
    .call("map_lookup_elem")
    .jumpIf("r0", "==", 0, uncounted)
    // An interrupt may run another program on this processor meanwhile.
    .set("r1", 1)
    .atomicAdd(8, "r0", 0, "r1")
    .label(uncounted);
}
