/** @module The places in the kernel that the hooks of a policy are at. */
import { TetradError } from "../../../os/error.ts";
import { type AttachPoint, attachPoints } from "../../../policy/compile/index.ts";
import type { Condition, Hook, Policy } from "../../../policy/policy.ts";
import { isInContainers, userTargetText } from "../../../policy/user-target.ts";
import type { WorkloadSelector } from "../../../policy/workload.ts";
import type { RunningKernel } from "./kernel.ts";
import { refusedHook } from "./refused-hook.ts";

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
  refuseHere(policy);
  return policy.hooks.flatMap((hook) => {
    const found = attachPoints(hook, kernel).filter((point) => kernel.has(point));
    if (found.length === 0 && !hook.ignoresMissingCall && !isInContainers(hook))
      throw new TetradError(
        "unsupported",
        `Cannot hook ${describeTarget(hook.target)}: this kernel does not have it`,
      );
    return found.map((point) => ({ policy, hook, point }));
  });
}

/** @throws TetradError `unsupported` when the kernel was built or started without what a hook takes. */
function refuseHere(policy: Policy): void {
  const refused = refusedHook(policy);
  if (refused === undefined) return;
  const { hook, why, instead } = refused;
  throw new TetradError("unsupported", `Cannot hook ${describeTarget(hook.target)}: ${why}; ${instead}`);
}

const WORDS: Readonly<Record<Hook["target"]["kind"], string>> = {
  function: "function",
  syscall: "system call",
  tracepoint: "tracepoint",
  lsm: "LSM hook",
  uprobe: "function",
  usdt: "static tracepoint",
};

/** What a hook is on, in words. */
function describeTarget(target: Hook["target"]): string {
  return `${WORDS[target.kind]} "${targetName(target)}"`;
}

/** What a hook is on, as policies have it. */
export function targetName(target: Hook["target"]): string {
  switch (target.kind) {
    case "tracepoint":
      return `${target.subsystem}/${target.event}`;
    case "uprobe":
    case "usdt":
      return userTargetText(target);
    default:
      return target.name;
  }
}
