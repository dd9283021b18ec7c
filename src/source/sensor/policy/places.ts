/** @module The places in the kernel that the hooks of a policy are at. */
import { TetradError } from "../../../os/error.ts";
import { type AttachPoint, attachPoints } from "../../../policy/compile/index.ts";
import type { Condition, Hook, Policy } from "../../../policy/policy.ts";
import type { WorkloadSelector } from "../../../policy/workload.ts";
import type { RunningKernel } from "./kernel.ts";
import { withoutKprobes } from "./without-kprobes.ts";

/** A hook of a policy. */
export interface Wanted {
  readonly policy: Policy;
  readonly hook: Hook;
}

/** At one place. */
export interface PlacedHook extends Wanted {
  readonly point: AttachPoint;
}

/** What hooks ask before they act; those of a list ask the same. */
export function conditionsOf(wanted: readonly Wanted[]): Condition[] {
  const selectors = new Set(wanted.map(({ hook }) => hook.selectors));
  return [...selectors].flatMap((each) => each.flatMap(({ conditions }) => conditions));
}

/** The workloads that hooks are for. */
export function workloadsOf(wanted: readonly Wanted[]): WorkloadSelector[] {
  const policies = [...new Set(wanted.map(({ policy }) => policy))];
  const selectors = policies.flatMap(({ hooks }) => hooks.flatMap((hook) => hook.selectors));
  return [...policies, ...selectors].flatMap(({ workload }) => workload ?? []);
}

/** @throws TetradError `unsupported` when the kernel does not have a place that the policy cannot do without. */
export function placesOf(policy: Policy, kernel: RunningKernel): PlacedHook[] {
  refuseWithoutKprobes(policy);
  return policy.hooks.flatMap((hook) => {
    const found = attachPoints(hook, kernel).filter((point) => kernel.has(point));
    if (found.length === 0 && !hook.ignoresMissingCall)
      throw new TetradError(
        "unsupported",
        `Cannot hook ${describeTarget(hook.target)}: this kernel does not have it`,
      );
    return found.map((point) => ({ policy, hook, point }));
  });
}

/** @throws TetradError `unsupported` when the kernel was built without what a hook takes. */
function refuseWithoutKprobes(policy: Policy): void {
  const refused = withoutKprobes(policy);
  if (refused === undefined) return;
  const { hook, why, instead } = refused;
  throw new TetradError("unsupported", `Cannot hook ${describeTarget(hook.target)}: ${why}; ${instead}`);
}

/** What a hook is on, in words. */
function describeTarget(target: Hook["target"]): string {
  if (target.kind === "tracepoint") return `tracepoint "${target.subsystem}/${target.event}"`;
  return `${target.kind === "syscall" ? "system call" : "function"} "${target.name}"`;
}
