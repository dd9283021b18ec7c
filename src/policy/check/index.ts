/**
 * @module Policies against a kernel: functions that are there, arguments that are what the policy says, ways through its
 * types. Nothing is loaded, and no rights are needed.
 *
 * ```ts
 * const { policies, findings } = checkPolicies(text, { file, kernel });
 * ```
 */
import { type Finding, Findings } from "../document/finding.ts";
import { type PolicyFile, readPolicies } from "../document/index.ts";
import { lsmFunction } from "../lsm-function.ts";
import type { Policy } from "../policy.ts";
import { checkEnforcers } from "./enforcer.ts";
import { HookFindings } from "./findings.ts";
import { checkHook } from "./hook.ts";
import type { Kernel } from "./kernel.ts";

export { Kernel } from "./kernel.ts";
export { openKernel } from "./open-kernel.ts";
export { untraceableParameter } from "./trampoline.ts";
export { UserFiles } from "./user-files.ts";

/**
 * Reads all policies of a file and holds them to a kernel. Those with errors are not among the policies; what the kernel says
 * of them is found all the same, so that their authors hear everything at once.
 */
export function checkPolicies(
  text: string,
  {
    file,
    kernel,
    isForHere = () => true,
    makesRequests = false,
  }: {
    readonly file: string;
    readonly kernel: Kernel;
    /** Whether a policy is for this kernel: what others ask of theirs cannot be said. @default all are */
    readonly isForHere?: (policy: Policy) => boolean;
    /** Whether the agent does what `GetUrl` and `DnsLookup` ask for. @default false */
    readonly makesRequests?: boolean;
  },
): PolicyFile {
  const { policies, refused, open, findings } = readPolicies(text, {
    file,
    kernel,
    machine: kernel.machine,
    makesRequests,
  });
  const all: Finding[] = [...findings];
  kernel.prefetch(functionsOf([...policies, ...refused], kernel));
  for (const policy of refused.filter(isForHere)) all.push(...checkPolicy(policy, kernel, file));
  const right = policies.filter((policy) => {
    if (!isForHere(policy)) return true;
    const found = checkPolicy(policy, kernel, file);
    all.push(...found);
    return !found.some(({ severity }) => severity === "error");
  });
  all.sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  return { policies: right, open, findings: all };
}

/** What is wrong with a policy on that kernel, in the order of the text. */
export function checkPolicy(policy: Policy, kernel: Kernel, file: string): Finding[] {
  const findings = new Findings(file);
  for (const hook of policy.hooks) {
    if (findings.isFull) break;
    checkHook(hook, kernel, new HookFindings(findings, hook));
  }
  checkEnforcers(policy, kernel, findings);
  return findings.sorted();
}

/** Functions that hooks are on. */
function functionsOf(policies: readonly Policy[], kernel: Kernel): string[] {
  return policies.flatMap(({ hooks, enforcers = [] }) =>
    [...hooks, ...enforcers].flatMap(({ target }) => {
      if (target.kind === "function") return [target.name];
      if (target.kind === "lsm") return [lsmFunction(target.name)];
      return target.kind === "syscall" ? kernel.systemCallFunctions(target).flat() : [];
    }),
  );
}
