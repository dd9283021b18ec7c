/**
 * @module The programs that keep records of processes: where one begins, where it executes a program, and where it is gone.
 * They are attached as long as a loaded policy asks for what is recorded.
 */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramSpec } from "../../kernel/attach/index.ts";
import {
  type Pointer,
  type ProgramBuilder,
  TracingProgramBuilder,
  untyped,
} from "../../kernel/program/index.ts";
import { EXECUTED, readPath } from "../compile/argument/file-path.ts";
import { ReadTarget } from "../compile/argument/index.ts";
import {
  capabilityOffset,
  loadCapabilities,
  loadNamespace,
  namespaceOffset,
  PROCESS_MAP,
  PROCESS_RECORD,
  RECORDED_CAPABILITIES,
  RECORDED_NAMESPACES,
} from "../condition/process/index.ts";
import type { ProcessProgramContext } from "./context.ts";
import {
  decideArgumentFacts,
  decidePidFacts,
  decideTextFacts,
  factsOf,
  textLocation,
} from "./decide-facts.ts";
import { clearRecord, copyFacts, copySnapshot, descend, wordsOf } from "./inherit.ts";
import { findRecord, openProcessScratch, PATH_FIELDS, storeRecord, TEXT_REGION } from "./scratch.ts";

/** `PF_KTHREAD` of `<linux/sched.h>`: a thread of the kernel's own. */
const PF_KTHREAD = 0x00200000;

/** The programs, in the order in which they are attached: so of a process whose beginning is seen all that follows is, too. */
export function processPrograms(context: ProcessProgramContext): ProgramSpec<"tp_btf">[] {
  return [freeProgram(context), execProgram(context), forkProgram(context)];
}

/** A process begins: it runs the program of the one that made it. */
function forkProgram(context: ProcessProgramContext): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(context.types, "sched_process_fork");
  const { asm } = b;
  const child = b.argument(1, "task_struct", "child");
  leaveUnlessLeader(b, child);
  b.load("r1", child, "flags");
  b.leaveIf("r1", "&", PF_KTHREAD);
  const tgid = asm.slot("tgid", 4);
  asm.call("get_current_pid_tgid").alu("r0", ">>=", 32).store(4, "r10", tgid, "r0");
  const words = wordsOf(context.facts);
  using scratch = openProcessScratch(b);
  clearRecord(b, scratch);
  findRecord(b, tgid);
  // What is not known of the parent is not known of the child, until the agent finds both.
  b.leaveIf("r0", "==", 0);
  descend(b, scratch, words, "program");
  copyFacts(b, scratch, words, "own", "parent");
  copySnapshot(b, scratch);
  decidePidFacts(b, context, scratch, child, factsOf(context.facts, "pid"));
  b.loadSlot("r1", child);
  asm.store(8, scratch, PROCESS_RECORD.task, "r1");
  b.load("r1", child, "tgid");
  asm.store(4, "r10", tgid, "r1");
  storeRecord(b, scratch, tgid);
  return b.build("tetrad_p_fork");
}

/** A process executes a program: what was true of it is of its line from now on. */
function execProgram(context: ProcessProgramContext): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(context.types, "sched_process_exec");
  const { asm } = b;
  const task = b.argument(0, "task_struct", "executing task");
  const bprm = b.argument(2, "linux_binprm", "bprm");
  const tgid = asm.slot("tgid", 4);
  asm.call("get_current_pid_tgid").alu("r0", ">>=", 32).store(4, "r10", tgid, "r0");
  using scratch = openProcessScratch(b);
  clearRecord(b, scratch);
  takeOver(b, context, scratch, task, tgid);
  b.loadSlot("r1", task);
  asm.store(8, scratch, PROCESS_RECORD.task, "r1");
  if (context.hasSnapshot) takeSnapshot(b, scratch, task);
  decideProgramFacts(b, context, scratch, bprm);
  decideArgumentFacts(b, context, scratch, task, factsOf(context.facts, "command-argument"));
  storeRecord(b, scratch, tgid);
  return b.build("tetrad_p_exec");
}

