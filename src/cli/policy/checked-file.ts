/** @module A file of policies, checked as far as it can be: its text, the kernel, and whether programs can be made. */

import { checkPolicies } from "../../policy/check/index.ts";
import { type Finding, type PolicyFile, readPolicies } from "../../policy/document/index.ts";
import type { Policy } from "../../policy/policy.ts";
import { compileForNobody } from "../../source/sensor/policy/dry-run.ts";
import type { RunningKernel } from "../../source/sensor/policy/kernel.ts";
import { refusedHook } from "../../source/sensor/policy/refused-hook.ts";
import type { PolicyText } from "./source.ts";

/** One file, and what was found in it. */
export interface CheckedFile extends PolicyFile {
  readonly file: string;
}

/** Checks a file. @param kernel None: only its text. */
export function checkFile({ file, text }: PolicyText, kernel: RunningKernel | undefined): CheckedFile {
  if (kernel === undefined) {
    const { policies, open, findings } = readPolicies(text, { file });
    return { file, policies, open, findings };
  }
  const { policies, open, findings } = checkPolicies(text, { file, kernel });
  const missing = policies.flatMap((policy) =>
    compileForNobody(policy, kernel).flatMap((run): Finding[] => {
      if (!("problem" in run)) return [];
      const { section, index, at } = run.hook;
      const path = `spec.${section}[${index}]`;
      const found = `what this version of tetrad cannot load: ${run.problem}`;
      return [{ severity: "error", kind: "unsupported", file, at, path, found, expected: "", cure: "" }];
    }),
  );
  const refused = kernel.isRunning ? policies.flatMap((policy) => refusedHere(policy, file)) : [];
  const all = [...findings, ...missing, ...refused];
  all.sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  return { file, policies, open, findings: all };
}

/** What this kernel was built without; the policy may be right for others. */
function refusedHere(policy: Policy, file: string): Finding[] {
  const refused = refusedHook(policy);
  if (refused === undefined) return [];
  const { section, index, at } = refused.hook;
  const path = `spec.${section}[${index}]`;
  const found = `what cannot be loaded here, since ${refused.why}`;
  return [
    { severity: "warning", kind: "unsupported", file, at, path, found, expected: "", cure: refused.instead },
  ];
}

/** Whether a finding is an error of the document's author. */
export function isMistake({ severity, kind }: Finding): boolean {
  return severity === "error" && kind === "mistake";
}
