/** Each event is in the index exactly once, however often the agent is killed, answers are lost and the index is rolled over. */
import { afterEach, describe, expect, test } from "bun:test";
import { FakeCluster } from "../exporter/elasticsearch/fake-cluster.ts";
import { AgentInTrouble, numberOf, seeded, writeEvents } from "./elasticsearch.ts";
import { cleanUp, onEnd, temporaryDirectory } from "./harness.ts";

const EVENTS = Number(process.env.TETRAD_TEST_EVENTS ?? 8000);
const KILLS = Number(process.env.TETRAD_TEST_KILLS ?? 6);
const SEED = process.env.TETRAD_TEST_SEED ?? String(Math.floor(Math.random() * 1e9));
/** How long a run lives at most, milliseconds. */
const LIFE_MS = 1000;

afterEach(cleanUp);

/** Numbers that are missing, and numbers that are there more than once. */
function compare(cluster: FakeCluster, count: number) {
  const times = new Uint8Array(count);
  let metadata = 0;
  for (const message of cluster.messages) {
    const number = numberOf(message);
    if (number === undefined) metadata++;
    else times[number]!++;
  }
  const missing = [...times.keys()].filter((i) => times[i] === 0);
  const doubled = [...times.keys()].filter((i) => times[i]! > 1);
  return { metadata, missing: missing.slice(0, 20), doubled: doubled.slice(0, 20) };
}

/** Takes documents, and loses the answer, half of them, or nothing, as chance will have it. */
function trouble(cluster: FakeCluster, random: () => number): void {
  cluster.always = async ({ take, ids }) => {
    const kind = random();
    if (kind < 0.1) return new Response("", { status: 429, headers: { "retry-after": "0" } });
    if (kind < 0.2) {
      take();
      return new Response("", { status: 502 });
    }
    if (kind < 0.25)
      return Response.json({ errors: true, items: ids.map(() => ({ create: { status: 503 } })) });
    if (kind < 0.3) cluster.rollOver();
    // Now and then for longer than it takes until the next agent asks.
    await Bun.sleep(random() * (kind < 0.35 ? 1500 : 40));
    if (kind < 0.4) cluster.rollOver();
    return take();
  };
}

describe(`kill -9 (seed ${SEED})`, () => {
  test("each event is there exactly once after kills at random moments, lost answers and rollovers", async () => {
    const random = seeded(SEED);
    const directory = temporaryDirectory();
    const events = writeEvents(directory, EVENTS);
    const cluster = new FakeCluster();
    onEnd(() => cluster[Symbol.asyncDispose]());
    trouble(cluster, random);
    const options = ["--elasticsearch-bulk-max-size=100", "--elasticsearch-linger=10ms"];
    const agent = new AgentInTrouble({ directory, events, url: cluster.url, options });
    for (let i = 0; i < KILLS; i++) {
      agent.start();
      await Bun.sleep(100 + random() * LIFE_MS);
      await agent.kill();
    }
    cluster.always = undefined;
    expect(await agent.finish()).toBe(0);
    const { metadata, missing, doubled } = compare(cluster, EVENTS);
    expect({ missing, doubled }).toEqual({ missing: [], doubled: [] });
    expect(metadata).toBeGreaterThan(0);
    expect(agent.log).not.toContain("damaged");
  }, 600_000);
});
