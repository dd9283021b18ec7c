/** @module What conditions on the process are compiled with. */
import type { Pointer, ProgramBuilder } from "../../../kernel/program/index.ts";
import type { NamespaceName } from "../../policy.ts";
import type { ConditionContext } from "../context.ts";
import type { ProcessFacts } from "./facts.ts";
import type { WorkloadSelectors } from "./workload-selectors.ts";

/** Inode numbers of the host's namespaces: those of process 1. */
export type HostNamespaces = Readonly<Partial<Record<NamespaceName, number>>>;

/** The program that a condition is in, and what it asks the process about. */
export interface ProcessContext extends ConditionContext {
  readonly builder: ProgramBuilder;
  readonly facts: ProcessFacts;
  readonly workloads: WorkloadSelectors;
  readonly hostNamespaces: HostNamespaces;
  /** Whether programs of this kind may call `bpf_get_current_task_btf` (5.11): what it leads to is read by loads. */
  readonly hasTypedTask: boolean;
  /** What the program has found out already, on all ways to the condition. @default nothing */
  readonly found?: { hasWorkload: boolean };
}

/** The task that runs the program. */
export function currentTask({ builder, hasTypedTask }: ProcessContext): Pointer {
  return builder.currentTask("task of conditions", { isTyped: hasTypedTask });
}
