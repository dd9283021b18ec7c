/**
 * @module Functions that the compiler made of others for some of their callers, with arguments that it knew (`.constprop`), left
 * out or changed (`.isra`), or without their beginning, which is in the callers (`.part`). A hook on the function itself does
 * not see these calls.
 */
import { type KernelSymbols, stemIn } from "../../kernel/symbol/index.ts";

const TWIN = /\.(?:constprop|isra|part)\b/;
/** What is never called is split off: it is jumped to. */
const SPLIT_OFF = /\.cold\b/;
/** Of all functions together. */
const MOST_TWINS = 256;

/** By name of a function, those that were made of it. Where symbols cannot be read there are none. */
export function findTwins(
  names: ReadonlySet<string>,
  symbols: KernelSymbols,
): ReadonlyMap<string, readonly string[]> {
  const isTwin = (name: string) =>
    name.includes(".") && TWIN.test(name) && !SPLIT_OFF.test(name) && stemIn(name, names) !== undefined;
  try {
    const found = symbols.matching(isTwin, MOST_TWINS).map(({ name }) => name);
    return Map.groupBy(new Set(found), (name) => stemIn(name, names)!);
  } catch {
    return new Map();
  }
}
