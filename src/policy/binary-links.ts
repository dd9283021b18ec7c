/**
 * @module Paths of programs that are links: events print the file that they lead to, so that a policy for `/bin/sh` would
 * never match where that is a link to `/usr/bin/dash`.
 */
import { realpathSync } from "node:fs";
import type { Condition, Policy, Selector } from "./policy.ts";

/** Where a path leads, links followed; `undefined` where there is nothing. */
export type ResolvePath = (path: string) => string | undefined;

/** As this host has it. */
export function resolvePath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/**
 * The policy with the files that whole paths of programs lead to beside the paths. What is in a container is resolved as
 * the host has it, or not at all.
 */
export function withLinksResolved(policy: Policy, resolve: ResolvePath = resolvePath): Policy {
  // Hooks of one list have the same selectors, before and after.
  const known = new Map<readonly Selector[], readonly Selector[]>();
  const selectorsOf = (selectors: readonly Selector[]): readonly Selector[] => {
    const found = known.get(selectors) ?? selectors.map((selector) => resolvedSelector(selector, resolve));
    known.set(selectors, found);
    return found;
  };
  return {
    ...policy,
    hooks: policy.hooks.map((hook) => ({ ...hook, selectors: selectorsOf(hook.selectors) })),
  };
}

function resolvedSelector(selector: Selector, resolve: ResolvePath): Selector {
  return { ...selector, conditions: selector.conditions.map((condition) => resolved(condition, resolve)) };
}

function resolved(condition: Condition, resolve: ResolvePath): Condition {
  if (condition.kind !== "binary") return condition;
  const { operand } = condition;
  if (operand.operator !== "EqualString") return condition;
  const texts = new Set(operand.strings.map((bytes) => Buffer.from(bytes).toString("utf8")));
  const written = texts.size;
  const led = new Map<string, string>();
  for (const path of [...texts]) {
    const target = resolve(path);
    if (target === undefined || target === path) continue;
    led.set(path, target);
    texts.add(target);
  }
  if (led.size === 0) return condition;
  const paths = [...texts];
  const pairs = [...led].map(([link, file]) => [paths.indexOf(link), paths.indexOf(file)] as const);
  const strings = paths.map((path) => new Uint8Array(Buffer.from(path, "utf8")));
  const links = operand.isMarked === true ? { links: { written, pairs } } : {};
  return { ...condition, operand: { ...operand, strings, ...links } };
}
