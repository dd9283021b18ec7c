/** @module Every condition on the process, and what it becomes. */
import type { BinaryCondition, Condition, ValueCondition } from "../../policy.ts";
import type { Outcome } from "../outcome.ts";
import { lowerCapabilityChange, lowerNamespaceChange } from "./change.ts";
import type { ProcessContext } from "./context.ts";
import { askFact, type FactHolder } from "./fact.ts";
import { factOf } from "./facts.ts";
import { lowerCapability, lowerNamespace, lowerPid } from "./identity.ts";
import { lowerWorkload, type WorkloadCondition } from "./workload.ts";

/** A condition on the process that runs. */
export type ProcessCondition = Exclude<Condition, ValueCondition>;

/** The same, and which workload it belongs to. */
export type TaskCondition = ProcessCondition | WorkloadCondition;

/** What decides a kind of conditions. `failed`: where the program goes on for a process that the condition is not about. */
type ProcessLowering<C> = (context: ProcessContext, condition: C, outcome: Outcome, failed: string) => void;

/** The lowering of each kind. */
const LOWERINGS: {
  readonly [K in TaskCondition["kind"]]: ProcessLowering<
    Extract<TaskCondition, { readonly kind: K }> & { readonly kind: K }
  >;
} = {
  binary: (context, condition, outcome) => {
    askFact(context, factOf(condition)!, holdersOf(condition), outcome);
  },
  "command-argument": (context, condition, outcome) => {
    askFact(context, factOf(condition)!, ["own"], outcome);
  },
  pid: (context, condition, outcome) => {
    const fact = factOf(condition);
    if (fact === undefined) lowerPid(context, condition, outcome);
    else askFact(context, fact, ["own", "line"], outcome);
  },
  namespace: lowerNamespace,
  "namespace-change": lowerNamespaceChange,
  workload: lowerWorkload,
  capability: lowerCapability,
  "capability-change": lowerCapabilityChange,
};

/**
 * Adds the code that decides whether the process that runs is what a condition says: it goes on behind that code when it
 * is, and at `failed` when it is not. Uses `r0` to `r5`, and slots of its own. What is not known of a process, as of the
 * kernel's own threads, counts as false: negated conditions hold then.
 * @throws TetradError `unsupported` when there are too many facts, or the host's namespaces are not known.
 */
export function compileProcessCondition(
  context: ProcessContext,
  condition: TaskCondition,
  failed: string,
): void {
  const { asm } = context;
  const next = asm.freshLabel("holds");
  const isNegative = isNegated(condition);
  const outcome = isNegative ? { held: failed, failed: next, next } : { held: next, failed, next };
  const lower = LOWERINGS[condition.kind] as ProcessLowering<TaskCondition>;
  asm.note(`${isNegative ? "not " : ""}${condition.kind}`);
  lower(context, condition, outcome, failed);
  asm.label(next);
}

/** Whether it holds where its positive form does not. A change is negated by what it names, not by what it finds. */
function isNegated(condition: TaskCondition): boolean {
  if (condition.kind === "namespace-change" || condition.kind === "capability-change") return false;
  return "operand" in condition ? condition.operand.isNegated : condition.isNegated;
}

function holdersOf({ of, followsChildren }: BinaryCondition): FactHolder[] {
  if (of === "ancestor") return ["line"];
  const own = of === "process" ? "own" : "parent";
  return followsChildren ? [own, "line"] : [own];
}
