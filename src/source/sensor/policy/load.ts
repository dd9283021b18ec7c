/** @module Loads what the options ask for. One bad policy does not stop the agent, nor the others, unless that is wanted. */
import { errorMessage } from "../../../os/caught.ts";
import { TetradError } from "../../../os/error.ts";
import { checkPolicies } from "../../../policy/check/index.ts";
import { formatFinding } from "../../../policy/document/index.ts";
import type { Policy } from "../../../policy/policy.ts";
import { readPolicyFiles, type StartPolicies } from "./files.ts";
import type { SensorPolicies } from "./policies.ts";

/**
 * Loads policies of files.
 * @param warn Takes what is wrong with them.
 * @throws TetradError `config` for the first one that cannot be loaded, where all must be.
 */
export function loadPolicyFiles(
  policies: SensorPolicies,
  { isStrict, ...paths }: StartPolicies,
  warn: (message: string) => void,
): void {
  const fail = (message: string): void => {
    if (isStrict) throw new TetradError("config", message);
    warn(message);
  };
  const all: Policy[] = [];
  for (const file of readPolicyFiles(paths)) {
    if ("error" in file) {
      fail(`Cannot read policy "${file.path}": ${file.error}`);
      continue;
    }
    const { policies: found, findings } = checkPolicies(file.text, {
      file: file.path,
      kernel: policies.kernel,
    });
    for (const finding of findings) {
      if (finding.severity === "error") fail(formatFinding(finding));
      else warn(formatFinding(finding));
    }
    all.push(...found);
  }
  policies.expect(all);
  for (const policy of all) load(policies, policy, fail);
  policies.expect([]);
}

function load(policies: SensorPolicies, policy: Policy, fail: (message: string) => void): void {
  try {
    policies.add(policy);
  } catch (error) {
    if (!(error instanceof TetradError)) throw error;
    fail(`Cannot load policy "${policy.name}": ${errorMessage(error)}`);
  }
}
