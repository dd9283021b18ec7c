/** @module An agent as its metrics see it, with something of everything. */
import { createConsola } from "consola/core";
import { Bus } from "../../../src/agent/bus.ts";
import type { ServedAgent } from "../../../src/server/definition.ts";
import { MetricsServer } from "../../../src/server/metrics/index.ts";
import { PROCESS_LABELS } from "../../../src/server/metrics/options.ts";
import { createCounters, createExporterCounters } from "../../../src/telemetry/counters.ts";

/** What tests change. */
export function createAgent(
  introduction: object = { event: "agent_init", tetragon_version: "v1", config_digest: "c" },
) {
  const bus = new Bus();
  const figures = {
    agent: createCounters(),
    reads: new Map([["sensor", createCounters()]]),
    exporters: new Map([["udp", createExporterCounters()]]),
    queues: new Map([["udp", { events: 0, bytes: 0 }]]),
    restarts: new Map<string, number>(),
    servers: new Map<string, Record<string, number>>([
      ["grpc", { clients: 1, exported: 5, bytes_exported: 50, queue_full: 0 }],
      ["health", {}],
    ]),
    sources: new Map([["sensor", { records: 9, processes: { size: 3, capacity: 8, evictions: 1 } }]]),
  };
  const agent = {
    bus,
    figures,
    commonFields: { node_name: "node-1" },
    health: { status: "running", details: "running" },
    introduce: () => Buffer.from(JSON.stringify(introduction)),
    reportInternalError() {},
  };
  return { bus, figures, agent: agent as unknown as ServedAgent };
}

/** Its metrics, open on a port of their own. */
export async function openMetrics(agent: ServedAgent, events: "all" | "none" = "all") {
  const lines: string[] = [];
  const log = createConsola({ reporters: [{ log: ({ args }) => void lines.push(JSON.stringify(args)) }] });
  const labels = events === "all" ? PROCESS_LABELS : undefined;
  const server = new MetricsServer({ address: "127.0.0.1:0", agent, labels, log });
  await server.start();
  server.begin();
  const address = /127\.0\.0\.1:\d+/.exec(lines.join())![0];
  return {
    server,
    address,
    page: async () => (await fetch(`http://${address}/metrics`)).text(),
  };
}

/** Samples of a page by their name and labels. */
export function samplesOf(page: string): Record<string, number> {
  const samples = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    samples.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Names of the metrics of a page. */
export function namesOf(page: string): Set<string> {
  return new Set(Array.from(page.matchAll(/^# TYPE (\S+)/gm), ([, name = ""]) => name));
}
