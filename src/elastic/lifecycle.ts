/** @module How old events are removed: a policy for Elasticsearch (ILM) and one for OpenSearch (ISM). */
import type { Asset, Json } from "./asset.ts";
import type { Flavour } from "./flavour.ts";
import type { StreamName } from "./stream-name.ts";

/** When a new index begins: what comes first. The server's own recommendation for logs. */
const ROLLOVER_SIZE = "50gb";
const ROLLOVER_AGE = "30d";

/** The policy, where the server has such a thing. @param days After which an index is removed, from the time when it was full. */
export function lifecyclePolicy(
  { base, pattern }: StreamName,
  flavour: Flavour,
  days: number,
): Asset | undefined {
  const description = `Events of Tetragon: a new index after ${ROLLOVER_SIZE} or ${ROLLOVER_AGE}, ${days === 0 ? "kept for good" : `removed ${days} days later`}`;
  switch (flavour.lifecycle) {
    case "none":
      return undefined;
    case "ilm":
      return {
        kind: "lifecycle policy",
        name: base,
        path: `/_ilm/policy/${base}`,
        body: { policy: { phases: ilmPhases(days) } },
        mark: "policy._meta",
        read: (answer) => {
          const policy = (answer[base] as { policy?: Json } | undefined)?.policy;
          return policy === undefined ? undefined : { policy };
        },
      };
    case "ism":
      return {
        kind: "lifecycle policy",
        name: base,
        path: `/_plugins/_ism/policies/${base}`,
        body: {
          policy: {
            description,
            default_state: "hot",
            states: ismStates(days),
            ism_template: [{ index_patterns: [pattern], priority: 200 }],
          },
        },
        mark: "policy.description",
        isVersioned: true,
        read: ({ policy }) =>
          policy === undefined ? undefined : { policy: withoutServersOwn(policy as Json) },
      };
  }
}

function ilmPhases(days: number): Json {
  return {
    hot: {
      min_age: "0ms",
      actions: { rollover: { max_primary_shard_size: ROLLOVER_SIZE, max_age: ROLLOVER_AGE } },
    },
    ...(days > 0 && {
      delete: { min_age: `${days}d`, actions: { delete: { delete_searchable_snapshot: true } } },
    }),
  };
}

function ismStates(days: number): Json[] {
  const rollover = { rollover: { min_primary_shard_size: ROLLOVER_SIZE, min_index_age: ROLLOVER_AGE } };
  if (days === 0) return [{ name: "hot", actions: [rollover], transitions: [] }];
  return [
    {
      name: "hot",
      actions: [rollover],
      transitions: [{ state_name: "delete", conditions: { min_rollover_age: `${days}d` } }],
    },
    { name: "delete", actions: [{ delete: {} }], transitions: [] },
  ];
}

/** What the server adds to a policy of its own accord, anew each time that it is written. */
const SERVERS_OWN: ReadonlySet<string> = new Set([
  "policy_id",
  "last_updated_time",
  "schema_version",
  "user",
]);

function withoutServersOwn<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutServersOwn) as T;
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([key]) => !SERVERS_OWN.has(key));
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutServersOwn(each)])) as T;
}
