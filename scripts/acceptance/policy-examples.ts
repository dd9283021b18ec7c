/** @module Tetragon's own example policies: each is read without a finding, or with exactly those that are right. */
import { formatFinding, readPolicies } from "../../src/policy/document/index.ts";
import { EXAMPLES_DIRECTORY, exampleFiles, readExample } from "../../test/policy/examples.ts";
import { type Acceptance, timed } from "./acceptance.ts";

/** Sections and actions that are read and checked, but not loaded by this version. */
const LATER = /^unsupported /;

/** What is found in them beside, as `severity path`, and why that is right. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  // A pod stands before the policy, to try it with.
  "other/file-block-kubectl-exec-access.yaml": ["warning kind"],
  // Placeholders that a shell is to replace.
  "policylibrary/egress.yaml": ["error …values[1]", "error …values[2]"],
  "quickstart/network_egress_cluster.yaml": ["error …values[1]", "error …values[2]"],
  // kubectl puts in the namespace, a file has none.
  "quickstart/network_egress_cluster_enforce.yaml": [
    "error metadata",
    "error …values[1]",
    "error …values[2]",
  ],
  // Names of files as prefixes of paths: they never match.
  "quickstart/file_monitoring.yaml": Array.from({ length: 10 }, (_, i) => `warning …values[${i + 9}]`),
  "quickstart/file_monitoring_enforce.yaml": [
    "error metadata",
    ...Array.from({ length: 10 }, (_, i) => `warning …values[${i + 9}]`),
  ],
  // A positive errno is no error to most callers.
  "tracingpolicy/cves/cve-2023-2640-overlayfs-ubuntu.yaml": ["warning …argError"],
  "tracingpolicy/security-socket-connect-block-others.yaml": ["warning …argError"],
  // An error that Sigkill does not take.
  "tracingpolicy/sandbox/linux-namespaces/kill_unprivileged_user_namespace.yaml": ["warning …argError"],
  "tracingpolicy/sandbox/linux-namespaces/kill_unprivileged_user_namespace_in_pid_namespace.yaml": [
    "warning …argError",
  ],
  // The type of what is returned, but nobody looks at the return.
  "tracingpolicy/security_bprm_check.yaml": ["warning …returnArg"],
};

export const policyExamples: Acceptance = {
  name: "policy-examples",
  summary: "Tetragon's example policies are read as they should be",
  description: `Reads the policies in ../shared/policies, or where TETRAD_EXAMPLE_POLICIES says, and holds what is found in them to a list.`,
  async run(say) {
    return [
      await timed("examples", say, async () => {
        const files = exampleFiles();
        if (files.length === 0) {
          say(`SKIPPED: there are no policies in ${EXAMPLES_DIRECTORY}`);
          return { passed: 0, failed: 0, skipped: 1 };
        }
        const failed = files.filter((file) => !isAsExpected(file, say));
        return { passed: files.length - failed.length, failed: failed.length, skipped: 0 };
      }),
    ];
  },
};

function isAsExpected(file: string, say: (text: string) => void): boolean {
  const { policies, open, findings } = readPolicies(readExample(file), { file });
  const found = findings.map(({ severity, kind, path }) => {
    const last = path.split(".").at(-1)!;
    return `${kind === "unsupported" ? kind : severity} ${last === path ? path : `…${last}`}`;
  });
  const others = found.filter((each) => !LATER.test(each));
  const isRight = Bun.deepEquals(others, [...(EXPECTED[file] ?? [])]);
  const isWhole = policies.length + open.length > 0 || findings.some(({ severity }) => severity === "error");
  if (isRight && isWhole) return true;
  say(`${file}: found\n${findings.map((finding) => `  ${formatFinding(finding)}`).join("\n")}`);
  return false;
}
