/** @module Servers that bulk requests are sent to, each a process of its own: a real OpenSearch, and one that only drains. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Cluster } from "../../src/lib/elasticsearch/cluster.ts";
import { WORK_DIRECTORY } from "./fixture.ts";
import { NotMeasured } from "./rows/row.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Of a second, in which the kernel counts CPU time (`getconf CLK_TCK`). */
const TICKS = 100;
const PATIENCE_MS = 180_000;

/** A server on loopback. */
export interface BulkServer extends AsyncDisposable {
  readonly url: string;
  /** CPU time so far, seconds. */
  cpuSeconds(): number;
  /** Documents that it has. */
  count(): Promise<number>;
}

/** The data stream that documents go to. */
export const STREAM = "logs-tetragon.log-default";

/** Starts the one that drains. */
export async function startDrain(): Promise<BulkServer> {
  const child = Bun.spawn([process.execPath, join(ROOT, "scripts/bench/drain-server.ts")], {
    stdout: "pipe",
  });
  const { value } = await child.stdout.getReader().read();
  const url = `http://127.0.0.1:${new TextDecoder().decode(value).trim()}`;
  return {
    url,
    cpuSeconds: () => cpuSecondsOf(child.pid),
    count: async () => (await (await fetch(`${url}/count`)).json()) as number,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

/** Starts OpenSearch with a data stream. @throws NotMeasured where it cannot be had. */
export async function startOpenSearch(): Promise<BulkServer> {
  for (const command of ["mvn", "javac", "java"])
    if (Bun.which(command) === null) throw new NotMeasured(`OpenSearch needs ${command}`);
  const directory = mkdtempSync(`${WORK_DIRECTORY}opensearch-`);
  const port = freePort();
  const log = Bun.file(`${directory}/log`);
  const command = [join(ROOT, "test/peers/opensearch"), String(port), `${directory}/data`, "1g"];
  const child = Bun.spawn(command, { stdout: log, stderr: log });
  const url = `http://127.0.0.1:${port}`;
  const cluster = new Cluster({ hosts: [url], timeoutMs: 60_000 });
  const deadline = performance.now() + PATIENCE_MS;
  const path = "/_cluster/health?wait_for_status=yellow&timeout=5s";
  while ((await cluster.request({ path }).catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error("OpenSearch did not start");
    await Bun.sleep(500);
  }
  await cluster.json("PUT", "/_index_template/tetragon", {
    index_patterns: ["logs-tetragon*"],
    data_stream: {},
    priority: 500,
    template: { settings: { number_of_shards: 1, number_of_replicas: 0 }, mappings: MAPPINGS },
  });
  return {
    url,
    cpuSeconds: () => cpuSecondsOf(child.pid),
    async count() {
      await cluster.request({ method: "POST", path: `/${STREAM}/_refresh` });
      const answer = await cluster.request({ path: `/${STREAM}/_count` });
      return answer.status === 200 ? (JSON.parse(answer.text) as { count: number }).count : 0;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** As lean as they may be: what a mapping costs more would be on the server's side of every ratio. */
const MAPPINGS = {
  dynamic: false,
  properties: {
    "@timestamp": { type: "date_nanos" },
    message: { type: "match_only_text" },
    event: {
      properties: { action: { type: "keyword" }, kind: { type: "keyword" }, dataset: { type: "keyword" } },
    },
    process: {
      properties: { name: { type: "keyword" }, pid: { type: "long" }, executable: { type: "keyword" } },
    },
    host: { properties: { name: { type: "keyword" } } },
  },
};

function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = server.port!;
  server.stop(true);
  return port;
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
