/** @module A file of policies, checked as far as it can be: its text, the kernel, and whether programs can be made. */

import { checkPolicies } from "../../policy/check/index.ts";
import { type Finding, type PolicyFile, readPolicies } from "../../policy/document/index.ts";
import type { Policy } from "../../policy/policy.ts";
import { asLoaded } from "../../source/sensor/policy/builtin-form.ts";
import { compileForNobody } from "../../source/sensor/policy/dry-run.ts";
import type { RunningKernel } from "../../source/sensor/policy/kernel.ts";
import { type RefusedHook, refusedHook, unseenHook } from "../../source/sensor/policy/refused-hook.ts";
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
  const read = checkPolicies(text, { file, kernel });
  // What another kernel has is not known beyond its types: there, policies are what they say.
  const { policies, open, findings } = kernel.isRunning ? asLoaded(read, file, kernel) : read;
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
  const said = (
    { hook: { section, index, at }, instead: cure }: RefusedHook,
    kind: Finding["kind"],
    found: string,
  ): Finding => {
    const path = section === "loader" ? "spec.loader" : `spec.${section}[${index}]`;
    return { severity: "warning", kind, file, at, path, found, expected: "", cure };
  };
  const refused = refusedHook(policy);
  if (refused !== undefined)
    return [said(refused, "unsupported", `what cannot be loaded here, since ${refused.why}`)];
  const unseen = unseenHook(policy);
  return unseen === undefined ? [] : [said(unseen, "unseen", `what may not be loadable here: ${unseen.why}`)];
}

/** Whether a finding is an error of the document's author. */
export function isMistake({ severity, kind }: Finding): boolean {
  return severity === "error" && kind === "mistake";
}
