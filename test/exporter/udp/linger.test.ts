import { describe, expect, test } from "bun:test";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { OptionTable } from "../../../src/config/table.ts";
import { createDirectExporter } from "../../../src/exporter/delivery/delivery.ts";
import { UdpDestination } from "../../../src/exporter/udp/destination.ts";
import { udpRows } from "../../../src/exporter/udp/options.ts";
import { Packer } from "../../../src/exporter/udp/packer.ts";
import { ManualClock } from "../delivery/manual-clock.ts";
import { batchOf, exporterSettings, metadataOf, numbered, patient, start, until } from "../support.ts";

const AGENT_INIT = '{"event":"agent_init"}\n';
const LINGER_MS = 50;

/** An exporter that joins events, to a receiver on loopback, with a clock that stands still. */
async function startBatching({ lingerMs = LINGER_MS, maxDatagramBytes = 65507, queueEvents = 1000 } = {}) {
  const datagrams: string[] = [];
  const receiver = await Bun.udpSocket({
    hostname: "127.0.0.1",
    binaryType: "buffer",
    socket: { data: (_socket, data) => void datagrams.push(data.toString()) },
  });
  const clock = new ManualClock();
  const settings = exporterSettings({ name: "udp", metadata: metadataOf(AGENT_INIT) });
  const destination = new UdpDestination({
    ...settings,
    host: "127.0.0.1",
    port: receiver.port,
    sendBufferBytes: 65536,
    maxDatagramBytes,
    padPercent: 0,
    resolveIntervalMs: 1000,
    values: OptionTable.of(udpRows()).defaults,
    inflight: Checkpoint.anonymous().inflight,
    lookup: () => Promise.reject(new Error("not asked for")),
    packer: new Packer({ maxDatagramBytes, joins: true, compress: undefined }),
    lingerMs,
  });
  const queue = { ...settings.queue, maxEvents: queueEvents };
  const exporter = createDirectExporter(destination, { ...settings, queue, clock });
  await start(exporter);
  const { counters } = settings;
  return {
    exporter,
    clock,
    counters,
    /** Gives it events in one batch. */
    write: (from: number, count: number) => exporter.write(batchOf(numbered(from, count))),
    /** How many events each datagram has that left so far, `agent_init` not counted. */
    async sizes() {
      const lines = () => datagrams.slice(1).join("").split("\n").length - 1;
      await until(() => datagrams.length > 0 && lines() === counters.exported, "all that left has come");
      return datagrams.slice(1).map((text) => text.split("\n").length - 1);
    },
    lines: () => datagrams.slice(1).join("").split("\n").slice(0, -1),
    async [Symbol.asyncDispose]() {
      await exporter.stop(patient());
      receiver.close();
    },
  };
}

describe("--udp-linger", () => {
  test("an event waits for others until its time is up, and leaves with those that came", async () => {
    await using agent = await startBatching();
    agent.write(0, 1);
    await agent.clock.advance(LINGER_MS - 1);
    agent.write(1, 2);
    expect(agent.counters.exported).toBe(0);
    await agent.clock.advance(1);
    expect(await agent.sizes()).toEqual([3]);
    expect(agent.lines()).toEqual(numbered(0, 3));
  });

  test("time is counted from the first that waits: later ones do not put it off, and the next begin anew", async () => {
    await using agent = await startBatching();
    for (let at = 0; at < LINGER_MS; at += 10) {
      agent.write(at / 10, 1);
      await agent.clock.advance(10);
    }
    expect(await agent.sizes()).toEqual([5]);
    agent.write(5, 1);
    await agent.clock.advance(LINGER_MS - 1);
    expect(await agent.sizes()).toEqual([5]);
    await agent.clock.advance(1);
    expect(await agent.sizes()).toEqual([5, 1]);
  });

  test("as soon as there is more than one datagram takes, nothing waits", async () => {
    await using agent = await startBatching({ maxDatagramBytes: 256 });
    const [line] = numbered(0, 1);
    const fits = Math.floor(256 / (line!.length + 1));
    for (let i = 0; i < fits; i++) agent.write(i % 10, 1);
    expect(agent.counters.exported).toBe(0);
    agent.write(0, 1);
    expect(await agent.sizes()).toEqual([fits, 1]);
  });

  test("many events that come at once take with them what waits, in order", async () => {
    await using agent = await startBatching();
    agent.write(0, 2);
    expect(agent.counters.exported).toBe(0);
    agent.write(2, 100);
    await agent.clock.advance(LINGER_MS);
    expect((await agent.sizes()).reduce((sum, size) => sum + size)).toBe(102);
    expect(agent.lines()).toEqual(numbered(0, 102));
  });

  test("a queue that is full of what waits is sent, and nothing is dropped", async () => {
    await using agent = await startBatching({ queueEvents: 4 });
    for (let i = 0; i < 20; i++) agent.write(i, 1);
    await agent.clock.advance(LINGER_MS);
    await agent.sizes();
    expect(agent.lines()).toEqual(numbered(0, 20));
    expect(agent.counters).toMatchObject({ exported: 20, queue_full: 0 });
  });

  test("with none, an event leaves at once", async () => {
    await using agent = await startBatching({ lingerMs: 0 });
    agent.write(0, 1);
    expect(await agent.sizes()).toEqual([1]);
  });

  test("a stop sends what waits, and no timer is left", async () => {
    const agent = await startBatching();
    agent.write(0, 3);
    expect(agent.counters.exported).toBe(0);
    await agent.exporter.stop(patient());
    expect(await agent.sizes()).toEqual([3]);
    await agent.clock.advance(LINGER_MS * 2);
    expect(agent.counters.exported).toBe(3);
    await agent[Symbol.asyncDispose]();
  });
});
