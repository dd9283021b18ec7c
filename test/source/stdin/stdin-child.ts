/** @module Prints what the stdin source brings, as JSON, to standard error. Argument: when to stop, milliseconds. */
import { StdinSource } from "../../../src/source/stdin/stdin-source.ts";
import { createCounters } from "../../../src/telemetry/counters.ts";
import { MemorySink, memoryLog } from "../harness.ts";

const sink = new MemorySink();
const counters = createCounters();
const { log, messages } = memoryLog();
const source = new StdinSource({ sink, counters, log, maxLineBytes: 4 * 1024 * 1024 });
const stopAfter = process.argv[2];
if (stopAfter !== undefined) setTimeout(() => source.stop(AbortSignal.abort()), Number(stopAfter));
await source.start();
await source.run();
process.stderr.write(
  JSON.stringify({ lines: sink.lines.length, last: sink.lines.at(-1), read: counters.read, messages }),
);
