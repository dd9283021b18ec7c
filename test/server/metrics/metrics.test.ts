import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AGENT_COUNTERS, EXPORTER_COUNTERS } from "../../../src/telemetry/counters.ts";
import { createBatch } from "../../pipeline/support.ts";
import { findPrometheus, promtool } from "./prometheus.ts";
import { createAgent, namesOf, openMetrics, samplesOf } from "./support.ts";

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function setUp(introduction?: object) {
  const { bus, figures, agent } = createAgent(introduction);
  const { server, page } = await openMetrics(agent);
  stops.push(() => server.stop(AbortSignal.abort()));
  return { bus, figures, page };
}

const exec = (binary: string) => ({ process_exec: { process: { pid: 7, binary } } });

describe("MetricsServer", () => {
  test("shows every counter of agent and exporters, each as a number of its own", async () => {
    const { figures, page } = await setUp();
    const counters = figures.exporters.get("udp")!;
    for (const [i, name] of AGENT_COUNTERS.entries()) figures.agent[name] = 1001 + i;
    for (const [i, name] of EXPORTER_COUNTERS.entries()) counters[name] = 2001 + i;
    figures.queues.set("udp", { events: 3001, bytes: 3002 });
    figures.restarts.set("udp", 3003);
    const samples = samplesOf(await page());
    const own = Object.entries(samples).filter(([name]) => name.startsWith("tetrad_"));
    const values = own.map(([, value]) => value);
    for (const expected of [...Object.values(figures.agent), ...Object.values(counters), 3001, 3002, 3003])
      expect(values.filter((value) => value === expected)).toEqual([expected]);
    expect(samples['tetrad_exporter_events_dropped_total{exporter="udp",reason="send_failed"}']).toBe(
      counters.send_failed,
    );
    expect(samples['tetrad_events_dropped_total{reason="filtered",intended="true"}']).toBe(
      figures.agent.filtered,
    );
  });

  test("shows Tetragon's metrics of events, export and sensor", async () => {
    const { bus, figures, page } = await setUp();
    figures.exporters.get("udp")!.exported = 4;
    figures.agent.lost = 2;
    bus.offer(createBatch([exec("/a"), exec("/a")] as never));
    const samples = samplesOf(await page());
    const labels = 'binary="/a",namespace="",node_name="node-1",pod="",workload="",type="PROCESS_EXEC"';
    expect(samples).toMatchObject({
      [`tetragon_events_total{${labels}}`]: 2,
      tetragon_events_exported_total: 4,
      tetragon_observer_ringbuf_events_lost_total: 2,
      tetragon_observer_ringbuf_events_received_total: 9,
      tetragon_process_cache_size: 3,
      tetragon_process_cache_capacity: 8,
      tetragon_process_cache_evictions_total: 1,
    });
  });

  test("has the metadata as labels, whatever users have called their fields", async () => {
    const { page } = await setUp({
      "@timestamp": "2026-01-01T00:00:00Z",
      event: "agent_init",
      tetragon_version: "v1",
      sequence: 0,
      "site.name": 'Zü"rich',
      "9lives": true,
      job: "mine",
      __name__: "evil",
      nested: {},
    });
    expect(await page()).toContain(
      'tetrad_agent_info{tetragon_version="v1",site_name="Zü\\"rich",_9lives="true"} 1\n',
    );
  });

  test("lets no counter fall, also where a client takes back what it has not taken", async () => {
    const { figures, page } = await setUp();
    await page();
    figures.servers.set("grpc", { clients: 0, exported: 3, bytes_exported: 30, send_failed: 2 });
    await Bun.sleep(150);
    const samples = samplesOf(await page());
    expect(samples['tetrad_server_events_exported_total{server="grpc"}']).toBe(5);
    expect(samples['tetrad_server_events_dropped_total{server="grpc",reason="send_failed"}']).toBe(2);
  });

  test("reports an error of its own, and answers that it has failed", async () => {
    const { agent } = createAgent();
    const errors: unknown[] = [];
    const { server, address } = await openMetrics(
      Object.assign(agent, {
        introduce: () => Buffer.from("no JSON"),
        reportInternalError: (error: unknown) => errors.push(error),
      }),
    );
    stops.push(() => server.stop(AbortSignal.abort()));
    expect((await fetch(`http://${address}/metrics`)).status).toBe(500);
    expect(errors).toHaveLength(1);
  });

  test("counts no events where nobody wants it", async () => {
    const { agent, bus } = createAgent();
    const { server, page } = await openMetrics(agent, "none");
    stops.push(() => server.stop(AbortSignal.abort()));
    bus.offer(createBatch([exec("/a")] as never));
    const names = namesOf(await page());
    expect(names.has("tetrad_events_read_total")).toBe(true);
    expect(names.has("tetragon_events_total")).toBe(false);
  });

  test("shows no metric that docs/metrics.md does not name", async () => {
    const { bus, page } = await setUp();
    bus.offer(
      createBatch([
        { process_kprobe: { process: { pid: 1 }, policy_name: "p", function_name: "f" } },
      ] as never),
    );
    const docs = readFileSync(join(import.meta.dir, "../../../docs/metrics.md"), "utf8");
    for (const name of namesOf(await page())) expect(docs).toContain(`\`${name}\``);
  });

  test.skipIf(findPrometheus("promtool") === undefined)("promtool finds nothing to say", async () => {
    const { bus, page } = await setUp();
    bus.offer(createBatch([exec('/a"\\\n')] as never));
    expect(await promtool(["check", "metrics"], await page())).toEqual({ code: 0, text: "" });
  });
});
