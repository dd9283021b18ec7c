/** @module Which processes a sensor watches: all, or those in a cgroup or a PID namespace. This is decided in the kernel. */
import type { RegisterOperand } from "../../../../kernel/asm/index.ts";
import {
  leaveUnlessWithin,
  type Pointer,
  type ProgramBuilder,
  type Scalar,
} from "../../../../kernel/program/index.ts";
import { PROCFS_TICK } from "../../event/clock.ts";
import { SENSOR_MAPS } from "./maps.ts";

/** A part of the machine's processes. What is outside is neither sent nor seen by the agent. */
export type Scope =
  /**
   * A cgroup of the v2 hierarchy and those below it, by its id, the inode number of its directory. It is not in the
   * programs, but in the map {@link SENSOR_MAPS.scope}: it may change while they run.
   */
  | { readonly type: "cgroup" }
  /**
   * A PID namespace and those inside it, by its inode number, which the kernel gives to another one later. `firstStart`: when its process 1
   * began, nanoseconds of `CLOCK_BOOTTIME`, cut to those that procfs counts in; `undefined` where that is not known.
   */
  | { readonly type: "pidns"; readonly inode: number; readonly firstStart?: bigint | undefined };

/**
 * Levels of cgroups that are looked at. The kernel has no limit of its own; a verifier has, and looks at each level
 * of each program: at so many it takes some ten milliseconds.
 */
const MAX_CGROUP_LEVELS = 512;
/** `MAX_PID_NS_LEVEL` of the kernel's `include/linux/pid_namespace.h` is 32, and the host's own is level 0. */
const MAX_PID_NAMESPACE_LEVELS = 33;

/** Of a program. */
interface ScopeOptions {
  /** Whether it may go on when nothing holds the scope any more. @default false */
  readonly outlivesScope?: boolean;
}

/** Ends the program unless `task` is in `scope`. */
export function leaveUnlessInScope(
  builder: ProgramBuilder,
  task: Pointer,
  scope: Scope | undefined,
  { outlivesScope = false }: ScopeOptions = {},
): void {
  if (scope === undefined) return;
  switch (scope.type) {
    case "cgroup":
      leaveUnlessInCgroup(builder, builder.follow(task, "cgroups.dfl_cgrp.kn", "cgroup node"));
      break;
    case "pidns": {
      const namespace = builder.follow(ownPid(builder, task), "ns", "pid namespace");
      leaveUnlessWithin(builder, namespace, {
        parentPath: "parent",
        idPath: "ns.inum",
        wanted: BigInt(scope.inode),
        limit: MAX_PID_NAMESPACE_LEVELS,
      });
      if (outlivesScope && scope.firstStart !== undefined)
        leaveUnlessBegunBy(builder, namespace, scope.firstStart);
      break;
    }
  }
}

/** Ends the program unless process 1 of a PID namespace began then: no other one of that number has such a one. */
function leaveUnlessBegunBy(builder: ProgramBuilder, namespace: Pointer, start: bigint): void {
  const { asm } = builder;
  const first = builder.follow(namespace, "child_reaper.group_leader", "first process");
  builder.loadSlot("r1", builder.scalar(first, "start_boottime", "its start"));
  asm.setWide("r2", start).alu("r1", "-=", "r2");
  builder.leaveIf("r1", ">=", Number(PROCFS_TICK));
}

/** Ends the program unless a cgroup is the scope's or one below it. @param node Its `kernfs_node`, whose slot is used up. */
export function leaveUnlessInCgroup(builder: ProgramBuilder, node: Pointer): void {
  // Linux 6.15 renamed kernfs_node.parent, when it became protected by RCU.
  const parentPath = builder.types.has("kernfs_node", "__parent") ? "__parent" : "parent";
  leaveUnlessWithin(builder, node, {
    parentPath,
    idPath: "id",
    wanted: cgroupId(builder),
    limit: MAX_CGROUP_LEVELS,
  });
}

function cgroupId(builder: ProgramBuilder): Scalar {
  const { asm } = builder;
  const key = asm.slot("scope key", 4);
  const slot = asm.slot("scope id");
  asm.store(4, "r10", key, 0);
  builder.mapLookup(SENSOR_MAPS.scope, key);
  builder.leaveIf("r0", "==", 0);
  asm.load(8, "r1", "r0", 0).store(8, "r10", slot, "r1");
  return { slot };
}

/** Takes the number of a task in its own PID namespace. */
interface OwnPidWriter {
  read(field: "ns_pid", from: Pointer, path: string): void;
  register(field: "ns_level", register: RegisterOperand): void;
}

/**
 * Writes the level of a task's PID namespace, and its number there, which in the first one is that of its process.
 * @param pid Its `thread_pid`.
 */
export function writeOwnPid(
  builder: ProgramBuilder,
  record: OwnPidWriter,
  task: Pointer,
  pid: Pointer,
): void {
  const written = builder.asm.freshLabel("ns_pid");
  record.read("ns_pid", task, "tgid");
  builder.load("r1", pid, "level", "ns_level");
  record.register("ns_level", "r1");
  builder.asm.jumpIf("r1", "==", 0, written);
  record.read("ns_pid", ownPid(builder, task), "nr");
  builder.asm.label(written);
}

/** The `upid` of a task in its own PID namespace: its number there, and the namespace. */
export function ownPid(builder: ProgramBuilder, task: Pointer): Pointer {
  const pid = builder.address(task, "thread_pid", "pid");
  const level = builder.scalar(pid, "level", "level");
  return builder.element(pid, "numbers", level, "upid");
}
