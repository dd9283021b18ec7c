/** @module Climbs from a struct to its parent, and its parent, in search of one with a given number. */
import type { Pointer, ProgramBuilder } from "./builder.ts";

/** Ancestors that are looked at. PID namespaces nest at most 32 deep. */
const MAX_CLIMB = 32;

/**
 * Ends the program unless `start` or one of its ancestors has `wanted` at `idPath`.
 * @param start Its slot is used up.
 * @param parentPath Member of the struct that points to its parent, null at the top.
 */
export function leaveUnlessWithin(
  builder: ProgramBuilder,
  start: Pointer,
  parentPath: string,
  idPath: string,
  wanted: bigint,
): void {
  const { asm } = builder;
  const within = asm.freshLabel("within");
  builder.loop(MAX_CLIMB, (_again, done) => {
    builder.loadSlot("r1", builder.scalar(start, idPath, "id"));
    asm.setWide("r2", wanted).jumpIf("r1", "==", "r2", within);
    builder.advance(start, start, parentPath);
    builder.loadSlot("r1", start);
    asm.jumpIf("r1", "==", 0, done);
  });
  builder.leave();
  asm.label(within);
}
