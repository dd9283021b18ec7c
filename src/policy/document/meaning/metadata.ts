/** @module The head of a document: `apiVersion`, `kind` and `metadata`. */
import { quote } from "../finding.ts";
import type { Read } from "../schema/kind.ts";
import type { TRACING_POLICY } from "../schema/tracing-policy.ts";
import type { Context } from "./context.ts";

/** Of `metadata`, and whether the policy is for one Kubernetes namespace. */
export interface PolicyName {
  readonly name: string;
  readonly namespace: string | undefined;
}

type ReadPolicy = Read<typeof TRACING_POLICY>;

export const API_VERSION = "cilium.io/v1alpha1";
export const CLUSTER_KIND = "TracingPolicy";
export const NAMESPACED_KIND = "TracingPolicyNamespaced";

/** RFC 1123 */
const LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const MAX_NAME = 253;
const MAX_NAMESPACE = 63;

/** Reads the head; `undefined` when it has no name that is right. */
export function readName(document: ReadPolicy, context: Context): PolicyName | undefined {
  if (document.apiVersion !== undefined && document.apiVersion !== API_VERSION) {
    context.warn(document, "apiVersion", {
      found: quote(document.apiVersion),
      cure: `write ${API_VERSION}`,
    });
  }
  const { metadata } = document;
  if (metadata === undefined) return undefined;
  const { name } = metadata;
  const isRight = name !== undefined && name.length <= MAX_NAME && SUBDOMAIN.test(name);
  if (name !== undefined && !isRight) {
    const better = name
      .toLowerCase()
      .replaceAll(/[^-.a-z0-9]+/g, "-")
      .replaceAll(/^[-.]+|[-.]+$/g, "");
    context.error(metadata, "name", {
      found: quote(name),
      expected: `lower case letters, digits, "-" and ".", at most ${MAX_NAME} of them`,
      cure: SUBDOMAIN.test(better) && better.length <= MAX_NAME ? `write ${better}` : "",
    });
  }
  const namespace = readNamespace(document, metadata, context);
  return isRight ? { name, namespace } : undefined;
}

function readNamespace(
  document: ReadPolicy,
  metadata: NonNullable<ReadPolicy["metadata"]>,
  context: Context,
): string | undefined {
  const { namespace } = metadata;
  if (document.kind === NAMESPACED_KIND) {
    if (namespace === undefined && !context.places.isBroken(metadata, "namespace")) {
      return context.error(metadata, undefined, {
        found: "no namespace",
        expected: `metadata.namespace with kind: ${NAMESPACED_KIND}`,
        cure: `add the Kubernetes namespace of the pods, or write kind: ${CLUSTER_KIND} for all`,
      });
    }
    if (namespace !== undefined && (namespace.length > MAX_NAMESPACE || !DNS_LABEL.test(namespace))) {
      return context.error(metadata, "namespace", {
        found: quote(namespace),
        expected: `lower case letters, digits and "-", at most ${MAX_NAMESPACE} of them`,
      });
    }
    return namespace;
  }
  if (namespace !== undefined) {
    context.warn(metadata, "namespace", {
      found: `a namespace with kind: ${CLUSTER_KIND}`,
      cure: `the policy is for all namespaces: remove it, or write kind: ${NAMESPACED_KIND}`,
    });
  }
  return undefined;
}
