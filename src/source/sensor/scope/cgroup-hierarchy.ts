/** @module The cgroup hierarchies of this host: the one that container runtimes use, and v2. */
import { existsSync, readFileSync, statSync } from "node:fs";
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

/** Where container ids are looked for in the paths of cgroups. */
export interface ContainerPlaces {
  /** @default v2 alone */
  readonly hierarchy: ContainerHierarchy | undefined;
  /** {@link NodeRoot.path} @default "/" */
  readonly nodePath?: string;
}

/** Of the host whose procfs it is. */
export function containerPlaces(procfs: string): ContainerPlaces {
  const hierarchy = containerHierarchy(procfs);
  return { hierarchy, nodePath: nodeRoot(procfs, hierarchy).path };
}

/**
 * Names of the cgroups around a process and of its own, the outermost first: in that hierarchy, then in v2. Of a node that is a container
 * itself, what is inside of it comes first, and then what is around it.
 */
export function containerCgroupNames(
  cgroups: readonly ProcessCgroup[],
  { hierarchy, nodePath = "/" }: ContainerPlaces,
): string[][] {
  const first = hierarchy && cgroups.find(({ controllers }) => controllers.includes(hierarchy.controller));
  const second = cgroups.find(({ isV2 }) => isV2);
  return [first, second].flatMap((cgroup) => (cgroup === undefined ? [] : splitAt(cgroup.path, nodePath)));
}

function splitAt(path: string, nodePath: string): string[][] {
  if (nodePath === "/" || !`${path}/`.startsWith(`${nodePath}/`)) return [namesOf(path)];
  return [namesOf(path.slice(nodePath.length)), namesOf(nodePath)];
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

/** Where the cgroups of this node begin: not at the hierarchy's root where the node is a container itself, as those of kind are. */
export interface NodeRoot {
  /** Number of its cgroup; `undefined` at the hierarchy's root, or where nobody can say. */
  readonly id: bigint | undefined;
  /** Its path from the root, as far as the agent sees it. */
  readonly path: string;
}

/** The kernel's number of each hierarchy's root. */
const ROOT_ID = 1n;

/** As the first process of the agent's procfs sees it. */
export function nodeRoot(procfs = "/proc", hierarchy = containerHierarchy(procfs)): NodeRoot {
  const directory = hostDirectory(procfs, hierarchy?.controller);
  if (directory === undefined) return { id: undefined, path: "/" };
  const id = statSync(directory, { bigint: true, throwIfNoEntry: false })?.ino;
  const mount = mountLine(readFileSync(`${procfs}/1/mountinfo`, "utf8"), hierarchy?.controller);
  return { id: id === ROOT_ID ? undefined : id, path: mount?.split(" ")[3] ?? "/" };
}

/** Where the cgroup v2 hierarchy is mounted, or `undefined`. */
export function cgroup2Mount(procfs = "/proc"): string | undefined {
  return mountOf(readOwn(procfs, "mountinfo"), undefined);
}

/** @param controller Of v1; that of v2 where there is none. */
function mountOf(mounts: string, controller: string | undefined): string | undefined {
  return mountLine(mounts, controller)?.split(" ")[4];
}

function mountLine(mounts: string, controller: string | undefined): string | undefined {
  for (const line of mounts.split("\n")) {
    const [place = "", system] = line.split(" - ");
    const [type, , options = ""] = system?.split(" ") ?? [];
    const isWanted =
      controller === undefined
        ? type === "cgroup2"
        : type === "cgroup" && options.split(",").includes(controller);
    if (isWanted) return place;
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

/** As the host's first process has it mounted, or what has started the agent's container; `undefined` where the agent may not look. */
function hostDirectory(procfs: string, controller: string | undefined): string | undefined {
  for (const pid of [1, parentOf(procfs)]) {
    const directory = pid === undefined ? undefined : directoryOf(procfs, pid, controller);
    if (directory !== undefined) return directory;
  }
  return undefined;
}

/** Where a process has the hierarchy mounted, by the way of its root. */
function directoryOf(procfs: string, pid: number, controller: string | undefined): string | undefined {
  try {
    const mount = mountOf(readFileSync(`${procfs}/${pid}/mountinfo`, "utf8"), controller);
    const directory = mount === undefined ? undefined : `${procfs}/${pid}/root${mount}`;
    return directory !== undefined && existsSync(`${directory}/cgroup.procs`) ? directory : undefined;
  } catch {
    return undefined;
  }
}

/** The process that this one is a child of, as the host counts them. */
function parentOf(procfs: string): number | undefined {
  try {
    const stat = readFileSync(`${procfs}/self/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) || undefined;
  } catch {
    return undefined;
  }
}
