/** @module Both kinds of policies as resources of an API server. */
import { CLUSTER_KIND, NAMESPACED_KIND } from "../meaning/metadata.ts";

/** Of policies as objects. */
export const POLICY_GROUP = "cilium.io";
/** Of them, too. */
export const POLICY_VERSION = "v1alpha1";

/** A kind of policies. */
export interface PolicyResource {
  readonly kind: string;
  /** In paths of the API. */
  readonly plural: string;
  readonly scope: "Cluster" | "Namespaced";
  readonly singular: string;
  readonly shortName: string;
}

/** Both kinds, by Tetragon's names. */
export const POLICY_RESOURCES: readonly PolicyResource[] = [
  {
    kind: CLUSTER_KIND,
    plural: "tracingpolicies",
    scope: "Cluster",
    singular: "tracingpolicy",
    shortName: "tgtp",
  },
  {
    kind: NAMESPACED_KIND,
    plural: "tracingpoliciesnamespaced",
    scope: "Namespaced",
    singular: "tracingpolicynamespaced",
    shortName: "tgtpn",
  },
];
