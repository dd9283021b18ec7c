import { describe, expect, test } from "bun:test";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { OptionTable } from "../../../src/config/table.ts";
import type { Exporter } from "../../../src/exporter/exporter.ts";
import { createUdpExporter } from "../../../src/exporter/udp/index.ts";
import { udpRows } from "../../../src/exporter/udp/options.ts";
import type { Address, Lookup } from "../../../src/exporter/udp/resolver.ts";
import type { UdpSettings } from "../../../src/exporter/udp/settings.ts";
import { setReceiveBuffer } from "../../../src/os/udp-socket.ts";
import { createExporterCounters } from "../../../src/telemetry/counters.ts";
import { testExporterContract } from "../contract.ts";
import {
  accountedFor,
  batchOf,
  createTestLog,
  exporterSettings,
  metadataOf,
  numbered,
  patient,
  start,
  until,
} from "../support.ts";

const AGENT_INIT = '{"event":"agent_init"}';
const LOOPBACK: Address = { host: "127.0.0.1", family: 2 };

/** A receiver on loopback; `text` is all that came. */
async function openReceiver() {
  const datagrams: string[] = [];
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    binaryType: "buffer",
    socket: { data: (_socket, data) => void datagrams.push(data.toString()) },
  });
  setReceiveBuffer((socket as unknown as { fd: number }).fd, 16 * 1024 * 1024);
  return { datagrams, port: socket.port, [Symbol.dispose]: () => socket.close() };
}

function settingsFor(port: number, overrides: Partial<UdpSettings> = {}): UdpSettings {
  return {
    ...exporterSettings({ name: "udp" }),
    host: "127.0.0.1",
    port,
    sendBufferBytes: 65536,
    maxDatagramBytes: 65507,
    padPercent: 0,
    resolveIntervalMs: 10,
    values: OptionTable.of(udpRows()).defaults,
    metadata: metadataOf(`${AGENT_INIT}\n`),
    inflight: Checkpoint.anonymous().inflight,
    lookup: () => Promise.reject(new Error("not asked for")),
    ...overrides,
  };
}

async function stop(exporter: Exporter): Promise<void> {
  await exporter.stop(patient());
}

testExporterContract("udp", async (settings) => {
  const receiver = await openReceiver();
  const exporter = createUdpExporter(settingsFor(receiver.port, settings));
  return {
    exporter,
    async arrived(count) {
      await until(() => receiver.datagrams.length >= count, "all datagrams have been read");
      return receiver.datagrams.join("").split("\n").slice(0, -1);
    },
    async [Symbol.asyncDispose]() {
      await stop(exporter);
      receiver[Symbol.dispose]();
    },
  };
});

