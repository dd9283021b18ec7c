import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { findPrometheus, promtool } from "../server/metrics/prometheus.ts";
import { samplesOf } from "../server/metrics/support.ts";
import { addressIn } from "./grpc-client.ts";
import {
  cleanUp,
  EVENTS,
  onEnd,
  type RunningAgent,
  runTetrad,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  until,
} from "./harness.ts";

afterEach(cleanUp);

const STDIN = "--event-source=stdin";
const METRICS = "--metrics-server=127.0.0.1:0";
const METRICS_TITLE = "Metrics server";

const pageOf = async (agent: RunningAgent) =>
  (await fetch(`http://${await addressIn(agent.log, METRICS_TITLE)}/metrics`)).text();

/** What tells a start and a configuration apart. */
function identityIn(page: string) {
  return {
    start: samplesOf(page).tetrad_agent_start_time_seconds,
    digest: /config_digest="([^"]+)"/.exec(page)?.[1],
  };
}

/** Waits until a sample has reached `value`. @returns All. */
async function samplesWhen(
  agent: RunningAgent,
  name: string,
  value: number,
): Promise<Record<string, number>> {
  let samples: Record<string, number> = {};
  const deadline = performance.now() + 15_000;
  while ((samples[name] ?? 0) < value) {
    if (performance.now() > deadline) throw new Error(`${name} is ${samples[name]}, not ${value}`);
    samples = samplesOf(await pageOf(agent));
    await Bun.sleep(20);
  }
  return samples;
}

