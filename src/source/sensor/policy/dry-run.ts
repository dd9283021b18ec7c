/** @module Programs of a policy that nobody loads: whether they can be made, and what they look like. */
import type { Assembly } from "../../../kernel/asm/index.ts";
import { errorMessage } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import {
  type AttachPoint,
  attachPoints,
  type CompileSettings,
  compileHook,
} from "../../../policy/compile/index.ts";
import {
  type HostNamespaces,
  ProcessFacts,
  WorkloadSelectors,
} from "../../../policy/condition/process/index.ts";
import type { Hook, NamespaceName, Policy } from "../../../policy/policy.ts";
import { POLICY_RECORD, SENSOR_MAPS } from "../probe/index.ts";
import { hostNamespaces } from "./host-namespaces.ts";
import type { RunningKernel } from "./kernel.ts";

/** A program, or why there is none. */
export type DryRun = { readonly hook: Hook } & (
  | { readonly point: AttachPoint; readonly name: string; readonly assembly: Assembly }
  | { readonly problem: string }
);

/** Makes the programs of all hooks, each as if no other policy were there. What cannot be made is said. */
export function compileForNobody(policy: Policy, kernel: RunningKernel): DryRun[] {
  return policy.hooks.flatMap((hook, index) => compileOne(policy, hook, index, kernel));
}

function settingsOf(kernel: RunningKernel): CompileSettings {
  return {
    kernel,
    kind: POLICY_RECORD,
    ring: SENSOR_MAPS,
    process: {
      facts: new ProcessFacts(),
      workloads: new WorkloadSelectors({ knowsPods: false }),
      hostNamespaces: anyNamespaces(),
      hasTypedTask: true,
    },
    // What this kernel allows takes rights to find out.
    hasOverrideReturn: true,
    hasTaskRegisters: true,
    leaveUnlessInScope: () => {},
  };
}

/** Those that nobody without rights may see are 0: programs that are only looked at do as well with it. */
function anyNamespaces(): HostNamespaces {
  const names: readonly NamespaceName[] = [
    ...(["Uts", "Ipc", "Mnt", "Pid", "PidForChildren"] as const),
    ...(["Net", "Time", "TimeForChildren", "Cgroup", "User"] as const),
  ];
  return { ...Object.fromEntries(names.map((name) => [name, 0])), ...hostNamespaces("/proc") };
}

function compileOne(policy: Policy, hook: Hook, index: number, kernel: RunningKernel): DryRun[] {
  try {
    const points = attachPoints(hook, kernel).filter((point) => kernel.has(point));
    return points.flatMap((point) => {
      const settings = settingsOf(kernel);
      const { entry, exit, override } = compileHook(
        [point],
        [{ policy, hook, hooks: [hook], position: 0 }],
        index + 1,
        settings,
      );
      const programs = [entry, exit, override].filter((program) => program !== undefined);
      return programs.map(({ name, assembly }) => ({ hook, point, name, assembly }));
    });
  } catch (error) {
    if (!(error instanceof TetradError)) throw error;
    return [{ hook, problem: errorMessage(error) }];
  }
}
