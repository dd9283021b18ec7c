/** @module A policy in the registry. */
import type { HookSection, Policy, PolicyMode } from "../policy.ts";
import type { LoadedFacts, PolicyKey, PolicyState, PolicyStatus, StatusMode } from "./status.ts";

/** A policy that is loaded, or was to be. */
export interface Entry extends PolicyKey {
  readonly id: number;
  /** The file that it is of, or `""`: a client brought it. */
  readonly origin: string;
  /** What the file, or the client, said: all of it. */
  text: string;
  /** `undefined` where the text could not be read. */
  policy: Policy | undefined;
  state: PolicyState;
  mode: StatusMode;
  error: string;
}

const NOTHING: LoadedFacts = { hooks: [], selectors: [], misses: [], overhead: [], kernelMemory: 0 };

/** What tells a policy of a domain apart. */
export function keyOf({ name, namespace }: Policy, domain: string): PolicyKey {
  return { domain, namespace: namespace ?? "", name };
}

/** What the engine calls it. */
export function keyText({ domain, namespace, name }: PolicyKey): string {
  return `${domain}/${namespace}/${name}`;
}

/** In words, for messages. */
export function describeKey({ domain, namespace, name }: PolicyKey): string {
  const where = namespace === "" ? "" : ` of namespace "${namespace}"`;
  return `"${name}"${where}${domain === "" ? "" : ` (${domain})`}`;
}

/** Whether the kernel has programs of it; those of one that is disabled rest. */
export function isLoaded({ state }: Pick<Entry, "state">): boolean {
  return state === "enabled" || state === "partially_enabled" || state === "disabled";
}

/** The mode that a policy begins in. */
export function firstMode({ hooks, mode }: Policy): StatusMode {
  const enforces = hooks.some(({ selectors }) =>
    selectors.some(({ actions, returnActions }) =>
      [...actions, ...returnActions].some(({ action }) => ENFORCING.has(action)),
    ),
  );
  return enforces ? mode : "monitor_only";
}

/** As the programs know it. */
export function engineMode(mode: StatusMode): PolicyMode {
  return mode === "enforce" ? "enforce" : "monitor";
}

/** @param facts Of a policy that is loaded. */
export function statusOf(entry: Entry, facts: LoadedFacts = NOTHING): PolicyStatus {
  const { id, domain, namespace, name, state, error, mode } = entry;
  return { id, domain, namespace, name, state, error, mode, sections: sectionsOf(entry.policy), ...facts };
}

const ENFORCING: ReadonlySet<string> = new Set(["Signal", "Override", "NotifyEnforcer"]);

function sectionsOf(policy: Policy | undefined): HookSection[] {
  return [...new Set((policy?.hooks ?? []).map(({ section }) => section))];
}
