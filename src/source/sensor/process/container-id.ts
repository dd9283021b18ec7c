/** @module A container's id, from the names of its cgroup and those around it. */

/** Tetragon keeps this much of an id: what fits its 32 bytes with a NUL. */
const ID_LENGTH = 31;

/** Runtimes name cgroups by the whole id, which is 64 hexadecimal digits, with words of theirs around it. */
const CONTAINER_ID = /(?:^|[-:])([0-9a-f]{64})(?:\.scope)?$/;

/**
 * The first 31 characters of the container id in a cgroup's name (`docker-ID.scope`, `cri-containerd-ID.scope`,
 * `crio-ID`, `kubepods-x:cri-containerd:ID`, `ID`), or the empty string when the name holds none.
 */
export function containerId(cgroupName: string): string {
  return CONTAINER_ID.exec(cgroupName)?.[1]?.slice(0, ID_LENGTH) ?? "";
}

/** A process's container, by its cgroups. */
export interface ContainerOfCgroup {
  /** First 31 characters; empty for none. */
  readonly id: string;
  /** Whether the cgroup lies where others than root and its runtimes may make cgroups, and name them as they like. */
  readonly mayBeForged: boolean;
}

const NONE: ContainerOfCgroup = { id: "", mayBeForged: false };

/**
 * Cgroups that others than root may be given to make their own in: systemd's services and scopes (`Delegate=`; never slices), what is
 * below a user's slice, containers of LXC.
 */
const OPEN = /\.(?:service|scope)$|^user\.slice$|^lxc(?:$|\.)/;
/** Services of runtimes, which some have their containers below. */
const RUNTIME_SERVICE =
  /^(?:snap\.microk8s\.daemon-)?(?:containerd|crio|cri-o|docker|kubelet|kubelite|k3s|rke2|k0scontroller|k0sworker)(?:-(?:agent|server))?\.service$/;

/** Whether others than root and its runtimes may make cgroups in one of this name. */
export function isOpen(cgroupName: string): boolean {
  return OPEN.test(cgroupName) && !RUNTIME_SERVICE.test(cgroupName);
}

/**
 * The container that a process is in: the outermost, since who is in a container may name cgroups inside of it like any other.
 * @param hierarchies Names of the cgroups around the process and its own, the outermost first, in each hierarchy that is asked in turn.
 */
export function containerOf(hierarchies: Iterable<readonly string[]>): ContainerOfCgroup {
  for (const names of hierarchies) {
    let mayBeForged = false;
    for (const name of names) {
      const id = containerId(name);
      if (id !== "") return { id, mayBeForged };
      mayBeForged ||= isOpen(name);
    }
  }
  return NONE;
}
