/** @module What tests of queries share. */

/** Names of the agent's metrics in a query: what begins as they do and is no label. */
export function metricsIn(query: string): string[] {
  const withoutLabels = query.replaceAll(/\b(?:by|on|without) \([^)]*\)/g, "").replaceAll(/\{[^}]*\}/g, "");
  return Array.from(withoutLabels.matchAll(/\b(?:tetrad|tetragon|process)_\w+/g), ([name]) => name);
}
