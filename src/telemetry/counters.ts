/**
 * @module The agent's counters. Each event that was read ends in exactly one of them.
 *
 * Sources and the pipeline:
 * `read + generated = invalid + internal_error + line_too_long + filtered + rate_limited + aggregated + accepted`, where `generated`
 * are events that the pipeline makes itself (`rate_limit_info`, the one event that stands for aggregated ones).
 * Each exporter: `accepted = exported + queue_full + send_failed + too_large + refused`.
 */

/** What sources and the pipeline count. */
export const AGENT_COUNTERS = [
  "read",
  "bytes_read",
  "invalid",
  // An error of our own took the event with it. Never more than 0 but for a fault in the agent.
  "internal_error",
  "line_too_long",
  "filtered",
  "rate_limited",
  "aggregated",
  "generated",
  "accepted",
  // Outside the equation: metadata events of other agents, which are among the accepted ones.
  "metadata",
  // Outside the equation: records that found no room in the sensor's ring buffer, so no event was made of them.
  "lost",
  // Outside the equation: files that were not read because they hold no text, such as those of an unknown compression.
  "files_refused",
  // Outside the equation: how often a followed file was gone, with what it held, before it was read to its end.
  "files_missed",
] as const;

/** What each exporter counts. `truncated` events are exported too; `bytes_exported` and `retries` are not events. */
export const EXPORTER_COUNTERS = [
  "exported",
  "bytes_exported",
  "truncated",
  "queue_full",
  "send_failed",
  "too_large",
  "refused",
  "retries",
] as const;

/**
 * What each server counts of the events for its clients, all together: `exported` were handed to the network,
 * `queue_full` were dropped because a client did not read, `send_failed` because it went, `not_expressible` have no form
 * that it could be sent. `clients` and `bytes_exported` are no events.
 */
export const SERVER_COUNTERS = [
  "clients",
  "exported",
  "bytes_exported",
  "queue_full",
  "send_failed",
  "not_expressible",
] as const;

/** Those that count events which nobody asked to drop. */
export const LOSSES = {
  agent: ["invalid", "internal_error", "line_too_long", "lost", "files_refused", "files_missed"],
  exporter: ["queue_full", "send_failed", "too_large", "refused"],
} as const satisfies { agent: readonly AgentCounter[]; exporter: readonly ExporterCounter[] };

export type AgentCounter = (typeof AGENT_COUNTERS)[number];
export type ExporterCounter = (typeof EXPORTER_COUNTERS)[number];

export type ServerCounter = (typeof SERVER_COUNTERS)[number];

/** Counters of one server; those that it does not have are absent. */
export type ServerCounters = { readonly [Name in ServerCounter]?: number };
/** Counters of sources and the pipeline, shared by reference. */
export type Counters = Record<AgentCounter, number>;
/** Counters of one exporter. */
export type ExporterCounters = Record<ExporterCounter, number>;

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  const counters = {} as Record<Name, number>;
  for (const name of names) counters[name] = 0;
  return counters;
}

/** All agent counters at zero. */
export function createCounters(): Counters {
  return zeros(AGENT_COUNTERS);
}

/** The sums of counters. */
export function addCounters(all: readonly Counters[]): Counters {
  const sums = createCounters();
  for (const counters of all) for (const name of AGENT_COUNTERS) sums[name] += counters[name];
  return sums;
}

/** All counters of one exporter at zero. */
export function createExporterCounters(): ExporterCounters {
  return zeros(EXPORTER_COUNTERS);
}
