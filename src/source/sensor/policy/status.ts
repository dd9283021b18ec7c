/** @module What there is to say of a loaded policy: what its hooks are on, how often its selectors held, what was done. */
import type { PlannedSelector, SelectorCount } from "../../../policy/compile/index.ts";
import type { Hook, Policy, PolicyMode } from "../../../policy/policy.ts";
import type { InstalledHook } from "./installed-hook.ts";

/** A selector. */
export interface SelectorStatus {
  readonly label: string;
  /** How often the place was come by, while this policy or another one asked there. */
  readonly asked: number;
  readonly counts: Readonly<Partial<Record<SelectorCount, number>>>;
  /** How often each condition was the first that did not hold, in the order in which they are asked. */
  readonly failed: readonly number[];
}

/** A hook, at one place. */
export interface HookStatus {
  readonly hook: Hook;
  /** The function's symbol, or the tracepoint. */
  readonly name: string;
  /** Calls at which the kernel left the program out; 0 where the agent may not look. */
  readonly misses: number;
  readonly selectors: readonly SelectorStatus[];
}

/** A policy. */
export interface PolicyStatus {
  readonly policy: Policy;
  readonly mode: PolicyMode;
  readonly isEnabled: boolean;
  readonly hooks: readonly HookStatus[];
}

/** What is counted for the hooks of a policy. */
export function hookStatuses(policy: Policy, installed: Iterable<InstalledHook>): HookStatus[] {
  return [...installed].flatMap((hook) => {
    const { plan, point } = hook.compiled;
    return plan.entries
      .filter(({ entry }) => entry.policy === policy)
      .map(({ entry, selectors }) => ({
        hook: entry.hook,
        misses: hook.misses,
        name: point.subsystem === "" ? point.name : `${point.subsystem}/${point.name}`,
        selectors: selectors.map((selector, index) =>
          selectorStatus(hook, selector, entry.hook.selectors[index]?.label ?? ""),
        ),
      }));
  });
}

function selectorStatus(hook: InstalledHook, selector: PlannedSelector, label: string): SelectorStatus {
  const { counts, cheap, others } = selector;
  return {
    label,
    asked: hook.count(hook.compiled.plan.asked),
    counts: Object.fromEntries([...counts].map(([name, counter]) => [name, hook.count(counter)])),
    failed: [...cheap, ...others].map(({ counter }) => hook.count(counter)),
  };
}
