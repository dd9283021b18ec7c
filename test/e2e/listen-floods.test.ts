/** What is sent to `tetrad listen` in ill will takes no more memory than it may, and what is well comes through. */
import { afterEach, describe, expect, test } from "bun:test";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { cleanUp, EVENTS, startTetrad, until } from "./harness.ts";
import { peakOf } from "./memory.ts";

afterEach(cleanUp);

/** Three times what an idle one takes. */
const MAX_RSS = 256 * 1024 * 1024;
/** Of a document that unpacks to as much as is taken. */
const LENGTH = 4 * 1024 * 1024 - 1000;

async function listen(...flags: string[]) {
  const listener = startTetrad(["listen", "--port=0", "--json", "--stats-interval=100ms", ...flags]);
  await listener.logged("Listening on ");
  const port = Number(/Listening on \S+:(\d+)/.exec(listener.log())![1]);
  const said = () => listener.stdout().trimEnd().split("\n");
  const count = (name: string) => Number(new RegExp(`"${name}":(\\d+)`).exec(said().at(-1)!)?.[1] ?? 0);
  /** Those that came, and those that found no room in the socket. */
  const datagrams = () => count("datagrams") + count("overflowed");
  return { listener, port, said, datagrams };
}

const lists = (count: number) => "[".repeat(count) + "]".repeat(count);

const BOMBS: readonly (readonly [name: string, bomb: Buffer, reason: string])[] = [
  ["60 MB of nothing in gzip", gzipSync(Buffer.alloc(60_000_000)), "it has more than 4194304 bytes"],
  ["60 MB of nothing in zlib", deflateSync(Buffer.alloc(60_000_000)), "it has more than 4194304 bytes"],
  ["1 GB of nothing in zstd", zstdCompressSync(Buffer.alloc(1_000_000_000)), "it has 1000000000 bytes"],
  ["nested lists", gzipSync(`{"process_exec":{"new":${lists(LENGTH / 2)}}}\n`), "levels deep"],
  ["empty objects", gzipSync(`{"process_exec":{"new":[${"{},".repeat(LENGTH / 3)}{}]}}\n`), "objects, lists"],
  [
    "nested lists in GELF",
    gzipSync(`{"version":"1.1","short_message":"x","full_message":"{}","_new":${lists(LENGTH / 2)}}\n`),
    "levels deep",
  ],
  [
    "nested lists in GELF of several lines",
    gzipSync(`{"version":"1.1","short_message":"x",\n"full_message":"{}","_new":${lists(LENGTH / 2)}}\n`),
    "levels deep",
  ],
  ["lines without end", gzipSync("{}\n".repeat(LENGTH / 3)), "more than 4096 lines"],
];

describe("tetrad listen, sent what unpacks to far more than it is,", () => {
  test.each(BOMBS)("%s: counts it as invalid, and stays small", async (_name, bomb, reason) => {
    const { listener, port, said, datagrams } = await listen("--validate");
    const peak = peakOf(listener.process);
    const socket = await Bun.udpSocket({});
    const ROUNDS = 10;
    for (let i = 1; i <= ROUNDS; i++) {
      socket.send(bomb, port, "127.0.0.1");
      await until(() => datagrams() === i, `datagram ${i}`);
    }
    socket.send(`${EVENTS[0]}\n`, port, "127.0.0.1");
    await until(() => datagrams() === ROUNDS + 1, "the event after it");
    socket.close();
    listener.process.kill("SIGINT");
    expect(await listener.exit()).toBe(1);
    const summary = JSON.parse(said().at(-1)!);
    expect(Object.keys(summary.reasons).join("; ")).toContain(reason);
    expect(Object.values(summary.types)).toContain(1);
    expect(await peak).toBeLessThan(MAX_RSS);
  });
});

describe("tetrad listen, sent metadata of 100,000 starts that were never made,", () => {
  test("keeps a bounded number, stays small, says little, and loses count of none", async () => {
    const AGENTS = 1000;
    const { listener, port, said, datagrams } = await listen(`--max-agents=${AGENTS}`);
    const peak = peakOf(listener.process);
    const sockets = await Promise.all(Array.from({ length: 20 }, () => Bun.udpSocket({})));
    const metadata = (event: string, start: string, more: object = {}) =>
      `${JSON.stringify({
        "@timestamp": "2026-11-30T04:00:00Z",
        event,
        tetragon_version: "v1\u001b[2J",
        hostname: "x".repeat(500),
        os: "linux",
        pid: 7,
        uptime: "initialized at 0",
        start_id: start,
        sequence: 0,
        config_digest: start,
        ...more,
      })}\n`;
    const STARTS = 100_000;
    const BURST = 2000;
    for (let i = 0; i < STARTS; i += BURST) {
      for (let j = i; j < i + BURST; j++)
        sockets[j % sockets.length]!.send(metadata("agent_init", `start-${j}`), port, "127.0.0.1");
      await until(() => datagrams() >= i + BURST, `datagram ${i + BURST}`);
    }
    for (const socket of sockets) socket.close();
    listener.process.kill("SIGINT");
    expect(await listener.exit()).toBe(0);
    const lines = said();
    const summary = JSON.parse(lines.at(-1)!);
    expect(summary.agent_init + summary.overflowed).toBe(STARTS);
    expect(summary.agents.length).toBeLessThanOrEqual(AGENTS);
    expect(summary.agents.length + summary.agents_forgotten + summary.agents_refused).toBe(
      summary.agent_init,
    );
    const notices = lines.filter((line) => line.startsWith('{"type":"agent"')).length;
    const leftOut = lines
      .filter((line) => line.startsWith('{"type":"left_out"'))
      .reduce((sum, line) => sum + JSON.parse(line).notices, 0);
    expect(leftOut).toBeGreaterThan(notices);
    expect(listener.stdout().replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(await peak).toBeLessThan(MAX_RSS);
  });
});
