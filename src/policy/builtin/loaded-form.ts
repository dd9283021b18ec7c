/** @module Policies that come with the agent, in the form that a kernel loads. */
import type { FeatureAnswer } from "../../kernel/feature/index.ts";
import type { Kernel } from "../check/index.ts";
import type { Finding, PolicyFile } from "../document/index.ts";
import type { Policy } from "../policy.ts";
import { HASHES } from "./extras.ts";
import { withHashes, withLsmHooks } from "./lsm-form.ts";

/** Of policies. */
interface LoadedForm {
  readonly policies: readonly Policy[];
  /** Why some of them cannot have what was asked for: they are not among the policies. */
  readonly findings: readonly Finding[];
}

/**
 * What becomes of the policies of a text that comes with the agent.
 * @param lsm Whether BPF is among the kernel's security modules.
 */
export function loadedForm(
  { policies }: Pick<PolicyFile, "policies">,
  {
    file,
    kernel,
    lsm,
    hashes,
  }: {
    readonly file: string;
    readonly kernel: Kernel;
    readonly lsm: FeatureAnswer["answer"];
    /** Whether events are to have digests of files. */
    readonly hashes: boolean;
  },
): LoadedForm {
  const moved = lsm === "yes" ? policies.map((policy) => withLsmHooks(policy, kernel)) : policies;
  if (!hashes) return { policies: moved, findings: [] };
  const findings: Finding[] = [];
  const hashed = moved.flatMap((policy) => {
    const found = withHashes(policy);
    if (found === undefined) findings.push(withoutHashes(policy, file, lsm));
    return found ?? [];
  });
  return { policies: hashed, findings };
}

function withoutHashes({ hooks }: Policy, file: string, lsm: FeatureAnswer["answer"]): Finding {
  const at = hooks[0]?.at ?? { line: 1, column: 1 };
  const found = `+${HASHES}`;
  const finding = { severity: "error", kind: "unsupported", file, at, path: "spec", found } as const;
  if (lsm === "yes")
    return {
      ...finding,
      kind: "mistake",
      expected: "a policy with a hook that is given a file which can be hashed: this one has none",
      cure: "leave it out, or leave out the stack traces, which hooks that hash files cannot have",
    };
  return {
    ...finding,
    expected:
      lsm === "no"
        ? "a kernel with BPF among its security modules: only their hooks can have files hashed"
        : "a kernel that shows whether BPF is among its security modules: only their hooks can have files hashed",
    cure:
      lsm === "no"
        ? "start it with lsm=...,bpf, or leave it out"
        : "tetrad doctor says why it cannot be seen here (BPF LSM); or leave it out",
  };
}
