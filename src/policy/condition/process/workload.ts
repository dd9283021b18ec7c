/**
 * @module Which workload the process that runs belongs to: its cgroup is looked up, and one bit of what is kept there says whether a
 * selector is for it. Cgroups of containers are in the map, those of the host are not.
 */
import { BPF_F_NO_PREALLOC, BPF_MAP_TYPE, type MapDefinition } from "../../../kernel/map/index.ts";
import type { WorkloadSelector } from "../../workload.ts";
import { decide, goTo, type Outcome } from "../outcome.ts";
import { currentTask, type ProcessContext } from "./context.ts";
import { WORKLOAD_SET_SIZE } from "./workload-selectors.ts";

/** The workloads of a policy, or of a selector in it, as a condition. */
export interface WorkloadCondition {
  readonly kind: "workload";
  readonly isNegated: false;
  readonly selector: WorkloadSelector;
}

/** Name of the map: a set of selectors, by the number of a cgroup. */
export const WORKLOAD_MAP = "tetrad_workload";
/** Cgroups of containers that there may be at a time. */
const MOST_CGROUPS = 1 << 14;

/** The map. */
export function workloadMap(): MapDefinition {
  return {
    name: WORKLOAD_MAP,
    type: BPF_MAP_TYPE.HASH,
    keySize: 8,
    valueSize: WORKLOAD_SET_SIZE,
    maxEntries: MOST_CGROUPS,
    flags: BPF_F_NO_PREALLOC,
  };
}

const KEY = Symbol("cgroup id");

/** Holds when the selector is for the cgroup that the process is in. */
export function lowerWorkload(
  context: ProcessContext,
  { selector }: WorkloadCondition,
  { held, failed, next }: Outcome,
): void {
  const { asm, workloads } = context;
  const bit = workloads.bitOf(selector);
  const known = asm.freshLabel("container");
  const key = asm.slot(KEY);
  loadCgroup(context);
  asm.store(8, "r10", key, "r0");
  asm.loadMap("r1", WORKLOAD_MAP).set("r2", "r10").alu("r2", "+=", key).call("map_lookup_elem");
  asm.jumpIf("r0", "!=", 0, known);
  goTo(asm, selector.hasHost ? held : failed, known);
  asm.label(known).load(4, "r1", "r0", (bit >> 5) * 4);
  decide(asm, { register: "r1", condition: "&", value: 1 << (bit & 31) }, { held, failed, next });
}

/** `r0` = the number of the process's cgroup, in the hierarchy that containers are told apart in. */
function loadCgroup(context: ProcessContext): void {
  const { asm, builder, workloads } = context;
  if (workloads.subsystem === undefined) {
    asm.call("get_current_cgroup_id");
    return;
  }
  const index = builder.types.enumerator("cgroup_subsys_id", workloads.subsystem);
  builder.load("r0", currentTask(context), `cgroups.subsys[${index}].cgroup.kn.id`, "cgroup id");
}
