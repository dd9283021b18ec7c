/**
 * Into a real server, OpenSearch or Elasticsearch. Only `npm run acceptance -- elasticsearch` says that there is one: it takes a minute for the least
 * of events.
 */
import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { Cluster } from "../../src/lib/elasticsearch/cluster.ts";
import { AgentInTrouble, numberOf, seeded, writeEvents } from "./elasticsearch.ts";
import { cleanUp, onEnd, temporaryDirectory } from "./harness.ts";

const EVENTS = Number(process.env.TETRAD_TEST_EVENTS ?? 20_000);
const KILLS = Number(process.env.TETRAD_TEST_KILLS ?? 10);
const SERVER_KILLS = Number(process.env.TETRAD_TEST_SERVER_KILLS ?? 2);
const SEED = process.env.TETRAD_TEST_SEED ?? String(Math.floor(Math.random() * 1e9));
const STREAM = "logs-tetragon.log-default";
/** `opensearch` or `elasticsearch`. */
const KIND = process.env.TETRAD_TEST_SERVER ?? "";
const SERVER = new URL(`../peers/${KIND}`, import.meta.url).pathname;
/** How long a run of the agent lives at most, milliseconds. */
const LIFE_MS = 6000;

afterEach(cleanUp);

/** A server on a port of its own, with its data in one place. */
class Server {
  readonly port: number;
  readonly cluster: Cluster;
  readonly #directory: string;
  #process: Subprocess | undefined;

  constructor(directory: string, port: number) {
    this.#directory = directory;
    this.port = port;
    this.cluster = new Cluster({ hosts: [`http://127.0.0.1:${port}`], timeoutMs: 60_000 });
    onEnd(() => this.kill());
  }

  async start(): Promise<void> {
    this.#process = Bun.spawn([SERVER, String(this.port), join(this.#directory, "data"), "1g"], {
      stdout: "ignore",
      stderr: Bun.file(join(this.#directory, "server.log")),
    });
    await this.ready();
  }

  /** Resolves when it takes documents. */
  async ready(): Promise<void> {
    for (;;) {
      const answer = await this.cluster
        .request({ path: "/_cluster/health?wait_for_status=yellow&timeout=5s", timeoutMs: 10_000 })
        .catch(() => undefined);
      if (answer?.status === 200) return;
      if (this.#process?.exitCode !== null) throw new Error("The server has ended");
      await Bun.sleep(500);
    }
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
  }
}

/** A port that was free a moment ago. */
function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = server.port!;
  server.stop(true);
  return port;
}

/**
 * Makes the name a data stream, or an alias where there are none: Elasticsearch's core of 7.17 has none.
 * @param further Settings of the indices.
 */
async function makeTemplate(cluster: Cluster, further: object = {}): Promise<void> {
  const settings = { number_of_shards: 1, number_of_replicas: 0, ...further };
  const properties = { "@timestamp": { type: "date" }, event: { properties: { kind: { type: "keyword" } } } };
  const template = { settings, mappings: { dynamic: false, properties } };
  const common = { priority: 500, template };
  const path = "/_index_template/tetragon";
  const withStream = { ...common, index_patterns: ["logs-tetragon*"], data_stream: {} };
  const isMade = await cluster.json("PUT", path, withStream).catch(() => undefined);
  if (isMade !== undefined) return;
  await cluster.json("PUT", path, { ...common, index_patterns: ["tetragon-*"] });
  if ((await cluster.request({ method: "HEAD", path: `/_alias/${STREAM}` })).status === 200) return;
  await cluster.json("PUT", "/tetragon-000001", { aliases: { [STREAM]: { is_write_index: true } } });
}

/** How often each number is there, read by scrolling through the whole data stream. */
async function countNumbers(cluster: Cluster, count: number): Promise<{ times: Uint8Array; others: number }> {
  interface Page {
    readonly _scroll_id: string;
    readonly hits: { readonly hits: readonly { readonly _source: { readonly message: string } }[] };
  }
  await cluster.json("POST", `/${STREAM}/_refresh`);
  const times = new Uint8Array(count);
  let others = 0;
  let page = await cluster.json<Page>("POST", `/${STREAM}/_search?scroll=2m`, {
    size: 2000,
    _source: ["message"],
    sort: ["_doc"],
  });
  while (page.hits.hits.length > 0) {
    for (const { _source } of page.hits.hits) {
      const number = numberOf(_source.message);
      if (number === undefined) others++;
      else times[number]!++;
    }
    page = await cluster.json<Page>("POST", "/_search/scroll", { scroll: "2m", scroll_id: page._scroll_id });
  }
  return { times, others };
}

