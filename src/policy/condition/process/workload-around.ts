/** @module Looks for the container around a cgroup that is in the map of workloads itself, or had no room there. */
import type { Pointer, ProgramBuilder, Scalar } from "../../../kernel/program/index.ts";
import { WORKLOAD_MAP } from "./workload-map.ts";

/** Levels, from the outside, at which containers are; and how deep others may be inside of them. */
const [CONTAINER_LEVELS, INNER_LEVELS] = [12, 244] as const;
const KEY = Symbol("id around");

/** Where to begin; both are used up. */
export interface CgroupAround {
  readonly node: Pointer;
  /** How many are around it. */
  readonly level: Scalar;
}

/** Where to go on: with what was found in `r0`; or where the cgroup is deeper than anybody looks. */
export interface AroundOutcome {
  readonly found: string;
  readonly deep: string;
}

/** Goes on behind the code where no cgroup from there to the outside is in the map. */
export function findAround(b: ProgramBuilder, { node, level }: CgroupAround, outcome: AroundOutcome): void {
  const { asm } = b;
  const key = asm.slot(KEY);
  const parent = b.types.has("kernfs_node", "__parent") ? "__parent" : "parent";
  b.loop(INNER_LEVELS, (_again, done) => {
    asm.load(8, "r1", "r10", level.slot).jumpIf32("r1", "s<=", CONTAINER_LEVELS, done);
    asm.alu("r1", "-=", 1).store(8, "r10", level.slot, "r1");
    b.advance(node, node, parent);
  });
  asm.load(8, "r1", "r10", level.slot).jumpIf32("r1", "s>", CONTAINER_LEVELS, outcome.deep);
  b.loop(CONTAINER_LEVELS + 1, (_again, done) => {
    b.loadSlot("r1", node);
    asm.jumpIf("r1", "==", 0, done);
    b.loadSlot("r1", b.scalar(node, "id", KEY));
    b.mapLookup(WORKLOAD_MAP, key);
    asm.jumpIf("r0", "!=", 0, outcome.found);
    b.advance(node, node, parent);
  });
}
