/** @module Which documents of a file are tracing policies. */
import { type Findings, quote } from "./finding.ts";
import { CLUSTER_KIND, NAMESPACED_KIND } from "./meaning/metadata.ts";
import type { MapNode } from "./yaml/node.ts";

/** Written by people who mean one. */
const MEANS_POLICY = /tracing|policy|policies/i;
const ENTERPRISE = /^(?:isovalent\.com|hubble-enterprise\.io)\//;

/**
 * Whether a document is one. Other objects of Kubernetes are passed over, with a warning; what only looks like a policy
 * is an error.
 */
export function isTracingPolicy(node: MapNode, findings: Findings): boolean {
  const kind = textOf(node, "kind");
  const apiVersion = textOf(node, "apiVersion");
  if (ENTERPRISE.test(apiVersion.text)) {
    findings.add({
      severity: "error",
      at: apiVersion.at,
      path: "apiVersion",
      found: quote(apiVersion.text),
      expected: "cilium.io/v1alpha1",
      cure: "the document is not part of the open TracingPolicy: an enterprise product reads it",
    });
    return false;
  }
  // The reader says what is wrong with a kind that is missing.
  if (kind.text === CLUSTER_KIND || kind.text === NAMESPACED_KIND || kind.text === "") return true;
  const isMeant =
    MEANS_POLICY.test(kind.text) || apiVersion.text.startsWith("cilium.io/") || apiVersion.text === "";
  findings.add({
    severity: isMeant ? "error" : "warning",
    at: kind.at,
    path: "kind",
    found: quote(kind.text),
    expected: `${CLUSTER_KIND} or ${NAMESPACED_KIND}`,
    cure: isMeant
      ? `write ${/namespaced/i.test(kind.text) ? NAMESPACED_KIND : CLUSTER_KIND}`
      : "the document is passed over",
  });
  return false;
}

function textOf(node: MapNode, key: string): { readonly text: string; readonly at: MapNode["at"] } {
  const value = node.entries.find((entry) => entry.key === key)?.value;
  const isText = value?.kind === "scalar" && typeof value.value === "string";
  return { text: isText ? String(value.value) : "", at: value?.at ?? node.at };
}