/** Resident memory, bytes. */
function memoryOf({ process }: RunningAgent): number {
  const status = readFileSync(`/proc/${process.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)![1]) * 1024;
}

async function connected(address: string): Promise<Socket> {
  const [host, port] = address.split(":") as [string, string];
  const socket = connect({ host, port: Number(port) });
  socket.on("error", () => {});
  onEnd(() => void socket.destroy());
  await new Promise<void>((resolve) => {
    socket.once("connect", () => resolve());
    socket.once("close", () => resolve());
  });
  return socket;
}

describe("--metrics-server", () => {
  test("is closed unless it is asked for", async () => {
    const { stderr } = await runTetrad([STDIN, "--export-stdout"], { input: `${EVENTS.join("\n")}\n` });
    expect(stderr).not.toContain(METRICS_TITLE);
  });

  test("counts events beside UDP, and says what became of them", async () => {
    const receiver = await TestReceiver.open();
    const agent = startTetrad([
      STDIN,
      METRICS,
      "--udp-output-enabled",
      `--udp-output-port=${receiver.port}`,
      "--metadata-field=site=lab",
      '--export-denylist={"event_set":["PROCESS_EXIT"]}',
    ]);
    agent.process.stdin.write(`${EVENTS.join("\n")}\nnot an event\n`);
    await agent.process.stdin.flush();
    const samples = await samplesWhen(agent, "tetrad_events_read_total", EVENTS.length + 1);
    const exits = EVENTS.filter((line) => line.includes('"process_exit"')).length;
    const dropped = (reason: string, intended: boolean) =>
      samples[`tetrad_events_dropped_total{reason="${reason}",intended="${intended}"}`];
    expect(dropped("filtered", true)).toBe(exits);
    expect(dropped("invalid", false)).toBe(1);
    expect(samples['tetrad_exporter_events_exported_total{exporter="udp"}']).toBe(EVENTS.length - exits);
    const counted = Object.entries(samples).filter(([name]) => name.startsWith("tetragon_events_total{"));
    expect(counted.reduce((sum, [, value]) => sum + value, 0)).toBe(EVENTS.length - exits);
    const info = Object.keys(samples).find((name) => name.startsWith("tetrad_agent_info{"))!;
    expect(info).toMatch(/tetragon_version="v[^"]+".*config_digest="[^"]+".*site="lab"/);
    await receiver.waitFor(1 + EVENTS.length - exits);
  });

  test("tells sources apart", async () => {
    const file = join(temporaryDirectory(), "events.log");
    writeFileSync(file, `${EVENTS.slice(0, 3).join("\n")}\n`);
    const agent = startTetrad([
      STDIN,
      `--event-source=file:${file}`,
      "--from-beginning",
      METRICS,
      "--export-stdout",
    ]);
    agent.process.stdin.write(`${EVENTS.slice(0, 5).join("\n")}\n`);
    await agent.process.stdin.flush();
    const samples = await samplesWhen(agent, "tetrad_events_read_total", 8);
    const of = (source: string) => [
      samples[`tetrad_source_events_read_total{source="${source}"}`],
      samples[`tetrad_source_read_bytes_total{source="${source}"}`],
    ];
    const bytes = (count: number) => Buffer.byteLength(EVENTS.slice(0, count).join("\n")) + 1;
    expect({ stdin: of("stdin"), file: of(`file:${file}`) }).toEqual({
      stdin: [5, bytes(5)],
      file: [3, bytes(3)],
    });
    expect(samples.tetrad_read_bytes_total).toBe(bytes(5) + bytes(3));
  });

  test("has another start time and another digest after a restart with another configuration", async () => {
    const seen = [];
    for (const option of ["--event-queue-size=1000", "--event-queue-size=2000"]) {
      const agent = startTetrad([STDIN, METRICS, "--export-blackhole", option]);
      seen.push(identityIn(await pageOf(agent)));
      agent.process.kill("SIGTERM");
      expect(await agent.exit()).toBe(0);
    }
    const [first, second] = seen;
    expect(first!.start).not.toBe(second!.start);
    expect(first!.digest).not.toBe(second!.digest);
  });

  test("has another digest once the configuration was read anew, and the same start time", async () => {
    const directory = temporaryDirectory();
    const option = join(directory, "export-denylist");
    writeFileSync(option, '{"event_set":["PROCESS_EXIT"]}');
    const agent = startTetrad([STDIN, METRICS, "--export-blackhole", `--config-dir=${directory}`]);
    const before = identityIn(await pageOf(agent));
    writeFileSync(option, '{"event_set":["PROCESS_EXEC"]}');
    agent.process.kill("SIGHUP");
    let after = before;
    for (let i = 0; i < 100 && after.digest === before.digest; i++) {
      await Bun.sleep(50);
      after = identityIn(await pageOf(agent));
    }
    expect(after.digest).not.toBe(before.digest);
    expect(after.start).toBe(before.start);
  });

  test("of a Unix socket is closed to others", async () => {
    const path = join(temporaryDirectory(), "metrics.sock");
    const agent = startTetrad([STDIN, "--export-blackhole", `--metrics-server=unix://${path}`]);
    await addressIn(agent.log, METRICS_TITLE);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const response = await fetch("http://localhost/metrics", { unix: path });
    expect(await response.text()).toContain("tetrad_agent_healthy 1\n");
  });

  test("ends the start where the address is taken or is none", async () => {
    const first = startTetrad([STDIN, METRICS, "--export-blackhole"]);
    const address = await addressIn(first.log, METRICS_TITLE);
    const second = await runTetrad([STDIN, "--export-blackhole", `--metrics-server=${address}`]);
    expect([second.code, second.stderr]).toEqual([3, expect.stringContaining("--metrics-server")]);
    const third = await runTetrad([STDIN, "--export-blackhole", "--metrics-server=2112"]);
    expect([third.code, third.stderr]).toEqual([2, expect.stringContaining("--metrics-server")]);
  });

  test("takes only so much of its peers, and keeps answering others", async () => {
    const agent = startTetrad([STDIN, METRICS, "--export-blackhole"]);
    const address = await addressIn(agent.log, METRICS_TITLE);
    await pageOf(agent);
    const before = memoryOf(agent);
    const peers = await Promise.all(Array.from({ length: 200 }, () => connected(address)));
    for (const [i, peer] of peers.entries()) {
      if (i % 3 === 0) peer.write(`GET /metrics HTTP/1.1\r\nx: ${"y".repeat(100_000)}`);
      else if (i % 3 === 1) peer.write("\x16\x03\x01garbage");
      else peer.write("GET /metrics HTTP/1.1\r\nHost: a\r\n");
    }
    expect(await pageOf(agent)).toContain("tetrad_agent_healthy 1\n");
    const count = (text: string) => Number(samplesOf(text).process_open_fds);
    expect(count(await pageOf(agent))).toBeLessThan(100);
    expect(memoryOf(agent) - before).toBeLessThan(32 * 1024 ** 2);
  });

  test("does not grow with the names of binaries that somebody makes up", async () => {
    const agent = startTetrad([STDIN, METRICS, "--export-blackhole"]);
    await addressIn(agent.log, METRICS_TITLE);
    const total = 200_000;
    for (let i = 0; i < total; i += 10_000) {
      const lines = Array.from(
        { length: 10_000 },
        (_, j) => `{"process_exec":{"process":{"pid":7,"binary":"/tmp/${"x".repeat(100)}${i + j}"}}}`,
      );
      agent.process.stdin.write(`${lines.join("\n")}\n`);
      await agent.process.stdin.flush();
    }
    const samples = await samplesWhen(agent, "tetrad_events_read_total", total);
    expect(samples.tetrad_metrics_series).toBe(4001);
    expect(samples.tetrad_metrics_events_shortened_total).toBe(total - 4000);
    const counted = Object.entries(samples).filter(([name]) => name.startsWith("tetragon_events_total{"));
    expect(counted.reduce((sum, [, value]) => sum + value, 0)).toBe(total);
    expect(memoryOf(agent)).toBeLessThan(200 * 1024 ** 2);
  });
});

