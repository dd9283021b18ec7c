/** @module On which nodes a policy is loaded: its `nodeSelector`. */
import { type LabelLookup, matchesSelector } from "../lib/labels/index.ts";
import { TetradError } from "../os/error.ts";
import type { Policy } from "./policy.ts";
import { requirementsOf } from "./workload.ts";

/** What labels begin with that a host has of itself, outside of Kubernetes, too: one that it does not have is known not to be there. */
export const HOST_LABEL_PREFIX = "tetragon.io/";

/**
 * Whether a policy is for this node. What does not hold is enough for a no, whatever is not known beside it.
 * @param label Of this host, by a name with {@link HOST_LABEL_PREFIX}.
 * @throws TetradError `unsupported` where it depends on a label that nobody says.
 */
export function isForNode({ node }: Pick<Policy, "node">, label: LabelLookup): boolean {
  if (node === undefined) return true;
  const requirements = requirementsOf(node);
  const isKnown = ({ key }: { readonly key: string }) => key.startsWith(HOST_LABEL_PREFIX);
  if (!matchesSelector(requirements.filter(isKnown), label)) return false;
  const unknown = requirements.find((each) => !isKnown(each));
  if (unknown === undefined) return true;
  throw new TetradError(
    "unsupported",
    `Cannot decide nodeSelector: nothing tells the agent this node's label ${JSON.stringify(unknown.key)}; select by labels of the host (${HOST_LABEL_PREFIX}arch, os, hostname, internal-ip, kernel-build-id, kernel-major-version, kernel-minor-version), or load the policy on the nodes that it is for`,
  );
}
