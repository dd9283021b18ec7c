/** @module The program on `sched_process_exit`: the last thread of a process ends. */
import type { ProgramSpec } from "../../../../kernel/attach/index.ts";
import { RecordWriter, TracingProgramBuilder } from "../../../../kernel/program/index.ts";
import type { ProgramContext } from "../probe.ts";
import { SENSOR_MAPS } from "../shared/maps.ts";
import { leaveUnlessInScope } from "../shared/scope.ts";
import { leaveIfKernelThread } from "../shared/task-flags.ts";
import { exitRecord } from "./record.ts";

/** Index of `group_dead`, which Linux 6.16 added to the tracepoint. */
const GROUP_DEAD_ARGUMENT = 1;

/** Assembles the program. */
export function exitProgram({ types, scope, kind }: ProgramContext): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "sched_process_exit");
  const task = b.argument(0, "task_struct", "task");

  b.asm.note("not the last thread of its process?");
  if (b.argumentCount > GROUP_DEAD_ARGUMENT) {
    b.loadArgument("r1", GROUP_DEAD_ARGUMENT);
    b.leaveIf("r1", "==", 0);
  } else {
    // Two threads that end at the same time may both find 0 here: the reader drops the second record.
    b.load("r1", task, "signal.live.counter", "live");
    b.leaveIf("r1", "!=", 0);
  }
  leaveIfKernelThread(b, task);
  leaveUnlessInScope(b, task, scope);

  const leader = b.follow(task, "group_leader", "leader");
  const record = RecordWriter.inRing(b, exitRecord, SENSOR_MAPS);
  record.constant("kind", kind);
  record.helper("time", "ktime_get_boot_ns");
  record.read("pid", task, "tgid");
  record.read("start_time", leader, "start_boottime");
  record.read("signal_flags", task, "signal.flags");
  record.read("group_exit_code", task, "signal.group_exit_code");
  record.read("leader_exit_code", leader, "exit_code");
  record.submit();

  return b.build("tetrad_exit");
}
