/** @module What sources, exporters and servers count and hold, each for itself. */
import { LOSSES } from "../../../telemetry/counters.ts";
import type { AgentFigures } from "../../definition.ts";
import { counter, type Family, gauge, type Sample } from "../family.ts";

/** By source. */
export function sourceFamilies({ reads }: AgentFigures): Family[] {
  const all = [...reads];
  return [
    counter(
      "tetrad_source_events_read_total",
      "Events that have been read.",
      all.map(([source, { read }]) => ({ labels: { source }, value: read })),
    ),
    counter(
      "tetrad_source_read_bytes_total",
      "Bytes that have been read.",
      all.map(([source, { bytes_read }]) => ({ labels: { source }, value: bytes_read })),
    ),
  ];
}

/** By exporter. */
export function exporterFamilies({ exporters, queues, restarts }: AgentFigures): Family[] {
  const all = [...exporters];
  const of = (count: (counters: (typeof all)[number][1]) => number): Sample[] =>
    all.map(([exporter, counters]) => ({ labels: { exporter }, value: count(counters) }));
  const dropped = all.flatMap(([exporter, counters]) =>
    LOSSES.exporter.map((reason) => ({ labels: { exporter, reason }, value: counters[reason] })),
  );
  const waiting = [...queues];
  return [
    counter(
      "tetrad_exporter_events_exported_total",
      "Events that have left.",
      of(({ exported }) => exported),
    ),
    counter(
      "tetrad_exporter_exported_bytes_total",
      "Bytes of events that have left.",
      of(({ bytes_exported }) => bytes_exported),
    ),
    counter(
      "tetrad_exporter_events_truncated_total",
      "Events that have left with shortened texts.",
      of(({ truncated }) => truncated),
    ),
    counter("tetrad_exporter_events_dropped_total", "Events that were lost, by reason.", dropped),
    counter(
      "tetrad_exporter_retries_total",
      "How often something was sent again.",
      of(({ retries }) => retries),
    ),
    counter(
      "tetrad_exporter_restarts_total",
      "How often the process of an exporter has ended and was started again.",
      [...restarts].map(([exporter, value]) => ({ labels: { exporter }, value })),
    ),
    gauge(
      "tetrad_exporter_queue_events",
      "Events that wait to leave.",
      waiting.map(([exporter, { events }]) => ({ labels: { exporter }, value: events })),
    ),
    gauge(
      "tetrad_exporter_queue_bytes",
      "Bytes of events that wait to leave.",
      waiting.map(([exporter, { bytes }]) => ({ labels: { exporter }, value: bytes })),
    ),
    gauge(
      "tetrad_exporter_queue_oldest_seconds",
      "For how long the oldest event has been waiting, where events wait on disk.",
      waiting.flatMap(([exporter, { oldest }]) =>
        oldest === undefined
          ? []
          : [{ labels: { exporter }, value: Math.max(0, Date.now() - oldest) / 1000 }],
      ),
    ),
  ];
}

const SERVER_LOSSES = ["queue_full", "send_failed", "not_expressible"] as const;

/** By server: those of which clients take events. */
export class ServerFamilies {
  /** What was shown last: a client that goes takes back what it had not taken, and a counter does not fall. */
  readonly #shown = new Map<string, number>();

  of({ servers }: AgentFigures): Family[] {
    const all = [...servers].filter(([, { clients }]) => clients !== undefined);
    const of = (name: "exported" | "bytes_exported"): Sample[] =>
      all.map(([server, { [name]: value = 0 }]) => ({
        labels: { server },
        value: this.#risen(`${server} ${name}`, value),
      }));
    const dropped = all.flatMap(([server, counters]) =>
      SERVER_LOSSES.map((reason) => ({ labels: { server, reason }, value: counters[reason] ?? 0 })),
    );
    return [
      gauge(
        "tetrad_server_clients",
        "Clients that take events.",
        all.map(([server, { clients = 0 }]) => ({ labels: { server }, value: clients })),
      ),
      counter("tetrad_server_events_exported_total", "Events that were sent to clients.", of("exported")),
      counter("tetrad_server_exported_bytes_total", "Bytes of those events.", of("bytes_exported")),
      counter("tetrad_server_events_dropped_total", "Events that clients did not get, by reason.", dropped),
    ];
  }

  #risen(key: string, value: number): number {
    const shown = Math.max(this.#shown.get(key) ?? 0, value);
    this.#shown.set(key, shown);
    return shown;
  }
}
