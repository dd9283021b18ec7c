/** @module A container's id, from the name of its cgroup. */

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

/** The first container id among the names of a process's cgroup and the one around it, or the empty string. */
export function firstContainerId(names: Iterable<string>): string {
  for (const name of names) {
    const id = containerId(name);
    if (id !== "") return id;
  }
  return "";
}
