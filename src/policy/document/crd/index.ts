/**
 * @module The custom resource definitions of both kinds of policies, for an API server of Kubernetes: names are Tetragon's, what may
 * be written is derived from what the reader goes by, so that `kubectl apply` refuses what the agents would refuse.
 */
import { POLICY_GROUP, POLICY_RESOURCES, POLICY_VERSION, type PolicyResource } from "./resource.ts";
import { policySpecSchema } from "./structural-schema.ts";

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
