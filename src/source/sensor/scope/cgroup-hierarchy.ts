/** @module The cgroup hierarchies of this host: the one that container runtimes use, and v2. */
import { existsSync, readFileSync } from "node:fs";
import { type ProcessCgroup, parseCgroups } from "../../../os/process-cgroups.ts";

/** v1 controllers that container runtimes always use, by preference, and their `enum cgroup_subsys_id`. */
const CONTROLLERS = [
  ["memory", "memory_cgrp_id"],
  ["pids", "pids_cgrp_id"],
  ["cpuset", "cpuset_cgrp_id"],
] as const;

/** A file of the agent's own process, which a procfs of another PID namespace does not show. */
function readOwn(procfs: string, name: string): string {
  try {
    return readFileSync(`${procfs}/self/${name}`, "utf8");
  } catch (error) {
    if (!existsSync(procfs)) throw error;
    return readFileSync(`/proc/self/${name}`, "utf8");
  }
}

/** A cgroup v1 hierarchy, by a controller that belongs to it. */
export interface ContainerHierarchy {
  readonly controller: string;
  /** The controller's `cgroup_subsys_id` enumerator. */
  readonly subsystem: string;
}

/**
 * The v1 hierarchy whose cgroups name containers, or `undefined` on a host where cgroup v2 alone does. A container's id
 * is looked for there, then in v2: for every process, however it became known.
 */
export function containerHierarchy(procfs = "/proc"): ContainerHierarchy | undefined {
  const cgroups = parseCgroups(readOwn(procfs, "cgroup"));
  const found = CONTROLLERS.find(([name]) => cgroups.some(({ controllers }) => controllers.includes(name)));
  return found && { controller: found[0], subsystem: found[1] };
}

/** Names of the cgroup that a process is in and of those around it, the innermost first, in that hierarchy, then in v2. */
export function containerCgroupNames(
  cgroups: readonly ProcessCgroup[],
  hierarchy: ContainerHierarchy | undefined,
): string[] {
  const first = hierarchy && cgroups.find(({ controllers }) => controllers.includes(hierarchy.controller));
  const second = cgroups.find(({ isV2 }) => isV2);
  return [first, second].flatMap((cgroup) => cgroup?.path.split("/").reverse() ?? []);
}

/** Where the cgroup v2 hierarchy is mounted, or `undefined`. */
export function cgroup2Mount(procfs = "/proc"): string | undefined {
  for (const line of readOwn(procfs, "mountinfo").split("\n")) {
    const separator = line.indexOf(" - ");
    if (separator >= 0 && line.startsWith(" - cgroup2 ", separator)) return line.split(" ")[4];
  }
  return undefined;
}