/** Ids of the bulk requests that the server works on. */
async function openRequests(cluster: Cluster): Promise<string[]> {
  interface Tasks {
    readonly nodes?: Readonly<
      Record<string, { tasks: Readonly<Record<string, { headers: Readonly<Record<string, string>> }>> }>
    >;
  }
  const { nodes = {} } = await cluster.json<Tasks>("GET", "/_tasks?actions=indices:data/write/bulk*");
  return Object.values(nodes)
    .flatMap(({ tasks }) => Object.values(tasks))
    .map(({ headers }) => headers["X-Opaque-Id"] ?? "");
}

/** How often numbers are missing, or there more than once. */
async function compare(cluster: Cluster, count: number) {
  const { times, others } = await countNumbers(cluster, count);
  const missing = [...times.keys()].filter((i) => times[i] === 0).slice(0, 20);
  const doubled = [...times.keys()].filter((i) => times[i]! > 1).slice(0, 20);
  return { found: { missing, doubled }, others };
}

describe.skipIf(KIND === "")(`a real server, ${KIND} (seed ${SEED})`, () => {
  test("no event comes twice when the request of a killed agent is worked on beyond a rollover and the next start", async () => {
    const directory = temporaryDirectory();
    const server = new Server(directory, freePort());
    await server.start();
    const { cluster } = server;
    // A request waits for a copy that nobody has, up to a minute.
    const waits = "index.write.wait_for_active_shards";
    await makeTemplate(cluster, { number_of_replicas: 1, [waits]: 2 });
    const events = writeEvents(directory, 100);
    const agent = new AgentInTrouble({ directory, events, url: `http://127.0.0.1:${server.port}` });
    agent.start();
    while ((await openRequests(cluster)).length === 0) await Bun.sleep(50);
    await agent.kill();
    const [id] = await openRequests(cluster);
    expect(id).toMatch(/^tetrad-[0-9a-f]{16}-[0-9a-f]{8}-\d+$/);
    await makeTemplate(cluster);
    await cluster.json("POST", `/${STREAM}/_rollover?wait_for_active_shards=0`);
    const finished = agent.finish();
    while (!(await agent.logNow()).includes("still works on what was sent before")) await Bun.sleep(50);
    expect(await openRequests(cluster)).toContain(id!);
    await cluster.json("PUT", `/${STREAM}/_settings`, { [waits]: 1 });
    expect(await finished).toBe(0);
    expect((await compare(cluster, 100)).found).toEqual({ missing: [], doubled: [] });
  }, 600_000);

  test(
    "each event is there exactly once after kills of both sides, with rollovers between",
    async () => {
      const random = seeded(SEED);
      const directory = temporaryDirectory();
      const server = new Server(directory, freePort());
      await server.start();
      await makeTemplate(server.cluster);
      const events = writeEvents(directory, EVENTS);
      const agent = new AgentInTrouble({ directory, events, url: `http://127.0.0.1:${server.port}` });
      let rollovers = 0;
      for (let i = 0; i < KILLS; i++) {
        agent.start();
        await Bun.sleep(300 + random() * LIFE_MS);
        const isServerDue = random() < SERVER_KILLS / KILLS;
        if (isServerDue) await server.kill();
        if (random() < 0.5) await agent.kill();
        if (isServerDue) await server.start();
        if (random() < 0.5) {
          const answer = await server.cluster.request({ method: "POST", path: `/${STREAM}/_rollover` });
          if (answer.status === 200) rollovers++;
        }
        await Bun.sleep(random() * 500);
        await agent.kill();
        if (i % 10 === 9) console.error(`${i + 1} of ${KILLS} kills, ${rollovers} rollovers`);
      }
      expect(await agent.finish()).toBe(0);
      const { found, others } = await compare(server.cluster, EVENTS);
      console.error(`${EVENTS} events, ${others} lines of metadata, ${rollovers} rollovers`);
      expect(found).toEqual({ missing: [], doubled: [] });
      expect(agent.log).not.toContain("damaged");
    },
    4 * 3_600_000,
  );
});
