/** @module The cgroup hierarchies of this host: the one that container runtimes use, and v2. */
import { readFileSync } from "node:fs";
import { parseCgroups } from "../../../os/process-cgroups.ts";

/** v1 controllers that container runtimes always use, by preference, and their `enum cgroup_subsys_id`. */
const CONTROLLERS = [
  ["memory", "memory_cgrp_id"],
  ["pids", "pids_cgrp_id"],
  ["cpuset", "cpuset_cgrp_id"],
] as const;

/**
 * The `cgroup_subsys_id` enumerator of the v1 controller whose cgroups name containers, or `undefined` on a
 * host where cgroup v2 does.
 */
export function containerHierarchy(procfs = "/proc"): string | undefined {
  const cgroups = parseCgroups(readFileSync(`${procfs}/self/cgroup`, "utf8"));
  return CONTROLLERS.find(([name]) => cgroups.some(({ controllers }) => controllers.includes(name)))?.[1];
}

/** Where the cgroup v2 hierarchy is mounted, or `undefined`. */
export function cgroup2Mount(procfs = "/proc"): string | undefined {
  for (const line of readFileSync(`${procfs}/self/mountinfo`, "utf8").split("\n")) {
    const separator = line.indexOf(" - ");
    if (separator >= 0 && line.startsWith(" - cgroup2 ", separator)) return line.split(" ")[4];
  }
  return undefined;
}
