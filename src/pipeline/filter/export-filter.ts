/**
 * @module Which events leave: `--export-allowlist` and `--export-denylist`.
 *
 * Filters of a list are ORed, keys of a filter ANDed, values of a key ORed. Denied beats allowed; an empty
 * allowlist allows all; a filter without keys matches every event.
 */
import { Filter } from "../../event/description/index.ts";
import { type Message, readMessages } from "../config/message.ts";
import { FilterText, type Problems } from "../config/problems.ts";
import type { Subject } from "../subject.ts";
import { capabilities } from "./capabilities.ts";
import { celExpression } from "./cel.ts";
import { pidSet } from "./pid-set.ts";
import type { Predicate, PredicateContext, PredicateFactory } from "./predicate.ts";
import * as process from "./process.ts";
import * as regex from "./regex.ts";

/**
 * The test of each key, in the order in which a filter applies them: the cheap ones that decide most events
 * first, patterns over long texts last. The order makes no difference to the result. A key that the API gets does not
 * compile until it has a test here.
 */
const FACTORIES: Readonly<Record<keyof Filter, PredicateFactory>> = {
  event_set: process.eventSet,
  namespace: process.namespace,
  health_check: process.healthCheck,
  in_init_tree: process.inInitTree,
  pid: process.pid,
  policy_names: process.policyNames,
  namespace_regex: regex.namespaceRegex,
  pod_regex: regex.podRegex,
  container_id: regex.containerIdRegex,
  container_name_regex: regex.containerNameRegex,
  labels: process.labels,
  capabilities,
  binary_regex: regex.binaryRegex,
  parent_binary_regex: regex.parentBinaryRegex,
  ancestor_binary_regex: regex.ancestorBinaryRegex,
  arguments_regex: regex.argumentsRegex,
  parent_arguments_regex: regex.parentArgumentsRegex,
  cel_expression: celExpression,
  pid_set: pidSet,
};

const KEYS = Object.keys(FACTORIES) as (keyof Filter)[];

/** What Tetragon asks before `pid_set`, which learns only from events that get that far. */
const BEFORE_PID_SET: ReadonlySet<string> = new Set([
  "binary_regex",
  "parent_binary_regex",
  "ancestor_binary_regex",
  "health_check",
  "namespace",
  "namespace_regex",
  "pid",
]);

/** The lists as they were given. */
export interface ExportFilterSettings extends PredicateContext {
  readonly allowlist: string;
  readonly denylist: string;
  /** What problems call the lists. @default the options' names */
  readonly names?: { readonly allowlist: string; readonly denylist: string };
}

const OPTION_NAMES = { allowlist: "--export-allowlist", denylist: "--export-denylist" };

/**
 * Compiles both lists; problems go to `problems`.
 * @returns The test that an event has to pass to leave, or `undefined` when both lists are empty.
 */
export function createExportFilter(
  { allowlist, denylist, names = OPTION_NAMES, ...context }: ExportFilterSettings,
  problems: Problems,
): Predicate | undefined {
  const allow = compileList(new FilterText(names.allowlist, allowlist, problems), context);
  const deny = compileList(new FilterText(names.denylist, denylist, problems), context);
  if (allow.length === 0 && deny.length === 0) return undefined;
  // The allowlist first, as in Tetragon: pid_set learns from what it is asked.
  return (subject) => (allow.length === 0 || matchesOne(allow, subject)) && !matchesOne(deny, subject);
}

function matchesOne(filters: readonly Predicate[], subject: Subject): boolean {
  for (let i = 0; i < filters.length; i++) if (filters[i]!(subject)) return true;
  return false;
}

function compileList(source: FilterText, context: PredicateContext): Predicate[] {
  return readMessages(source, Filter).map((filter) => compileFilter(filter, context));
}

function compileFilter(filter: Message, context: PredicateContext): Predicate {
  const keys = KEYS.filter((key) => filter.fields.has(key));
  if (filter.fields.has("pid_set")) keys.sort((a, b) => pidSetRank(a) - pidSetRank(b));
  return all(keys.map((key) => FACTORIES[key](filter, key, context)));
}

/** Before `pid_set`, with it, or after it. */
function pidSetRank(key: string): number {
  if (key === "pid_set") return 1;
  return BEFORE_PID_SET.has(key) ? 0 : 2;
}

function all(predicates: readonly Predicate[]): Predicate {
  const [first, second, third] = predicates;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (third === undefined) return (subject) => first(subject) && second(subject);
  return (subject) => {
    for (let i = 0; i < predicates.length; i++) if (!predicates[i]!(subject)) return false;
    return true;
  };
}
