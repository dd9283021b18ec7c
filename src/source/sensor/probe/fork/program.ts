/** @module The program on `sched_process_fork`: a process begins. */
import type { ProgramSpec } from "../../../../kernel/attach/index.ts";
import { RecordWriter, TracingProgramBuilder } from "../../../../kernel/program/index.ts";
import type { ProgramContext } from "../probe.ts";
import { SENSOR_MAPS } from "../shared/maps.ts";
import { leaveUnlessInScope, writeOwnPid } from "../shared/scope.ts";
import { leaveIfKernelThread } from "../shared/task-flags.ts";
import { forkRecord } from "./record.ts";

/** Assembles the program. It runs in the parent, before the child's first instruction. */
export function forkProgram({ types, scope, kind }: ProgramContext): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "sched_process_fork");
  const child = b.argument(1, "task_struct", "child");

  b.asm.note("a thread, not a process?");
  {
    using tid = b.asm.hold("tid", "r7");
    b.load(tid, child, "pid", "tid");
    using tgid = b.asm.hold("tgid", "r8");
    b.load(tgid, child, "tgid");
    b.leaveIf(tid, "!=", tgid);
  }
  leaveIfKernelThread(b, child);
  leaveUnlessInScope(b, child, scope);

  const parent = b.follow(child, "real_parent.group_leader", "parent");
  const pid = b.follow(child, "thread_pid", "thread_pid");
  const record = RecordWriter.inRing(b, forkRecord, SENSOR_MAPS);
  record.constant("kind", kind);
  record.helper("time", "ktime_get_boot_ns");
  record.read("pid", child, "tgid");
  record.read("start_time", child, "start_boottime");
  record.read("parent_pid", parent, "tgid");
  record.read("parent_start_time", parent, "start_boottime");
  writeOwnPid(b, record, child, pid);
  record.submit();

  return b.build("tetrad_fork");
}