describe("udp exporter", () => {
  test("commits the position of each event that left, and of a batch that had none to send", async () => {
    using receiver = await openReceiver();
    const checkpoint = Checkpoint.anonymous();
    const stream = checkpoint.slotFor({ dev: 1n, ino: 1n, fingerprint: 1n }, 0);
    const exporter = createUdpExporter(
      settingsFor(receiver.port, { inflight: checkpoint.inflight, positions: checkpoint }),
    );
    await start(exporter);
    const batch = batchOf(numbered(0, 200));
    batch.stream = stream;
    exporter.write(batch);
    expect(checkpoint.position(stream)).toBe(200);
    const filtered = batchOf([]);
    filtered.stream = stream;
    filtered.endPosition = 321;
    exporter.write(filtered);
    expect(checkpoint.position(stream)).toBe(321);
    await stop(exporter);
  });

  test("queues while the name does not resolve, then sends agent_init and every event in order", async () => {
    using receiver = await openReceiver();
    const { promise: answer, resolve } = Promise.withResolvers<readonly Address[]>();
    const { log, messages } = createTestLog();
    const counters = createExporterCounters();
    let isFirst = true;
    const lookup: Lookup = () => {
      if (!isFirst) return answer;
      isFirst = false;
      return Promise.reject(new Error("ENOTFOUND"));
    };
    const exporter = createUdpExporter(
      settingsFor(receiver.port, { host: "collector.test", lookup, log, counters }),
    );
    await start(exporter);
    exporter.write(batchOf(numbered(0, 30)));
    await until(() => messages.some((text) => text.includes("Cannot resolve")), "the failure is logged");
    expect(counters.exported).toBe(0);
    resolve([LOOPBACK]);
    await until(() => receiver.datagrams.length === 31, "all have come");
    expect(receiver.datagrams.join("").trimEnd().split("\n")).toEqual([AGENT_INIT, ...numbered(0, 30)]);
    expect(accountedFor(counters)).toBe(30);
    await stop(exporter);
  });

  test("a name that moves: the new receiver gets agent_init first; the same address gets it once", async () => {
    using first = await openReceiver();
    const socket = await Bun.udpSocket({
      hostname: "127.0.0.2",
      port: first.port,
      binaryType: "buffer",
      socket: { data: (_socket, data) => void second.push(data.toString()) },
    });
    const second: string[] = [];
    let answer: readonly Address[] = [LOOPBACK];
    const exporter = createUdpExporter(
      settingsFor(first.port, { host: "collector.test", lookup: async () => answer, resolveIntervalMs: 2 }),
    );
    await start(exporter);
    await until(() => first.datagrams.length === 1, "the first receiver has agent_init");
    exporter.write(batchOf(numbered(0, 1)));
    answer = [{ host: "127.0.0.2", family: 2 }];
    await until(() => second.length === 1, "the second receiver has agent_init");
    exporter.write(batchOf(numbered(1, 1)));
    await until(() => second.length === 2, "the second receiver has the event");
    expect(second).toEqual([`${AGENT_INIT}\n`, `${numbered(1, 1)[0]}\n`]);
    expect(first.datagrams).toEqual([`${AGENT_INIT}\n`, `${numbered(0, 1)[0]}\n`]);
    await stop(exporter);
    socket.close();
  });

  test("one event that no queue can hold does not take shorter ones along", async () => {
    using receiver = await openReceiver();
    const counters = createExporterCounters();
    const exporter = createUdpExporter(
      settingsFor(receiver.port, {
        counters,
        host: "collector.test",
        lookup: () => Promise.reject(new Error("ENOTFOUND")),
        queue: { maxEvents: 100, maxBytes: 1000 },
      }),
    );
    await start(exporter);
    exporter.write(batchOf(["1", JSON.stringify("x".repeat(2000)), "3"]));
    await exporter.stop(AbortSignal.abort());
    expect(counters).toMatchObject({ queue_full: 1, send_failed: 2, exported: 0 });
  });

  test("an event too large to be shortened is dropped once and counted as too_large, the others go out", async () => {
    using receiver = await openReceiver();
    const counters = createExporterCounters();
    const exporter = createUdpExporter(settingsFor(receiver.port, { counters, maxDatagramBytes: 508 }));
    await start(exporter);
    const numbers = JSON.stringify({
      process_exec: { process: { pid: 1 } },
      x: "not json".repeat(200),
    }).slice(0, -1);
    exporter.write(batchOf(["1", numbers, "3"]));
    await until(() => receiver.datagrams.length === 3, "agent_init and two events");
    expect(receiver.datagrams.slice(1)).toEqual(["1\n", "3\n"]);
    expect(counters).toMatchObject({ exported: 2, too_large: 1 });
    await stop(exporter);
  });

  test("sends on to a closed port without a failure", async () => {
    const receiver = await openReceiver();
    const { port } = receiver;
    receiver[Symbol.dispose]();
    const counters = createExporterCounters();
    const exporter = createUdpExporter(settingsFor(port, { counters }));
    await start(exporter);
    for (let i = 0; i < 20; i++) {
      exporter.write(batchOf(numbered(i * 64, 64)));
      await Bun.sleep(1);
    }
    expect(counters).toMatchObject({ exported: 20 * 64, send_failed: 0, retries: 0 });
    await stop(exporter);
  });
});
