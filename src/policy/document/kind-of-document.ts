/** @module Which documents of a file are tracing policies. */
import { editDistance } from "../../lib/text/distance.ts";
import { type Findings, quote } from "./finding.ts";
import { CLUSTER_KIND, NAMESPACED_KIND } from "./meaning/metadata.ts";
import type { MapNode, ScalarNode } from "./yaml/node.ts";

/** Written by people who mean one. */
const MEANS_POLICY = /tracing|policy|policies/i;
/** Surely one. */
const TRACING = /tracing.*polic|polic.*tracing/i;
/** Edits that a slip makes. */
const MOST_EDITS = 2;
const ENTERPRISE = /^(?:isovalent\.com|hubble-enterprise\.io)\//;

/**
 * The document, where it is one; one whose kind is written wrong as if it were right, which is said, so that all else that is
 * wrong with it is found as well. Other objects of Kubernetes are passed over, with a warning; what only looks like a policy
 * is an error.
 */
export function tracingPolicyIn(node: MapNode, findings: Findings): MapNode | undefined {
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
    return undefined;
  }
  // The reader says what is wrong with a kind that is missing.
  if (kind.text === CLUSTER_KIND || kind.text === NAMESPACED_KIND || kind.text === "") return node;
  const isMeant =
    MEANS_POLICY.test(kind.text) || apiVersion.text.startsWith("cilium.io/") || apiVersion.text === "";
  const meant = /namespaced/i.test(kind.text) ? NAMESPACED_KIND : CLUSTER_KIND;
  findings.add({
    severity: isMeant ? "error" : "warning",
    at: kind.at,
    path: "kind",
    found: quote(kind.text),
    expected: `${CLUSTER_KIND} or ${NAMESPACED_KIND}`,
    cure: isMeant ? `write ${meant}` : "the document is passed over",
  });
  const isSure = TRACING.test(kind.text) || editDistance(kind.text, meant) <= MOST_EDITS;
  return isSure ? withKind(node, meant) : undefined;
}

function withKind(node: MapNode, kind: string): MapNode {
  const entries = node.entries.map((entry) => {
    if (entry.key !== "kind") return entry;
    const value: ScalarNode = {
      kind: "scalar",
      at: entry.value.at,
      value: kind,
      source: kind,
      isQuoted: false,
    };
    return { ...entry, value };
  });
  return { ...node, entries };
}

function textOf(node: MapNode, key: string): { readonly text: string; readonly at: MapNode["at"] } {
  const value = node.entries.find((entry) => entry.key === key)?.value;
  const isText = value?.kind === "scalar" && typeof value.value === "string";
  return { text: isText ? String(value.value) : "", at: value?.at ?? node.at };
}
