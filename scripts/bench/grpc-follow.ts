/**
 * What the agent's own source takes for a stream of events until they are lines in memory: all that stands between the socket and
 * the pipeline. A process of its own, so that its CPU time is that of the source.
 *
 *     bun scripts/bench/grpc-follow.ts ADDRESS WARMUP
 *
 * Follows the stream to its end, and prints what it did as JSON: how many events it took, and the CPU time after WARMUP of them.
 */
import { GET_EVENTS } from "../../src/encoding/protobuf/paths.ts";
import type { EventBatch } from "../../src/event/batch.ts";
import { GrpcClient } from "../../src/lib/grpc/client.ts";
import { parseTarget } from "../../src/lib/grpc/target.ts";
import { EventStream } from "../../src/source/tetragon/event-stream.ts";
import { WINDOW_BYTES } from "../../src/source/tetragon/tetragon-source.ts";
import { createCounters } from "../../src/telemetry/counters.ts";

/** Of a message, and of the line that is made of it. */
const MAX_BYTES = 1024 * 1024;

const client = await GrpcClient.connect({
  target: parseTarget(process.argv[2]!)!,
  windowBytes: WINDOW_BYTES,
  timeoutMs: 10_000,
  signal: new AbortController().signal,
  messageBytes: MAX_BYTES,
});
let events = 0;
let bytes = 0;
const counters = createCounters();
const fail = (reason = "too long"): never => {
  throw new Error(`A message of the server cannot be read: ${reason}`);
};
const warmup = Number(process.argv[3]);
let before = process.cpuUsage();
const take = ({ count, start, end }: EventBatch): undefined => {
  if (events < warmup && events + count >= warmup) before = process.cpuUsage();
  events += count;
  for (let i = 0; i < count; i++) bytes += end[i]! - start[i]!;
};
const stream = new EventStream({
  sink: { write: take, offer: take },
  counters,
  maxLineBytes: MAX_BYTES,
  onTooLong: fail,
  onMalformed: fail,
});
stream.attach(client.call(GET_EVENTS, new Uint8Array(0), stream));
await stream.ended;
const { user, system } = process.cpuUsage(before);
client.close();
console.log(JSON.stringify({ events, bytes, cpuSeconds: (user + system) / 1e6 }));
