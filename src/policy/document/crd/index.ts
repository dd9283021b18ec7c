/**
 * @module The custom resource definitions of both kinds of policies, for an API server of Kubernetes: names are Tetragon's, what may
 * be written is derived from what the reader goes by, so that `kubectl apply` refuses what the agents would refuse.
 */
import { CLUSTER_KIND, NAMESPACED_KIND } from "../meaning/metadata.ts";
import { policySpecSchema } from "./structural-schema.ts";

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

/** The definition of a kind, as an object of `apiextensions.k8s.io/v1`. */
export function policyDefinition({ kind, plural, scope, singular, shortName }: PolicyResource): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${POLICY_GROUP}` },
    spec: {
      group: POLICY_GROUP,
      names: {
        categories: ["tetragon"],
        kind,
        listKind: `${kind}List`,
        plural,
        shortNames: [shortName],
        singular,
      },
      scope,
      versions: [
        {
          name: POLICY_VERSION,
          served: true,
          storage: true,
          additionalPrinterColumns: [{ name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" }],
          schema: {
            openAPIV3Schema: {
              description:
                scope === "Cluster" ? "A tracing policy." : "A tracing policy for the pods of its namespace.",
              type: "object",
              required: ["metadata", "spec"],
              properties: {
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: { type: "object" },
                spec: policySpecSchema(scope === "Namespaced"),
              },
            },
          },
        },
      ],
    },
  };
}

/** The definitions as text, by the names of the files in a chart. */
export function policyManifests(): { readonly file: string; readonly text: string }[] {
  return POLICY_RESOURCES.map((resource) => ({
    file: `${POLICY_GROUP}_${resource.plural}.yaml`,
    text: `${Bun.YAML.stringify(policyDefinition(resource), null, 2).trimEnd()}\n`,
  }));
}