/**
 * What the process had before it executed a program. One that is not known, as one that the kernel itself has made, begins
 * with what its parent has.
 */
function takeOver(
  b: ProgramBuilder,
  context: ProcessProgramContext,
  scratch: HeldRegister,
  task: Pointer,
  tgid: number,
): void {
  const { asm } = b;
  const words = wordsOf(context.facts);
  const [fresh, orphan, done] = [asm.freshLabel("fresh"), asm.freshLabel("orphan"), asm.freshLabel("begun")];
  findRecord(b, tgid);
  asm.jumpIf("r0", "==", 0, fresh);
  descend(b, scratch, words, "process");
  copyFacts(b, scratch, words, "parent", "parent");
  asm.jump(done).label(fresh);
  const parent = asm.slot("parent tgid", 4);
  b.load("r1", task, "real_parent.tgid");
  asm.store(4, "r10", parent, "r1");
  findRecord(b, parent);
  asm.jumpIf("r0", "==", 0, orphan);
  descend(b, scratch, words, "nothing");
  copyFacts(b, scratch, words, "own", "parent");
  asm.label(orphan);
  decidePidFacts(b, context, scratch, task, factsOf(context.facts, "pid"));
  asm.label(done);
}

/** The path of the program, as events print it. */
function decideProgramFacts(
  b: ProgramBuilder,
  context: ProcessProgramContext,
  scratch: HeldRegister,
  bprm: Pointer,
): void {
  const facts = factsOf(context.facts, "binary");
  if (facts.length === 0) return;
  const { asm } = b;
  const unreadable = asm.freshLabel("unreadable");
  const target = new ReadTarget<{ mode: "u16"; end: "u8" }>({
    builder: b,
    scratch,
    fields: PATH_FIELDS,
    region: TEXT_REGION,
    value: { slot: bprm.slot },
    size: undefined,
    isUserMemory: false,
    sourceSize: undefined,
    failed: unreadable,
  });
  const file = b.follow(untyped(bprm), "file", "executed file");
  readPath(target, b.embedded(file, "f_path"), EXECUTED);
  if (asm.isReached(unreadable)) asm.label(unreadable);
  decideTextFacts(b, context, scratch, textLocation(scratch, { isFromEnd: true }), facts);
}

function takeSnapshot(b: ProgramBuilder, scratch: HeldRegister, task: Pointer): void {
  for (const namespace of RECORDED_NAMESPACES) {
    loadNamespace(b, task, namespace);
    b.asm.store(4, scratch, namespaceOffset(namespace), "r1");
  }
  for (const set of RECORDED_CAPABILITIES) {
    loadCapabilities(b, task, set);
    b.asm.store(8, scratch, capabilityOffset(set), "r1");
  }
}

/**
 * A process is gone. Not where it ends: it closes its files and sockets after that. Another one may have its number by now,
 * whose record stays.
 */
function freeProgram({ types }: ProcessProgramContext): ProgramSpec<"tp_btf"> {
  const b = new TracingProgramBuilder(types, "sched_process_free");
  const { asm } = b;
  const task = b.argument(0, "task_struct", "freed task");
  leaveUnlessLeader(b, task);
  const tgid = asm.slot("tgid", 4);
  const isIts = asm.freshLabel("is_its");
  b.load("r1", task, "tgid");
  asm.store(4, "r10", tgid, "r1");
  findRecord(b, tgid);
  b.leaveIf("r0", "==", 0);
  asm.load(8, "r1", "r0", PROCESS_RECORD.task).jumpIf("r1", "==", 0, isIts);
  b.loadSlot("r2", task);
  b.leaveIf("r1", "!=", "r2");
  asm.label(isIts);
  b.mapDelete(PROCESS_MAP, tgid);
  return b.build("tetrad_p_free");
}

/** Ends the program unless a task is the first one of its process. */
function leaveUnlessLeader(b: ProgramBuilder, task: Pointer): void {
  using tid = b.asm.hold("tid", "r8");
  b.load(tid, task, "pid", "tid");
  b.load("r1", task, "tgid");
  b.leaveIf("r1", "!=", tid);
}
