/** @module The ten namespaces of a process, as Tetragon has them. */
import { statSync } from "node:fs";
import { showsHostProcesses } from "../procfs/host.ts";

/** Tetragon's names and the links under `/proc/PID/ns`, in Tetragon's order. */
export const NAMESPACES = [
  "uts",
  "ipc",
  "mnt",
  "pid",
  "pid_for_children",
  "net",
  "time",
  "time_for_children",
  "cgroup",
  "user",
] as const;

/**
 * Inode numbers that the kernel gives the first namespace of each kind (`<linux/proc_ns.h>`, `<linux/nsfs.h>`;
 * `mnt` and `net` have fixed ones since 6.18), in the order of {@link NAMESPACES}.
 */
const INITIAL_INODES: readonly number[] = [
  0xeffffffe, 0xefffffff, 0xeffffff8, 0xeffffffc, 0xeffffffc, 0xeffffff9, 0xeffffffa, 0xeffffffa, 0xeffffffb,
  0xeffffffd,
];

/** `ns` of a process: those that the kernel has. */
export type NamespacesValue = { [name: string]: { readonly inum: number; readonly is_host?: true } };

/** Inode numbers of a process's namespaces, in the order of {@link NAMESPACES}; 0 for one the kernel lacks. */
export type NamespaceInodes = readonly number[];

/** What a user id means: another user namespace has other ids, and another mount namespace another `/etc/passwd`. */
const HOST_USERS: readonly number[] = [NAMESPACES.indexOf("mnt"), NAMESPACES.indexOf("user")];

/** Inode numbers of the namespaces of a process or thread, by its directory in procfs. */
export function readNamespaces(directory: string): number[] {
  return NAMESPACES.map((name) => {
    try {
      return statSync(`${directory}/ns/${name}`).ino;
    } catch {
      return 0;
    }
  });
}

/** Names namespaces; knows the host's: those of the host's process 1, or, where its links may not be read, the first. */
export class Namespaces {
  readonly #host: NamespaceInodes;

  constructor(procfs: string) {
    const first = showsHostProcesses(procfs) ? readNamespaces(`${procfs}/1`) : NAMESPACES.map(() => 0);
    this.#host = first.map((inode, index) => inode || (INITIAL_INODES[index] ?? 0));
  }

  /** Inode numbers of the host's, in the order of {@link NAMESPACES}. */
  get host(): NamespaceInodes {
    return this.#host;
  }

  /** Whether a process sees the host's users: it is in the host's mount and user namespaces. */
  hasHostUsers(inodes: NamespaceInodes): boolean {
    return HOST_USERS.every((index) => inodes[index] === this.#host[index]);
  }

  /** `ns` of a process. */
  of(inodes: NamespaceInodes): NamespacesValue {
    const value: NamespacesValue = {};
    for (const [index, name] of NAMESPACES.entries()) {
      const inum = inodes[index] ?? 0;
      if (inum !== 0) value[name] = inum === this.#host[index] ? { inum, is_host: true } : { inum };
    }
    return value;
  }
}
