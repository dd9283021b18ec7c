/** @module The program on `cgroup_attach_task`: a process was moved into a cgroup. */
import type { ProgramSpec } from "../../../../kernel/attach/index.ts";
import { RecordWriter, TracingProgramBuilder } from "../../../../kernel/program/index.ts";
import type { ProgramContext } from "../probe.ts";
import { SENSOR_MAPS } from "../shared/maps.ts";
import { leaveUnlessInCgroup } from "../shared/scope.ts";
import { moveRecord } from "./record.ts";

/** Index of the task; the first argument is the cgroup. */
const TASK_ARGUMENT = 2;
/** Number of the v2 hierarchy. */
const DEFAULT_HIERARCHY = 0;

/** Assembles the program. It runs in the process that moves the other one. */
export function moveProgram({ types, kind }: ProgramContext): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "cgroup_attach_task");
  const cgroup = b.argument(0, "cgroup", "cgroup");
  const task = b.argument(TASK_ARGUMENT, "task_struct", "task");
  b.asm.note("a v1 hierarchy, whose cgroups have numbers of their own?");
  b.load("r1", cgroup, "root.hierarchy_id", "hierarchy");
  b.leaveIf("r1", "!=", DEFAULT_HIERARCHY);
  leaveUnlessInCgroup(b, b.follow(cgroup, "kn", "cgroup node"));

  const leader = b.follow(task, "group_leader", "leader");
  const record = RecordWriter.inRing(b, moveRecord, SENSOR_MAPS);
  record.constant("kind", kind);
  record.read("pid", task, "tgid");
  record.read("start_time", leader, "start_boottime");
  record.submit();

  return b.build("tetrad_move");
}
