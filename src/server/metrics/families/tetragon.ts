/** @module Tetragon's metrics, by its names: those that have a meaning here. docs/metrics.md says which have none, and why. */
import type { AgentFigures } from "../../definition.ts";
import type { EventCounter } from "../event-counter.ts";
import type { Series } from "../event-series.ts";
import { counter, type Family, gauge, type Sample } from "../family.ts";

/** What was built. */
export interface Build {
  readonly version: string;
  readonly commit?: string | undefined;
  readonly date?: string | undefined;
}

/** Which program this is. There is no Go in it. */
export function buildFamily({ version, commit = "", date = "" }: Build): Family {
  const labels = { commit, go_version: "", modified: "false", time: date, version };
  return gauge("tetragon_build_info", "Build information about tetragon", [{ labels, value: 1 }]);
}

/** Events by type and by policy. @param nodeName Empty where it is not known. */
export function eventFamilies(events: EventCounter, nodeName: string): Family[] {
  return [
    counter(
      "tetragon_events_total",
      "The total number of Tetragon events",
      samples(events.events.all(), ["type"], nodeName),
    ),
    counter(
      "tetragon_policy_events_total",
      "Policy events calls observed.",
      samples(events.policies.all(), ["policy", "hook"], nodeName),
    ),
    counter(
      "tetragon_events_missing_process_info_total",
      "Number of events missing process info.",
      events.missingProcess,
    ),
  ];
}

/** What left, and what did not. */
export function exportFamilies({ agent, exporters, servers }: AgentFigures, lastAt: number): Family[] {
  const all = [...exporters.values()];
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  return [
    counter(
      "tetragon_events_exported_total",
      "Total number of events exported",
      sum(all.map(({ exported }) => exported)),
    ),
    counter(
      "tetragon_events_exported_bytes_total",
      "Number of bytes exported for events",
      sum(all.map(({ bytes_exported }) => bytes_exported)),
    ),
    gauge(
      "tetragon_events_last_exported_timestamp",
      "Timestamp of the most recent event to be exported",
      lastAt > 0 && all.length > 0 ? lastAt / 1000 : [],
    ),
    counter(
      "tetragon_export_ratelimit_events_dropped_total",
      "Number of events dropped on export due to rate limiting",
      agent.rate_limited,
    ),
    counter(
      "tetragon_notify_overflowed_events_total",
      "The total number of events dropped because listener buffer was full",
      sum([...servers.values()].map(({ queue_full = 0 }) => queue_full)),
    ),
  ];
}

/** The sensor's: none where it does not run. */
export function sensorFamilies({ agent, sources }: AgentFigures): Family[] {
  return [...sources.values()].flatMap(({ records, processes }) => [
    counter(
      "tetragon_observer_ringbuf_events_received_total",
      "Number of perf events Tetragon ring buffer received.",
      records,
    ),
    counter(
      "tetragon_observer_ringbuf_events_lost_total",
      "Number of perf events Tetragon ring buffer lost.",
      agent.lost,
    ),
    gauge("tetragon_process_cache_size", "The size of the process cache", processes.size),
    gauge("tetragon_process_cache_capacity", "The capacity of the process cache.", processes.capacity),
    counter(
      "tetragon_process_cache_evictions_total",
      "Number of process cache LRU evictions.",
      processes.evictions,
    ),
  ]);
}

function samples(all: Iterable<Series>, names: readonly string[], nodeName: string): Sample[] {
  return Array.from(all, ({ own, process, count }) => {
    const { namespace, workload, pod, binary } = process;
    const labels: Record<string, string> = { binary, namespace, node_name: nodeName, pod, workload };
    for (const [i, name] of names.entries()) labels[name] = own[i]!;
    return { labels, value: count };
  });
}
