/** @module The agent's own counters. Each event that was read is counted under what became of it: see telemetry/counters.ts. */
import { AGENT_COUNTERS, type AgentCounter, type Counters, LOSSES } from "../../../telemetry/counters.ts";
import type { ClusterEventFigures } from "../../definition.ts";
import { counter, type Family } from "../family.ts";

/** A metric of its own, or the reason for which an event was dropped. */
type Meaning = { readonly name: string; readonly help: string } | "dropped";

const MEANINGS: Readonly<Record<AgentCounter, Meaning>> = {
  read: { name: "tetrad_events_read_total", help: "Events that sources have read." },
  bytes_read: { name: "tetrad_read_bytes_total", help: "Bytes that sources have read." },
  generated: { name: "tetrad_events_generated_total", help: "Events that the pipeline has made itself." },
  accepted: { name: "tetrad_events_accepted_total", help: "Events that the pipeline has let through." },
  metadata: {
    name: "tetrad_metadata_events_received_total",
    help: "Metadata events of other agents, among the accepted ones.",
  },
  lost: {
    name: "tetrad_sensor_records_lost_total",
    help: "Records that found no room in the ring buffer of the sensor: no event was made of them.",
  },
  files_refused: {
    name: "tetrad_files_refused_total",
    help: "Files that were not read because they hold no text.",
  },
  files_missed: {
    name: "tetrad_files_missed_total",
    help: "Files that were gone before they were read to their end.",
  },
  invalid: "dropped",
  internal_error: "dropped",
  line_too_long: "dropped",
  filtered: "dropped",
  rate_limited: "dropped",
  aggregated: "dropped",
};

const LOST: ReadonlySet<string> = new Set(LOSSES.agent);

/** Of Kubernetes Events; none where they are not made. */
export function clusterEventFamilies(figures: ClusterEventFigures | undefined): Family[] {
  if (figures === undefined) return [];
  const samples = Object.entries(figures).map(([result, value]) => ({ labels: { result }, value }));
  const help = "Kubernetes Events about the agent: objects created, counts updated, Events dropped.";
  return [counter("tetrad_kubernetes_events_total", help, samples)];
}

/** All of them. Reasons nobody asked for, as a filter is asked for, have `intended="false"`. */
export function agentFamilies(counters: Counters): Family[] {
  const families: Family[] = [];
  const dropped = [];
  for (const name of AGENT_COUNTERS) {
    const meaning = MEANINGS[name];
    const value = counters[name];
    if (meaning !== "dropped") families.push(counter(meaning.name, meaning.help, value));
    else dropped.push({ labels: { reason: name, intended: String(!LOST.has(name)) }, value });
  }
  const help = "Events that sources and the pipeline have dropped, by reason.";
  return [...families, counter("tetrad_events_dropped_total", help, dropped)];
}
