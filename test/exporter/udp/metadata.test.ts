import { expect, test } from "bun:test";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { OptionTable } from "../../../src/config/table.ts";
import { createUdpExporter } from "../../../src/exporter/udp/index.ts";
import { udpRows } from "../../../src/exporter/udp/options.ts";
import type { Address } from "../../../src/exporter/udp/resolver.ts";
import { batchOf, exporterSettings, metadataOf, numbered, patient, start, until } from "../support.ts";

const AGENT_INIT = '{"event":"agent_init"}\n';

/** A receiver at `hostname`; `datagrams` is all that came. */
async function openReceiver(hostname: string, port = 0) {
  const datagrams: string[] = [];
  const socket = await Bun.udpSocket({
    hostname,
    port,
    binaryType: "buffer",
    socket: { data: (_socket, data) => void datagrams.push(data.toString()) },
  });
  return { datagrams, port: socket.port, [Symbol.dispose]: () => socket.close() };
}

/** An exporter to `collector`, a name that has one address at a time. */
function createExporter(port: number, address: () => Address) {
  const metadata = metadataOf(AGENT_INIT);
  const exporter = createUdpExporter({
    ...exporterSettings({ metadata }),
    host: "collector",
    port,
    sendBufferBytes: 65536,
    maxDatagramBytes: 65507,
    padPercent: 0,
    resolveIntervalMs: 10,
    values: OptionTable.of(udpRows()).defaults,
    inflight: Checkpoint.anonymous().inflight,
    lookup: async () => [address()],
  });
  return { exporter, metadata };
}

test("counts datagrams and bytes for each address by itself, metadata included, as of before the next datagram", async () => {
  using first = await openReceiver("127.0.0.1");
  using second = await openReceiver("127.0.0.2", first.port);
  let host = "127.0.0.1";
  const { exporter, metadata } = createExporter(first.port, () => ({ host, family: 2 }));
  await start(exporter);
  await until(() => first.datagrams.length === 1, "the first receiver has agent_init");
  exporter.write(batchOf(numbered(0, 3)));
  metadata.refresh(Buffer.from('{"event":"agent_refresh"}'));
  exporter.announce();
  await until(() => first.datagrams.length === 5, "the first receiver has all");
  const port = first.port;
  expect(metadata.progress.at(-1)).toMatchObject({
    receiver: `127.0.0.1:${port}`,
    datagrams: 4,
    events: 3,
    bytes: first.datagrams.slice(0, 4).join("").length,
  });
  host = "127.0.0.2";
  await until(() => second.datagrams.length === 1, "the second receiver has the metadata");
  expect(metadata.progress.at(-1)).toMatchObject({
    receiver: `127.0.0.2:${port}`,
    datagrams: 0,
    events: 0,
    bytes: 0,
  });
  exporter.write(batchOf(numbered(3, 2)));
  await until(() => second.datagrams.length === 3, "the second receiver has the events");
  metadata.refresh(Buffer.from('{"event":"agent_refresh","n":2}'));
  exporter.announce();
  await until(() => second.datagrams.length === 4, "the second receiver has the refresh");
  expect(metadata.progress.at(-1)).toMatchObject({
    datagrams: 3,
    events: 2,
    bytes: second.datagrams.slice(0, 3).join("").length,
  });
  await exporter.stop(patient());
});

test("sends the last line three times, the same bytes, after everything else", async () => {
  using receiver = await openReceiver("127.0.0.1");
  const { exporter, metadata } = createExporter(receiver.port, () => ({ host: "127.0.0.1", family: 2 }));
  metadata.last = Buffer.from('{"event":"agent_stop"}');
  await start(exporter);
  await until(() => receiver.datagrams.length === 1, "the receiver has agent_init");
  exporter.write(batchOf(numbered(0, 5)));
  await exporter.stop(patient());
  await until(() => receiver.datagrams.length === 9, "the receiver has all");
  expect(receiver.datagrams.slice(-3)).toEqual(Array(3).fill('{"event":"agent_stop"}\n'));
  expect(metadata.progress.at(-1)).toMatchObject({ datagrams: 6, events: 5 });
});
