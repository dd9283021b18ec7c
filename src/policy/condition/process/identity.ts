/** @module `matchPIDs`, `matchNamespaces` and `matchCapabilities`: what the task itself says, now. */
import { TetradError } from "../../../os/error.ts";
import type { CapabilityCondition, NamespaceCondition, NamespaceName, PidCondition } from "../../policy.ts";
import { numberKind } from "../operator/integer.ts";
import { decide, type Outcome } from "../outcome.ts";
import { normalRanges, searchRanges } from "../range-set.ts";
import { currentTask, type ProcessContext } from "./context.ts";
import { loadCapabilities, loadNamespace, loadNamespacePid } from "./task.ts";

/** The process's number is one of some. */
export function lowerPid(
  context: ProcessContext,
  { pids, isNamespacePid }: PidCondition,
  outcome: Outcome,
): void {
  const { asm, builder } = context;
  if (isNamespacePid) loadNamespacePid(builder, currentTask(context));
  else asm.call("get_current_pid_tgid").set("r1", "r0").alu("r1", ">>=", 32);
  isOneOf(context, pids, outcome);
}

/** The task's namespace is one of some. @throws TetradError `unsupported` when the host's is not known. */
export function lowerNamespace(
  context: ProcessContext,
  { namespace, values }: NamespaceCondition,
  outcome: Outcome,
): void {
  loadNamespace(context.builder, currentTask(context), namespace);
  const numbers = values.map((value) => (value === "host" ? hostNamespace(context, namespace) : value));
  isOneOf(context, numbers, outcome);
}

/** The task has one of some capabilities. @throws TetradError `unsupported` when the host's user namespace is not known. */
export function lowerCapability(
  context: ProcessContext,
  condition: CapabilityCondition,
  outcome: Outcome,
  failed: string,
): void {
  const { asm, builder } = context;
  failInHostUser(context, condition, failed);
  loadCapabilities(builder, currentTask(context), condition.set);
  asm.setWide("r2", condition.capabilities);
  decide(asm, { register: "r1", condition: "&", value: "r2" }, outcome);
}

/** Of a condition that is for tasks outside of the host's user namespace only: goes to `failed` for others. */
export function failInHostUser(
  context: ProcessContext,
  { isNamespaceCapability }: CapabilityCondition,
  failed: string,
): void {
  if (!isNamespaceCapability) return;
  loadNamespace(context.builder, currentTask(context), "User");
  context.asm.jumpIf32("r1", "==", hostNamespace(context, "User") | 0, failed);
}

/** Holds when `r1` is one of some numbers. */
function isOneOf(context: ProcessContext, numbers: readonly number[], outcome: Outcome): void {
  const kind = numberKind(4, false);
  const ranges = numbers.map((number) => ({ first: BigInt(number), last: BigInt(number) }));
  searchRanges(context, { register: "r1", kind, ranges: normalRanges(ranges, kind) }, outcome);
}

function hostNamespace({ hostNamespaces }: ProcessContext, namespace: NamespaceName): number {
  const number = hostNamespaces[namespace];
  if (number === undefined)
    throw new TetradError("unsupported", `Cannot find out the host's namespace "${namespace}"`);
  return number;
}
