/** @module Merge keys, `<<: *defaults`: not in YAML 1.2, but Tetragon's parser takes them (https://yaml.org/type/merge.html). */
import type { Alias, Node, Pair, Scalar, YAMLMap } from "yaml";

/** A key and its value in a file. */
export type NodePair = Pair<Node, Node | null>;

/**
 * The pairs of `map`, then those that its merge keys bring: of two alike the first counts.
 * @param yaml The parser, which is loaded only when there is a file to parse.
 * @param find What an alias stands for.
 */
export function pairsOf(
  yaml: typeof import("yaml"),
  map: YAMLMap,
  find: (alias: Alias) => unknown,
): NodePair[] {
  const pairs: NodePair[] = [];
  const names = new Set<string>();
  // A mapping adds nothing the second time, and it may refer to itself.
  const visited = new Set<YAMLMap>();
  const visit = (from: YAMLMap): void => {
    if (visited.has(from)) return;
    visited.add(from);
    const merges: YAMLMap[] = [];
    const first = pairs.length;
    for (const pair of from.items as NodePair[]) {
      const merged = isMerge(pair) ? mapsIn(pair.value) : undefined;
      if (merged !== undefined) merges.push(...merged);
      else if (from === map || !names.has(nameOf(pair))) pairs.push(pair);
    }
    for (const pair of pairs.slice(first)) names.add(nameOf(pair));
    for (const merge of merges) visit(merge);
  };
  const isMerge = ({ key }: NodePair): boolean =>
    yaml.isScalar(key) && key.value === "<<" && (key as Scalar).type === "PLAIN";
  const resolve = (node: unknown): unknown => (yaml.isAlias(node) ? find(node) : node);
  /** `undefined` when that is no mapping and no list of mappings. */
  const mapsIn = (node: unknown): YAMLMap[] | undefined => {
    const value = resolve(node);
    const maps = yaml.isSeq(value) ? value.items.map(resolve) : [value];
    return maps.every((each) => yaml.isMap(each)) ? (maps as YAMLMap[]) : undefined;
  };
  /** Upper and lower case of an option's name are the same. */
  const nameOf = ({ key }: NodePair): string => (yaml.isScalar(key) ? String(key.value).toLowerCase() : "?");
  visit(map);
  return pairs;
}
