/** @module On which nodes a policy is loaded: its `nodeSelector`. */
import { type LabelLookup, matchesSelector } from "../lib/labels/index.ts";
import { TetradError } from "../os/error.ts";
import type { Policy } from "./policy.ts";
import { requirementsOf } from "./workload.ts";

/** What labels begin with that a host has of itself, outside of Kubernetes, too: one that it does not have is known not to be there. */
export const HOST_LABEL_PREFIX = "tetragon.io/";

/**
 * Whether a policy is for this node. What does not hold is enough for a no, whatever is not known beside it.
 * @param host Labels of this host, by names with {@link HOST_LABEL_PREFIX}.
 * @param cluster Those that the API server says of this node. @default nobody says them
 * @throws TetradError `unsupported` where it depends on a label that nobody says.
 */
export function isForNode(
  { node }: Pick<Policy, "node">,
  host: LabelLookup,
  cluster?: Readonly<Record<string, string>>,
): boolean {
  if (node === undefined) return true;
  const requirements = requirementsOf(node);
  const isOfHost = (key: string) => key.startsWith(HOST_LABEL_PREFIX);
  const isKnown = ({ key }: { readonly key: string }) => isOfHost(key) || cluster !== undefined;
  const label = (key: string) => (isOfHost(key) ? host(key) : ownValue(cluster, key));
  if (!matchesSelector(requirements.filter(isKnown), label)) return false;
  const unknown = requirements.find((each) => !isKnown(each));
  if (unknown === undefined) return true;
  throw new TetradError(
    "unsupported",
    `Cannot decide nodeSelector: nothing tells the agent this node's label ${JSON.stringify(unknown.key)}; select by labels of the host (${HOST_LABEL_PREFIX}arch, os, hostname, internal-ip, kernel-build-id, kernel-major-version, kernel-minor-version), load the policy on the nodes that it is for, or ask the API server (--enable-k8s-api)`,
  );
}

function ownValue(labels: Readonly<Record<string, string>> = {}, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
