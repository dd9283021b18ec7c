/** @module What the order of selectors means that authors may not: the first one that holds acts, and no other is asked. */
import type { Context } from "./context.ts";
import type { ReadSelector } from "./read-hook.ts";

const ACTIONS = ["matchActions", "matchReturnActions"] as const;
/** Everything else of a selector is a filter. */
const NO_FILTERS: readonly string[] = [...ACTIONS, "label", "macros"];

/**
 * Warns of a selector that holds for every call where its neighbours say that this is not meant: of filters and actions that a
 * dash too many made two selectors of, and of selectors that are never asked.
 */
export function adviseOnOrder(selectors: readonly ReadSelector[], context: Context): void {
  for (const [index, selector] of selectors.entries()) {
    if (hasFilters(selector, context)) continue;
    const before = selectors[index - 1];
    const field = ACTIONS.find((name) => (selector[name]?.length ?? 0) > 0);
    if (before !== undefined && field !== undefined && hasFilters(before, context) && !hasActions(before)) {
      context.warn(selector, field, {
        found: `${field} without filters, after a selector with filters and no actions`,
        cure: "it is done at all calls that those filters do not hold for: remove the dash to do it where they hold",
      });
    }
    if (index + 1 < selectors.length) {
      context.warn(selector, undefined, {
        found: "a selector without filters before others",
        cure: "only the first that holds acts, so that those are never asked: move it to the end",
      });
      return;
    }
  }
}

function hasFilters(selector: ReadSelector, context: Context): boolean {
  if (context.places.isBroken(selector)) return true;
  return Object.entries(selector).some(([name, value]) => {
    if (NO_FILTERS.includes(name) || value === undefined) return false;
    return !Array.isArray(value) || value.length > 0;
  });
}

function hasActions(selector: ReadSelector): boolean {
  return ACTIONS.some((name) => (selector[name]?.length ?? 0) > 0);
}
