/** @module The functions of enforcers against a kernel: whether they are there, and can be overridden. */
import { type Findings, quote } from "../document/finding.ts";
import { notifiesErrors } from "../notified.ts";
import type { Policy } from "../policy.ts";
import type { Kernel } from "./kernel.ts";

/** Checks all of a policy; what is wrong with them is said. */
export function checkEnforcers(policy: Policy, kernel: Kernel, findings: Findings): void {
  const { enforcers = [], options } = policy;
  const overrides = notifiesErrors(policy);
  for (const { at, path, target } of enforcers) {
    if (findings.isFull) return;
    const isCall = target.kind === "syscall";
    const ways = isCall ? kernel.systemCallFunctions(target) : [[target.name]];
    for (const names of ways) {
      if (names.some((name) => kernel.function(name) !== undefined)) continue;
      findings.add({
        severity: isCall && !kernel.isRunning ? "warning" : "error",
        at,
        path,
        found: quote(isCall ? `sys_${target.name}` : target.name),
        expected: `a function of this kernel: it has no ${names.join(" and no ")}`,
      });
    }
    if (!isCall || !overrides || options.overrideMethod === "fmod_ret" || kernel.canOverride !== false)
      continue;
    findings.add({
      severity: "error",
      at,
      path,
      found: `the enforcer of sys_${target.name}`,
      expected:
        "a kernel that is built to override system calls: this one is without CONFIG_BPF_KPROBE_OVERRIDE",
      cure: "enforce at a security_ function that the call asks, or notify with argSig alone",
    });
    return;
  }
}
