/** @module Which processes a sensor watches: all, or those in a cgroup or a PID namespace. Decided in the kernel. */
import { leaveUnlessWithin, type Pointer, type ProgramBuilder } from "../program/index.ts";

/** A part of the machine's processes. What is outside is neither sent nor seen by the agent. */
export type Scope =
  /** A cgroup v2 directory and those below it, by its inode number. */
  | { readonly type: "cgroup"; readonly id: bigint }
  /** A PID namespace and those inside it, by its inode number. */
  | { readonly type: "pidns"; readonly inode: number };

/**
 * Levels of cgroups that are looked at. The kernel has no limit of its own; a verifier has, and looks at each level
 * of each program: at so many it takes some ten milliseconds.
 */
const MAX_CGROUP_LEVELS = 512;
/** `MAX_PID_NS_LEVEL` of the kernel's `include/linux/pid_namespace.h` is 32, and the host's own is level 0. */
const MAX_PID_NAMESPACE_LEVELS = 33;

/** Ends the program unless `task` is in `scope`. */
export function leaveUnlessInScope(builder: ProgramBuilder, task: Pointer, scope: Scope | undefined): void {
  if (scope === undefined) return;
  switch (scope.type) {
    case "cgroup": {
      const node = builder.follow(task, "cgroups.dfl_cgrp.kn", "cgroup node");
      // Linux 6.15 renamed kernfs_node.parent, when it became protected by RCU.
      const parentPath = builder.types.has("kernfs_node", "__parent") ? "__parent" : "parent";
      leaveUnlessWithin(builder, node, {
        parentPath,
        idPath: "id",
        wanted: scope.id,
        limit: MAX_CGROUP_LEVELS,
      });
      break;
    }
    case "pidns":
      leaveUnlessWithin(builder, builder.follow(ownPid(builder, task), "ns", "pid namespace"), {
        parentPath: "parent",
        idPath: "ns.inum",
        wanted: BigInt(scope.inode),
        limit: MAX_PID_NAMESPACE_LEVELS,
      });
      break;
  }
}

/** The `upid` of a task in its own PID namespace: its number there, and the namespace. */
export function ownPid(builder: ProgramBuilder, task: Pointer): Pointer {
  const pid = builder.follow(task, "thread_pid", "pid");
  const level = builder.scalar(pid, "level", "level");
  return builder.element(pid, "numbers", level, "upid");
}