const PROMETHEUS = findPrometheus("prometheus");

describe.skipIf(PROMETHEUS === undefined || findPrometheus("promtool") === undefined)("Prometheus", () => {
  test("finds nothing to say of the page of a running agent", async () => {
    const agent = startTetrad([STDIN, METRICS, "--export-stdout"]);
    agent.process.stdin.write(`${EVENTS.join("\n")}\n`);
    await agent.process.stdin.flush();
    await samplesWhen(agent, "tetrad_events_read_total", EVENTS.length);
    expect(await promtool(["check", "metrics"], await pageOf(agent))).toEqual({ code: 0, text: "" });
  });

  test("scrapes an agent, and has its numbers", async () => {
    const agent = startTetrad([STDIN, METRICS, "--export-blackhole"]);
    agent.process.stdin.write(`${EVENTS.join("\n")}\n`);
    await agent.process.stdin.flush();
    const target = await addressIn(agent.log, METRICS_TITLE);
    const directory = temporaryDirectory();
    const scrape = { job_name: "tetrad", scrape_interval: "200ms", scrape_timeout: "200ms" };
    writeFileSync(
      join(directory, "prometheus.yml"),
      JSON.stringify({ scrape_configs: [{ ...scrape, static_configs: [{ targets: [target] }] }] }),
    );
    const server = Bun.spawn(
      [
        PROMETHEUS!,
        `--config.file=${directory}/prometheus.yml`,
        `--storage.tsdb.path=${directory}/data`,
        "--web.listen-address=127.0.0.1:0",
      ],
      { stdout: "ignore", stderr: "pipe" },
    );
    onEnd(async () => {
      server.kill("SIGKILL");
      await server.exited;
    });
    let log = "";
    void (async () => {
      for await (const chunk of server.stderr) log += new TextDecoder().decode(chunk);
    })();
    const listening = /msg="Listening on" address=(\S+)/;
    await until(
      () => listening.test(log),
      () => `Prometheus to listen:\n${log}`,
    );
    const ask = async (query: string): Promise<number | undefined> => {
      const url = `http://${listening.exec(log)![1]}/api/v1/query?query=${encodeURIComponent(query)}`;
      const response = await fetch(url);
      if (!response.ok) return undefined;
      const answer = (await response.json()) as {
        data?: { result?: { value: [number, string] }[] };
      };
      const value = answer.data?.result?.[0]?.value[1];
      return value === undefined ? undefined : Number(value);
    };
    let sum: number | undefined;
    for (let i = 0; i < 200 && sum !== EVENTS.length; i++) {
      sum = await ask("sum(tetragon_events_total)");
      await Bun.sleep(50);
    }
    expect(sum).toBe(EVENTS.length);
    expect(await ask('up{job="tetrad"}')).toBe(1);
    expect(await ask("count(tetrad_agent_info)")).toBe(1);
  });
});
