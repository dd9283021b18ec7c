/** @module Climbs from a struct to its parent, and its parent, in search of one with a given number. */
import type { ProgramBuilder } from "./builder.ts";
import { type Pointer, type Scalar, untyped } from "./pointer.ts";

const ID = Symbol("id");

/** Where to climb, and what for. */
export interface Climb {
  /** Member of the struct that points to its parent, null at the top. */
  readonly parentPath: string;
  /** Member of the struct that holds its number. */
  readonly idPath: string;
  /** The number, or where the program has it. */
  readonly wanted: bigint | Scalar;
  /** Structs that are looked at, the first included. What lies beyond is not found. */
  readonly limit: number;
}

/**
 * Ends the program unless `first` or one of its ancestors has the number that is wanted.
 * @param first Its slot is used up: it has the one that was found.
 */
export function leaveUnlessWithin(
  builder: ProgramBuilder,
  first: Pointer,
  { parentPath, idPath, wanted, limit }: Climb,
): void {
  const { asm } = builder;
  const start = untyped(first);
  const within = asm.freshLabel("within");
  builder.loop(limit, (_again, done) => {
    builder.loadSlot("r1", builder.scalar(start, idPath, ID));
    if (typeof wanted === "bigint") asm.setWide("r2", wanted);
    else builder.loadSlot("r2", wanted);
    asm.jumpIf("r1", "==", "r2", within);
    builder.advance(start, start, parentPath);
    builder.loadSlot("r1", start);
    asm.jumpIf("r1", "==", 0, done);
  });
  builder.leave();
  asm.label(within);
}
