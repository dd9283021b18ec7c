/** @module What tasks say of themselves: namespaces, capabilities, their number in their own PID namespace. */
import type { TypeSource } from "../../../kernel/btf/index.ts";
import type { Pointer, ProgramBuilder } from "../../../kernel/program/index.ts";
import type { CapabilityCondition, NamespaceName } from "../../policy.ts";

/** Members of a task that lead to the inode numbers of its namespaces. Of its PID namespace there is none. */
const NAMESPACE_PATHS = {
  Uts: "nsproxy.uts_ns.ns.inum",
  Ipc: "nsproxy.ipc_ns.ns.inum",
  Mnt: "nsproxy.mnt_ns.ns.inum",
  PidForChildren: "nsproxy.pid_ns_for_children.ns.inum",
  Net: "nsproxy.net_ns.ns.inum",
  Time: "nsproxy.time_ns.ns.inum",
  TimeForChildren: "nsproxy.time_ns_for_children.ns.inum",
  Cgroup: "nsproxy.cgroup_ns.ns.inum",
  User: "cred.user_ns.ns.inum",
} as const satisfies Record<Exclude<NamespaceName, "Pid">, string>;

const CAPABILITY_PATHS = {
  effective: "cred.cap_effective",
  inheritable: "cred.cap_inheritable",
  permitted: "cred.cap_permitted",
} as const satisfies Record<CapabilityCondition["set"], string>;

/** Whether the kernel has such namespaces: those for time came with 5.6. */
export function hasNamespace(types: TypeSource, namespace: NamespaceName): boolean {
  return !namespace.startsWith("Time") || types.has("nsproxy", "time_ns");
}

/** `r1` = inode number of a task's namespace; 0 where it has none, as one that ends. */
export function loadNamespace(b: ProgramBuilder, task: Pointer, namespace: NamespaceName): void {
  if (namespace === "Pid") b.load("r1", ownNumber(b, task), "ns.ns.inum", "PID namespace");
  else if (hasNamespace(b.types, namespace)) b.load("r1", task, NAMESPACE_PATHS[namespace], namespace);
  else b.asm.set("r1", 0);
}

/** `r1` = a capability set of a task. */
export function loadCapabilities(b: ProgramBuilder, task: Pointer, set: CapabilityCondition["set"]): void {
  b.load("r1", task, CAPABILITY_PATHS[set], `${set} capabilities`);
}

/** `r1` = the number that a task's process has in its own PID namespace; 0 in the host's. */
export function loadNamespacePid(b: ProgramBuilder, task: Pointer): void {
  const { asm } = b;
  const found = asm.freshLabel("ns_pid");
  const leader = b.address(task, "group_leader", "leader of conditions");
  const number = ownNumber(b, leader);
  asm.note("in the host's PID namespace?").load(8, "r1", "r10", levelSlot(b));
  asm.jumpIf("r1", "==", 0, found);
  b.load("r1", number, "nr", "ns_pid");
  asm.label(found);
}

const LEVEL = Symbol("level of conditions");

function levelSlot(b: ProgramBuilder): number {
  return b.asm.slot(LEVEL);
}

/** The `upid` of a task in its own PID namespace. */
function ownNumber(b: ProgramBuilder, task: Pointer): Pointer {
  const pid = b.address(task, "thread_pid", "pid of conditions");
  return b.element(pid, "numbers", b.scalar(pid, "level", LEVEL), "upid of conditions");
}
