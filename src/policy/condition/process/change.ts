/** @module `matchNamespaceChanges` and `matchCapabilityChanges`: the task now, and as it was when it executed its program. */
import type { CapabilityCondition, NamespaceChangeCondition, NamespaceName } from "../../policy.ts";
import { decide, goTo, type Outcome } from "../outcome.ts";
import { currentTask, type ProcessContext } from "./context.ts";
import { lookUpProcess } from "./fact.ts";
import { failInHostUser } from "./identity.ts";
import { PROCESS_RECORD, RECORDED_CAPABILITIES, RECORDED_NAMESPACES } from "./record.ts";
import { hasNamespace, loadCapabilities, loadNamespace } from "./task.ts";

/** A condition that looks at what is recorded. */
export type ChangeCondition = NamespaceChangeCondition | CapabilityCondition;

/** A namespace differs. A negated condition is about those that are not named. */
export function lowerNamespaceChange(
  context: ProcessContext,
  condition: NamespaceChangeCondition,
  { held, failed, next }: Outcome,
): void {
  const { asm, builder } = context;
  using record = asm.scopedSlot("process record");
  lookUpProcess(context, failed);
  asm.store(8, "r10", record.offset, "r0");
  const task = currentTask(context);
  for (const namespace of namespacesOf(context, condition)) {
    const same = asm.freshLabel("same");
    loadNamespace(builder, task, namespace);
    // A task that ends has none any more; and what the agent could not read was not recorded.
    asm.jumpIf("r1", "==", 0, same).load(8, "r2", "r10", record.offset);
    asm.load(4, "r2", "r2", namespaceOffset(namespace)).jumpIf("r2", "==", 0, same);
    asm.jumpIf("r1", "!=", "r2", held).label(same);
  }
  goTo(asm, failed, next);
}

/** A capability differs. A negated condition is about those that are not named. */
export function lowerCapabilityChange(
  context: ProcessContext,
  condition: CapabilityCondition,
  outcome: Outcome,
): void {
  const { asm, builder } = context;
  const { set, capabilities, isNegated } = condition;
  using record = asm.scopedSlot("process record");
  failInHostUser(context, condition, outcome.failed);
  lookUpProcess(context, outcome.failed);
  asm.store(8, "r10", record.offset, "r0");
  loadCapabilities(builder, currentTask(context), set);
  asm.load(8, "r2", "r10", record.offset).load(8, "r2", "r2", capabilityOffset(set));
  asm.alu("r1", "^=", "r2").setWide("r2", isNegated ? ~capabilities : capabilities);
  decide(asm, { register: "r1", condition: "&", value: "r2" }, outcome);
}

/** Records what a condition looks at as it is now: to be added where an event tells of the change, so that it tells once. */
export function compileRecording(context: ProcessContext, condition: ChangeCondition): void {
  const { asm, builder } = context;
  using record = asm.scopedSlot("process record");
  const unknown = asm.freshLabel("unknown");
  lookUpProcess(context, unknown);
  asm.store(8, "r10", record.offset, "r0");
  const task = currentTask(context);
  if (condition.kind === "namespace-change") {
    for (const namespace of namespacesOf(context, condition)) {
      loadNamespace(builder, task, namespace);
      asm.load(8, "r2", "r10", record.offset).store(4, "r2", namespaceOffset(namespace), "r1");
    }
  } else {
    loadCapabilities(builder, task, condition.set);
    asm.load(8, "r2", "r10", record.offset).store(8, "r2", capabilityOffset(condition.set), "r1");
  }
  asm.label(unknown);
}

function namespacesOf(
  { builder }: ProcessContext,
  { namespaces, isNegated }: NamespaceChangeCondition,
): NamespaceName[] {
  const isAsked = (namespace: NamespaceName) => namespaces.includes(namespace) !== isNegated;
  return RECORDED_NAMESPACES.filter(
    (namespace) => isAsked(namespace) && hasNamespace(builder.types, namespace),
  );
}

/** Where a namespace's number is in a record. */
export function namespaceOffset(namespace: NamespaceName): number {
  return PROCESS_RECORD.namespaces + RECORDED_NAMESPACES.indexOf(namespace) * 4;
}

/** Where a capability set is in a record. */
export function capabilityOffset(set: CapabilityCondition["set"]): number {
  return PROCESS_RECORD.capabilities + RECORDED_CAPABILITIES.indexOf(set) * 8;
}
