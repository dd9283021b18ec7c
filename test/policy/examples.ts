/**
 * @module Tetragon's example policies, and what is right to say of each. They are another project's and not kept here: a
 * checkout beside this one has them.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

/** Where they are. */
export const EXAMPLES_DIRECTORY =
  process.env.TETRAD_EXAMPLE_POLICIES ?? join(import.meta.dir, "../../../shared/policies");

/** Names of their files, sorted; none where they are not. */
export function exampleFiles(): string[] {
  if (!existsSync(EXAMPLES_DIRECTORY)) return [];
  return [...new Set(new Glob("**/*.{yaml,yml}").scanSync(EXAMPLES_DIRECTORY))].sort();
}

/** Text of one, as it is. */
export function readExample(file: string): string {
  return readFileSync(join(EXAMPLES_DIRECTORY, file), "utf8");
}

/** Text of one, with what its page has the user do first: networks put in, and the namespace that `kubectl apply -n` adds. */
export function readPreparedExample(file: string): string {
  const text = readExample(file)
    .replaceAll(`\${PODCIDR}`, "10.1.0.0/16")
    .replaceAll(`\${SERVICECIDR}`, "10.2.0.0/16");
  const isNamespaced = text.includes("kind: TracingPolicyNamespaced") && !/^\s+namespace:/m.test(text);
  return isNamespaced ? text.replace("metadata:\n", "metadata:\n  namespace: default\n") : text;
}

/** Why an example is not loaded. `series`: on which kernels; on all where there is none. */
export interface Refusal {
  readonly reason: RegExp;
  readonly series?: RegExp;
}

/** What is right to say of an example. */
export interface Expectation {
  /** What is found in the document, as `severity path`; beside what this version cannot load. */
  readonly findings?: readonly string[];
  readonly refused?: Refusal;
}

/** Nothing tells the agent the namespaces and labels of pods yet: loaded without, a policy would be for everything. */
const WORKLOADS = { refused: { reason: /Cannot decide which pods a policy is for/ } };
/** Debian's kernels have no CONFIG_BPF_KPROBE_OVERRIDE. */
const NO_OVERRIDE = { refused: { reason: /CONFIG_BPF_KPROBE_OVERRIDE/ } };
/** The agent makes no requests unless somebody says so. */
const NO_REQUESTS = { findings: ["warning …action"] };
/** Placeholders that a shell is to replace. */
const PLACEHOLDERS = ["error …values[1]", "error …values[2]"];
/** kubectl puts in the namespace, a file has none. */
const NO_NAMESPACE = "error metadata";
/** Names of files as prefixes of paths: they never match. */
const NAMES = Array.from({ length: 10 }, (_, i) => `warning …values[${i + 9}]`);
/** A positive errno is no error to most callers; Sigkill takes none at all. */
const WRONG_ERROR = "warning …argError";

/** The second of two selectors has the action, and no filters: it is done where those of the first do not hold. */
const LOOSE_ACTIONS = ["warning …matchActions"];

/** By file. One that is not here has no finding, and is loaded. */
export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  // A pod stands before the policy, to try it with.
  "other/file-block-kubectl-exec-access.yaml": { findings: ["warning kind"], ...WORKLOADS },
  "policylibrary/egress.yaml": { findings: PLACEHOLDERS },
  "policylibrary/library.yaml": {
    refused: { reason: /needs Linux 5.12|Linux 5.12 or newer/, series: /^5\.10/ },
  },
  "quickstart/file_monitoring.yaml": { findings: NAMES },
  "quickstart/file_monitoring_enforce.yaml": { findings: [NO_NAMESPACE, ...NAMES], ...WORKLOADS },
  "quickstart/network_egress_cluster.yaml": { findings: PLACEHOLDERS },
  "quickstart/network_egress_cluster_enforce.yaml": {
    findings: [NO_NAMESPACE, ...PLACEHOLDERS],
    ...WORKLOADS,
  },
  "tracingpolicy/cves/cve-2023-2640-overlayfs-ubuntu.yaml": {
    findings: [WRONG_ERROR],
    // It has another first argument since 6.8.
    refused: {
      reason: /the prototype is int security_inode_copy_up_xattr\(struct dentry/,
      series: /^6\.12/,
    },
  },
  "tracingpolicy/datagram_518.yaml": { findings: LOOSE_ACTIONS },
  // 6.12 has none, and the copy that 6.1 has takes no kprobe.
  "tracingpolicy/dev_queue_xmit.yaml": {
    refused: {
      reason: /"dev_queue_xmit"(.*write __dev_queue_xmit|: EINVAL)/,
      series: /^6\.(1|12)\./,
    },
  },
  "tracingpolicy/hardlink-override.yaml": NO_OVERRIDE,
  // The function is inlined.
  "tracingpolicy/host-changes/monitor-signed-kernel-modules.yaml": {
    refused: { reason: /"find_module_sections"/ },
  },
  "tracingpolicy/killer.yaml": NO_OVERRIDE,
  "tracingpolicy/loader.yaml": {
    refused: { reason: /needs Linux 5.12|Linux 5.12 or newer/, series: /^5\.10/ },
  },
  "tracingpolicy/lsm_bprm_check.yaml": {
    refused: { reason: /Linux 5\.11/, series: /^5\.10/ },
  },
  "tracingpolicy/open_dnsrequest.yaml": NO_REQUESTS,
  "tracingpolicy/open_geturl.yaml": NO_REQUESTS,
  "tracingpolicy/override-security.yaml": { findings: LOOSE_ACTIONS },
  "tracingpolicy/sandbox/linux-namespaces/kill_unprivileged_user_namespace.yaml": {
    findings: [WRONG_ERROR],
  },
  "tracingpolicy/sandbox/linux-namespaces/kill_unprivileged_user_namespace_in_pid_namespace.yaml": {
    findings: [WRONG_ERROR],
  },
  "tracingpolicy/security-socket-connect-block-others.yaml": { findings: [WRONG_ERROR] },
  // The type of what is returned, but nobody looks at the return.
  "tracingpolicy/security_bprm_check.yaml": { findings: ["warning …returnArg"] },
  // Renamed to sk_skb_reason_drop; 5.10 had none yet.
  "tracingpolicy/stack_traces.yaml": {
    refused: { reason: /"kfree_skb_reason"/, series: /^6\.12|^5\.10/ },
  },
  "tracingpolicy/symlink-override.yaml": NO_OVERRIDE,
  "tracingpolicy/tcp-accept.yaml": { findings: LOOSE_ACTIONS },
  // For kernels before 5.10, where write had three arguments.
  "tracingpolicy/tty_54.yaml": {
    refused: { reason: /the prototype is ssize_t tty_write\(struct kiocb/ },
  },
};
