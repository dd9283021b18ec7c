/** @module What is kept of cgroups for conditions on workloads: a set of selectors by the number of each cgroup of a container. */
import { BPF_F_NO_PREALLOC, BPF_MAP_TYPE, type MapDefinition } from "../../../kernel/map/index.ts";
import { WORKLOAD_SET_SIZE } from "./workload-selectors.ts";

/** Name of the map. */
export const WORKLOAD_MAP = "tetrad_workload";

/** Where in a value what is, and its size. Numbers have eight bytes. */
export const WORKLOAD = {
  set: 0,
  /** Number of the pod's or container's cgroup that this one is inside of; 0 for such a one itself. */
  owner: WORKLOAD_SET_SIZE,
  /** Cgroups inside of this one that are in the map; of {@link WORKLOAD_KEY.host} those inside of all. */
  inside: WORKLOAD_SET_SIZE + 8,
  /** Of {@link WORKLOAD_KEY.host}: cgroups that had no room. Those around them say what they are. */
  missed: WORKLOAD_SET_SIZE + 16,
  size: WORKLOAD_SET_SIZE + 24,
} as const;

/** Numbers that no cgroup has: what is for processes of the host, and for those of cgroups so deep that nobody looks up. */
export const WORKLOAD_KEY = { host: 0n, deep: (1n << 64n) - 1n } as const;

/** Cgroups inside of one container, or pod, that are kept, and inside of all: who may make cgroups takes nobody else's place. */
export const MOST_INSIDE = { ofOwner: 256, ofAll: 3 << 14 } as const;
const MOST_CGROUPS = 1 << 16;

/** The map. */
export function workloadMap(): MapDefinition {
  return {
    name: WORKLOAD_MAP,
    type: BPF_MAP_TYPE.HASH,
    keySize: 8,
    valueSize: WORKLOAD.size,
    maxEntries: MOST_CGROUPS,
    flags: BPF_F_NO_PREALLOC,
  };
}
