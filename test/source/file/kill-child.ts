/**
 * @module The agent's middle in a process of its own, to be killed: files to datagrams, followed by a checkpoint.
 * Arguments: glob, checkpoint file, port, and `packed` where events share compressed datagrams.
 */
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { OptionTable } from "../../../src/config/table.ts";
import { createCompressor } from "../../../src/encoding/compression/compress.ts";
import { createUdpExporter } from "../../../src/exporter/udp/index.ts";
import { udpRows } from "../../../src/exporter/udp/options.ts";
import { Packer } from "../../../src/exporter/udp/packer.ts";
import { FileSource } from "../../../src/source/file/file-source.ts";
import { createCounters, createExporterCounters } from "../../../src/telemetry/counters.ts";
import { FixedMetadata } from "../../metadata/fixed.ts";
import { memoryLog } from "../harness.ts";

const [glob = "", path = "", port = "", form = ""] = process.argv.slice(2);
const isPacked = form === "packed";
const { log } = memoryLog();
const checkpoint = Checkpoint.open(path);
const exporter = createUdpExporter({
  host: "127.0.0.1",
  port: Number(port),
  sendBufferBytes: 65536,
  maxDatagramBytes: isPacked ? 508 : 65507,
  padPercent: 0,
  ...(isPacked && {
    packer: new Packer({ maxDatagramBytes: 508, joins: true, compress: createCompressor("zstd") }),
    lingerMs: 30,
  }),
  resolveIntervalMs: 60_000,
  values: OptionTable.of(udpRows()).defaults,
  name: "udp",
  whenFull: "block",
  queue: { maxEvents: 10_000, maxBytes: 64 * 1024 * 1024 },
  metadata: new FixedMetadata(new TextEncoder().encode(`{"agent_init":{}}\n`)),
  inflight: checkpoint.inflight,
  positions: checkpoint,
  counters: createExporterCounters(),
  log,
  lookup: async () => [],
});
await exporter.start();
exporter.begin();
const source = new FileSource({
  glob,
  fromBeginning: true,
  exitAtEnd: false,
  maxLineBytes: 1024 * 1024,
  pollIntervalMs: 20,
  maxOpenFiles: 8,
  checkpoint,
  sink: {
    write(batch) {
      exporter.write(batch);
      return exporter.ready();
    },
    offer: (batch) => exporter.offer(batch),
  },
  counters: createCounters(),
  log,
});
await source.start();
await source.run();
