/**
 * @module Kubernetes label selectors: the grammar and meaning of `labels.Parse` in k8s.io/apimachinery.
 *
 *     const selector = parseSelector("environment in (production, qa), !canary");
 *     matchesSelector(selector, (key) => labels.get(key));
 */
export { SelectorSyntaxError } from "./lexer.ts";
export { type LabelLookup, matchesSelector, parseSelector, type Requirement } from "./selector.ts";
