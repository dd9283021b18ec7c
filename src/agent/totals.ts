/** @module The counters, added up and written out. */
import type { ConsolaInstance } from "consola";
import {
  AGENT_COUNTERS,
  addCounters,
  type Counters,
  EXPORTER_COUNTERS,
  type ExporterCounter,
  type ExporterCounters,
  LOSSES,
  type ServerCounters,
} from "../telemetry/counters.ts";

/** All counters of a run. */
export interface Totals {
  /** Of all sources and the pipeline together. */
  readonly agent: Counters;
  /** Of each source, by its name, what it has counted itself. @default none */
  readonly sources?: ReadonlyMap<string, Counters>;
  /** By the exporter's name. */
  readonly exporters: ReadonlyMap<string, ExporterCounters>;
  /** By the server's name. @default none */
  readonly servers?: ReadonlyMap<string, ServerCounters>;
}

/** What the pipeline and the sources have counted, together and each source for itself. */
export function addSources(
  pipeline: Counters,
  sources: ReadonlyMap<string, Counters>,
): Pick<Totals, "agent" | "sources"> {
  return { agent: addCounters([pipeline, ...sources.values()]), sources };
}

/** The name of an exporter's counter beside those of others: `udp_exported`. */
export function counterField(exporter: string, counter: ExporterCounter): string {
  return `${exporter}_${counter}`;
}

/** The counters as fields of a log line: `read`, ..., `udp_exported`, ... */
export function totalFields(totals: Totals): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const name of AGENT_COUNTERS) fields[name] = totals.agent[name];
  for (const [exporter, counters] of totals.exporters) {
    for (const name of EXPORTER_COUNTERS) fields[counterField(exporter, name)] = counters[name];
  }
  for (const [server, counters] of totals.servers ?? []) {
    for (const [name, value] of Object.entries(counters)) fields[`${server}_${name}`] = value;
  }
  return fields;
}

/** Whether events were lost: dropped, but not by a filter or a limit that was asked for. */
export function hasLosses({ agent, exporters }: Totals): boolean {
  return LOSSES.agent.some((name) => agent[name] > 0) || [...exporters.values()].some(hasLost);
}

/** Whether an exporter lost events. */
export function hasLost(counters: ExporterCounters): boolean {
  return LOSSES.exporter.some((name) => counters[name] > 0);
}

/** The last line of the log. @param uptimeMs Since the start, milliseconds. */
export function logStopped(log: ConsolaInstance, totals: Totals, uptimeMs: number): void {
  log[hasLosses(totals) ? "warn" : "info"]("Agent stopped", {
    uptime: `${(uptimeMs / 1000).toFixed(3)}s`,
    ...totalFields(totals),
  });
}
