/** @module Policies as users write them, on the kernel that runs. */
import { checkPolicies, openKernel } from "../../../../src/policy/check/index.ts";
import { formatFinding } from "../../../../src/policy/document/index.ts";
import type { Policy } from "../../../../src/policy/policy.ts";
import { documentOf } from "../../../policy/document/support.ts";

/** What a `spec` means on this kernel. */
export function policyOf(spec: string, name = "reported"): Policy {
  const kernel = openKernel("", process.arch === "arm64" ? "arm64" : "x64");
  const { policies, findings } = checkPolicies(documentOf(spec, name), { file: "p.yaml", kernel });
  if (policies.length !== 1) throw new Error(findings.map(formatFinding).join("\n"));
  return policies[0]!;
}
