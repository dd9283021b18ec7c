/** @module Which processes a sensor watches: all, or those in a cgroup or a PID namespace. Decided in the kernel. */
import { leaveUnlessWithin, type Pointer, type ProgramBuilder } from "../program/index.ts";

/** A part of the machine's processes. What is outside is neither sent nor seen by the agent. */
export type Scope =
  /** A cgroup v2 directory and those below it, by its inode number. */
  | { readonly type: "cgroup"; readonly id: bigint }
  /** A PID namespace and those inside it, by its inode number. */
  | { readonly type: "pidns"; readonly inode: number };

/** Ends the program unless `task` is in `scope`. */
export function leaveUnlessInScope(builder: ProgramBuilder, task: Pointer, scope: Scope | undefined): void {
  if (scope === undefined) return;
  switch (scope.type) {
    case "cgroup": {
      const node = builder.follow(task, "cgroups.dfl_cgrp.kn", "cgroup node");
      // Linux 6.15 renamed kernfs_node.parent, when it became protected by RCU.
      const parent = builder.types.has("kernfs_node", "__parent") ? "__parent" : "parent";
      leaveUnlessWithin(builder, node, parent, "id", scope.id);
      break;
    }
    case "pidns":
      leaveUnlessWithin(
        builder,
        builder.follow(ownPid(builder, task), "ns", "pid namespace"),
        "parent",
        "ns.inum",
        BigInt(scope.inode),
      );
      break;
  }
}

/** The `upid` of a task in its own PID namespace: its number there, and the namespace. */
export function ownPid(builder: ProgramBuilder, task: Pointer): Pointer {
  const pid = builder.follow(task, "thread_pid", "pid");
  const level = builder.scalar(pid, "level", "level");
  return builder.element(pid, "numbers", level, "upid");
}
