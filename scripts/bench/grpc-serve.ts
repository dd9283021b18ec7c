/**
 * What the agent's own gRPC server needs for events that are in memory as validated lines: all that stands between a source and
 * the socket. A process of its own, so that its CPU time is that of the server.
 *
 *     bun scripts/bench/grpc-serve.ts FILE|sensor CLIENTS EVENTS WARMUP
 *
 * Prints its address, waits for the clients, sends WARMUP events to each, which do not count, and then EVENTS, and prints what
 * it did as JSON.
 */
import { readFileSync } from "node:fs";
import { createConsola } from "consola/core";
import { Bus } from "../../src/agent/bus.ts";
import { GET_EVENTS } from "../../src/encoding/protobuf/paths.ts";
import { EventBatch } from "../../src/event/batch.ts";
import { validateBatch } from "../../src/event/decode.ts";
import { SLACK } from "../../src/event/scan/line.ts";
import type { ServedAgent } from "../../src/server/definition.ts";
import { EventStreams } from "../../src/server/grpc/events/event-streams.ts";
import { getEvents } from "../../src/server/grpc/events/get-events.ts";
import { RpcServer } from "../../src/server/rpc-server.ts";
import { MadeUpSensor } from "./sensor-events.ts";

/** Lines of one batch: what a source reads at once. */
const BATCH = 64;
/** Events that may be on their way to each client: nobody loses one, and the sockets never run dry. */
const AHEAD = 4000;

const [path = "", ...numbers] = process.argv.slice(2);
const [clients = 0, events = 0, warmup = 0] = numbers.map(Number);

const log = createConsola({ level: -999 });
const bus = new Bus();
const limits = { maxEvents: 1 << 20, maxBytes: 1 << 28 };
const streams = new EventStreams({ bus, log, limits });
const method = getEvents(streams, { introduce: () => new Uint8Array(0) } as unknown as ServedAgent);
const server = new RpcServer({
  title: "gRPC API",
  address: "127.0.0.1:0",
  option: "server-address",
  log,
  find: (asked) => (asked === GET_EVENTS ? method : undefined),
  onInternalError(error) {
    throw error;
  },
});
await server.start();
server.begin();
console.log(server.address);

const batches = path === "sensor" ? [] : readBatches();
const sensor = new MadeUpSensor({ write: () => undefined, offer: (batch) => bus.offer(batch) });
while (streams.clients < clients) await Bun.sleep(1);
const { totals } = streams;
let published = 0;
await publish(warmup, 0);
const warm = totals.exported;
const start = performance.now();
const before = process.cpuUsage();
await publish(events, AHEAD);
await streams.stop(AbortSignal.timeout(60_000));
const { user, system } = process.cpuUsage(before);
const seconds = (performance.now() - start) / 1000;
if (totals.queue_full + totals.send_failed > 0) throw new Error(`Lost events: ${JSON.stringify(totals)}`);
const cpuSeconds = (user + system) / 1e6 - (path === "sensor" ? decodingSeconds(events) : 0);
console.log(JSON.stringify({ events: totals.exported - warm, cpuSeconds, seconds }));
await Bun.sleep(100);
server.close();

/** CPU time of making so many values of records, which is the sensor's and not the server's. */
function decodingSeconds(count: number): number {
  const alone = new MadeUpSensor({ write: () => undefined, offer() {} });
  const run = () => {
    for (let made = 0; made < count; made += BATCH) alone.run(BATCH);
  };
  run();
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** Sends so many events to each client, and waits until no more than `ahead` of them are on their way. */
async function publish(count: number, ahead: number): Promise<void> {
  const end = published + count;
  while (path === "sensor" && published < end) {
    const made = Math.min(BATCH, end - published);
    sensor.run(made);
    published += made;
    await settle(AHEAD);
    // As the sensor does it, which cannot wait.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  for (let i = 0; published < end; i++) {
    const { batch, lines } = batches[i % batches.length]!;
    batch.count = Math.min(lines, end - published);
    await bus.publish(batch);
    published += batch.count;
    await settle(AHEAD);
  }
  await settle(ahead);
}

async function settle(ahead: number): Promise<void> {
  while (published * clients - totals.exported - totals.not_expressible > ahead * clients) await Bun.sleep(1);
}

function readBatches(): { readonly batch: EventBatch; readonly lines: number }[] {
  const text = readFileSync(path);
  const bytes = new Uint8Array(text.length + SLACK);
  bytes.set(text);
  const made: ReturnType<typeof readBatches> = [];
  let batch = new EventBatch(bytes);
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf(10, from) + 1;
    batch.push(from, end, end);
    from = end;
    if (batch.count < BATCH && from < text.length) continue;
    validateBatch(batch, "full", () => {
      throw new Error("An event of the fixture is not valid");
    });
    made.push({ batch, lines: batch.count });
    batch = new EventBatch(bytes);
  }
  return made;
}
