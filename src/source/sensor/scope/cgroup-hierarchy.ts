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
  return mountOf(readOwn(procfs, "mountinfo"), undefined);
}

/** @param controller Of v1; that of v2 where there is none. */
function mountOf(mounts: string, controller: string | undefined): string | undefined {
  for (const line of mounts.split("\n")) {
    const [place = "", system] = line.split(" - ");
    const [type, , options = ""] = system?.split(" ") ?? [];
    const isWanted =
      controller === undefined
        ? type === "cgroup2"
        : type === "cgroup" && options.split(",").includes(controller);
    if (isWanted) return place.split(" ")[4];
  }
  return undefined;
}

/** The cgroups that tell containers apart. */
export interface ContainerCgroups {
  /** Number of their hierarchy for the kernel; 0 is v2. */
  readonly hierarchy: number;
  /** Their v1 controller's `cgroup_subsys_id` enumerator. @default v2 */
  readonly subsystem: string | undefined;
  /** Their outermost directory. */
  readonly directory: string;
}

/**
 * Where the cgroups of all containers of the host are, or `undefined` where they are not mounted. An agent that is in a container itself
 * may have a namespace of cgroups, and sees them by way of the host's first process.
 */
export function containerCgroups(procfs = "/proc"): ContainerCgroups | undefined {
  const own = containerHierarchy(procfs);
  const [subsystem, hierarchy] = [own?.subsystem, own === undefined ? 0 : hierarchyNumber(procfs, own)];
  const ofHost = hostDirectory(procfs, own?.controller);
  const directory = ofHost ?? mountOf(readOwn(procfs, "mountinfo"), own?.controller);
  return directory === undefined ? undefined : { hierarchy, subsystem, directory };
}

/** A v1 hierarchy's number is what its line in `/proc/self/cgroup` begins with. */
function hierarchyNumber(procfs: string, { controller }: ContainerHierarchy): number {
  const lines = readOwn(procfs, "cgroup").split("\n");
  const line = lines.find((each) => each.split(":")[1]?.split(",").includes(controller));
  return Number(line?.split(":")[0]);
}

/** As the host's first process has it mounted; `undefined` where the agent may not look. */
function hostDirectory(procfs: string, controller: string | undefined): string | undefined {
  try {
    const mount = mountOf(readFileSync(`${procfs}/1/mountinfo`, "utf8"), controller);
    const directory = mount === undefined ? undefined : `${procfs}/1/root${mount}`;
    return directory !== undefined && existsSync(`${directory}/cgroup.procs`) ? directory : undefined;
  } catch {
    return undefined;
  }
}
