/** @module Selectors of a hook. */
import type { PostAction, Selector } from "../../policy.ts";
import { readActions } from "./action.ts";
import type { Context } from "./context.ts";
import { expandMacros, type Macros } from "./macros.ts";
import { readProcessConditions } from "./process-condition.ts";
import type { HookParts, ReadSelector } from "./read-hook.ts";
import { SECTIONS } from "./sections.ts";
import { adviseOnOrder } from "./selector-order.ts";
import { readValueConditions } from "./value-condition.ts";
import { readWorkloads } from "./workload.ts";

/** Reads selectors; what is wrong in them is said. */
export function readSelectors(
  selectors: readonly ReadSelector[],
  { parts, macros }: { readonly parts: HookParts; readonly macros: Macros },
  context: Context,
): Selector[] {
  const expanded = selectors.map((selector) => expandMacros(selector, macros, context));
  adviseOnOrder(expanded, context);
  return expanded.map((selector) => readSelector(selector, parts, context));
}

function readSelector(read: ReadSelector, parts: HookParts, context: Context): Selector {
  if (!SECTIONS[parts.section].hasReturnFilters) refuseReturnParts(read, parts, context);
  else if (parts.hook.return !== true && !context.places.isBroken(parts.hook, "return")) {
    for (const field of ["matchReturnArgs", "matchReturnActions"] as const) {
      if (read[field] === undefined) continue;
      context.error(read, field, {
        found: `${field} in a hook that does not look at the return`,
        expected: "return: true and returnArg with it",
      });
    }
  }
  const returnConditions =
    parts.returnValue === undefined
      ? []
      : readValueConditions(read.matchReturnArgs ?? [], "return", parts, context);
  return {
    at: context.at(read),
    label: read.label ?? "",
    workload:
      read.matchWorkloads === undefined ? undefined : readWorkloads(read.matchWorkloads, undefined, context),
    conditions: [
      ...readProcessConditions(read, context),
      ...readValueConditions(read.matchArgs ?? [], "argument", parts, context),
      ...readValueConditions(read.matchData ?? [], "data", parts, context),
    ],
    returnConditions,
    actions: readActions(read.matchActions ?? [], parts, context),
    returnActions: readActions(read.matchReturnActions ?? [], parts, context),
  };
}

function refuseReturnParts(read: ReadSelector, { section }: HookParts, context: Context): void {
  for (const field of ["matchReturnArgs", "matchReturnActions"] as const) {
    if (read[field] === undefined) continue;
    context.error(read, field, { found: field, expected: `none at ${SECTIONS[section].noun}` });
  }
}

/** What is done where a selector has no actions, or a hook no selectors. */
export const DEFAULT_ACTION: PostAction = {
  action: "Post",
  rateLimit: 0,
  rateLimitScope: "thread",
  hasKernelStackTrace: false,
  hasUserStackTrace: false,
  hasImaHash: false,
};
