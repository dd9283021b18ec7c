/** @module What programs of policies are compiled with: what this kernel has, and where their records go. */
import { version } from "node:os";
import { haveFeature, haveHelper } from "../../../kernel/feature/index.ts";
import type { ProgramBuilder } from "../../../kernel/program/index.ts";
import type { CompileSettings } from "../../../policy/compile/index.ts";
import { POLICY_RECORD, SENSOR_MAPS } from "../probe/index.ts";
import { leaveUnlessInScope, type Scope } from "../probe/shared/scope.ts";
import { hostNamespaces } from "./host-namespaces.ts";
import type { RunningKernel } from "./kernel.ts";
import { ownProcess } from "./own-process.ts";

/** What differs from one change to the next. */
interface Given {
  readonly process: Pick<CompileSettings["process"], "facts" | "workloads">;
  readonly scope: Scope | undefined;
  /** Whether programs go on when the agent has ended. */
  readonly outlivesScope: boolean;
  /** @default "/proc" */
  readonly procfs: string | undefined;
}

/**
 * Whether the kernel takes the processor from what runs in it, or can be told to while it runs, and has the instruction that such programs
 * take memory with. It says the first where it says its version: `#1 SMP PREEMPT_DYNAMIC Debian`.
 */
export function isPreemptive(): boolean {
  return / PREEMPT/.test(version()) && haveFeature("atomic exchange").answer === "yes";
}

/** For the running kernel. */
export function compileSettings(
  kernel: RunningKernel,
  { process, scope, outlivesScope, procfs = "/proc" }: Given,
): CompileSettings {
  return {
    kernel,
    kind: POLICY_RECORD,
    ring: SENSOR_MAPS,
    process: {
      ...process,
      hostNamespaces: hostNamespaces(procfs),
      hasTypedTask: haveHelper("kprobe", "get_current_task_btf").answer === "yes",
    },
    hasOverrideReturn: haveHelper("kprobe", "override_return").answer === "yes",
    canWriteUser: () => haveHelper("kprobe", "probe_write_user").answer === "yes",
    isPreemptive: isPreemptive(),
    hasSleepableUprobe: haveFeature("sleepable uprobe").answer === "yes",
    hasTaskRegisters: haveHelper("kprobe", "task_pt_regs").answer === "yes",
    agent: ownProcess(),
    leaveUnlessInScope(b: ProgramBuilder) {
      if (scope !== undefined) leaveUnlessInScope(b, b.currentTask("task"), scope, { outlivesScope });
    },
  };
}
