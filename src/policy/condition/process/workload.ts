/**
 * @module Which workload the process that runs belongs to: its cgroup is looked up, and one bit of what is kept there says whether a
 * selector is for it. Cgroups of containers are in the map, those of the host are not.
 */
import { untyped } from "../../../kernel/program/index.ts";
import type { WorkloadSelector } from "../../workload.ts";
import { decide, type Outcome } from "../outcome.ts";
import { currentTask, type ProcessContext } from "./context.ts";
import { findAround } from "./workload-around.ts";
import { WORKLOAD, WORKLOAD_KEY, WORKLOAD_MAP } from "./workload-map.ts";

/** The workloads of a policy, or of a selector in it, as a condition. */
export interface WorkloadCondition {
  readonly kind: "workload";
  readonly isNegated: false;
  readonly selector: WorkloadSelector;
}

const KEY = Symbol("cgroup id");
const FOUND = Symbol("workload");
const LEVEL = Symbol("level of the cgroup");

/** Holds when the selector is for the cgroup that the process is in. */
export function lowerWorkload(
  context: ProcessContext,
  { selector }: WorkloadCondition,
  { held, failed, next }: Outcome,
): void {
  const { asm, workloads, found } = context;
  const bit = workloads.bitOf(selector);
  if (found?.hasWorkload !== true) findWorkload(context);
  asm.load(8, "r1", "r10", asm.slot(FOUND)).load(4, "r1", "r1", WORKLOAD.set + (bit >> 5) * 4);
  decide(asm, { register: "r1", condition: "&", value: 1 << (bit & 31) }, { held, failed, next });
}

/**
 * Looks the process's cgroup up, for all conditions behind this code. Where some had no room in the map, those around it are asked. Ends
 * the program where the map has nothing for the host's processes, which is not so while it is in use.
 */
export function findWorkload(context: ProcessContext): void {
  const { asm, builder, found } = context;
  const [key, label] = [asm.slot(KEY), asm.freshLabel("workload")];
  asm.note("workload");
  loadCgroup(context);
  asm.store(8, "r10", key, "r0");
  builder.mapLookup(WORKLOAD_MAP, key);
  asm.jumpIf("r0", "!=", 0, label);
  lookUp(context, WORKLOAD_KEY.host);
  asm.load(8, "r1", "r0", WORKLOAD.missed).jumpIf("r1", "==", 0, label);
  lookAround(context, label);
  lookUp(context, WORKLOAD_KEY.host);
  asm.label(label).store(8, "r10", asm.slot(FOUND), "r0");
  if (found !== undefined) found.hasWorkload = true;
}

/** `r0` = what is kept for a number that no cgroup has. */
function lookUp({ asm, builder }: ProcessContext, number: bigint): void {
  asm.store(8, "r10", asm.slot(KEY), Number(BigInt.asIntN(32, number)));
  builder.mapLookup(WORKLOAD_MAP, asm.slot(KEY));
  builder.leaveIf("r0", "==", 0);
}

/** Goes to `found` with what is kept of a cgroup around the process's in `r0`, or of cgroups that are too deep. */
function lookAround(context: ProcessContext, found: string): void {
  const { asm, builder } = context;
  const [deep, none] = [asm.freshLabel("deep"), asm.freshLabel("none")];
  const task = untyped(currentTask(context));
  const path = cgroupPath(context);
  const node = builder.follow(task, `${path}.kn`, "node of the cgroup");
  const level = builder.scalar(task, `${path}.level`, LEVEL);
  findAround(builder, { node, level }, { found, deep });
  asm.jump(none).label(deep);
  lookUp(context, WORKLOAD_KEY.deep);
  asm.jump(found).label(none);
}

/** From a task to its cgroup, in the hierarchy that containers are told apart in. */
function cgroupPath({ builder, workloads }: ProcessContext): string {
  if (workloads.subsystem === undefined) return "cgroups.dfl_cgrp";
  return `cgroups.subsys[${builder.types.enumerator("cgroup_subsys_id", workloads.subsystem)}].cgroup`;
}

/** `r0` = the number of the process's cgroup there. */
function loadCgroup(context: ProcessContext): void {
  const { asm, builder, workloads } = context;
  if (workloads.subsystem === undefined) asm.call("get_current_cgroup_id");
  else builder.load("r0", currentTask(context), `${cgroupPath(context)}.kn.id`, "cgroup id");
}
