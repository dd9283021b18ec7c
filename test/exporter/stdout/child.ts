/**
 * A process of its own that exports to standard output: a JSON object of options as argument. When it is done
 * it writes a line of JSON to standard error: its counters and its log.
 */
import { createStdoutExporter } from "../../../src/exporter/stdout/index.ts";
import { createExporterCounters } from "../../../src/telemetry/counters.ts";
import {
  accountedFor,
  batchOf,
  createTestLog,
  exporterSettings,
  metadataOf,
  numbered,
  start,
} from "../support.ts";

export interface ChildOptions {
  /** Events to export. */
  count: number;
  /** Bytes of padding in each. */
  padding: number;
  /** Events in the queue at most. */
  maxEvents: number;
  /** Whether the exporter blocks; `ready()` is waited for between batches. */
  isPatient: boolean;
  /** Milliseconds that stop() has. */
  stopMs: number;
  /** Write `waiting` to standard error before the batch with this event, and wait for a line on standard input. */
  pauseBefore?: number;
}

export interface ChildReport {
  counters: ReturnType<typeof createExporterCounters>;
  accounted: number;
  messages: string[];
}

const options = JSON.parse(process.argv[2]!) as ChildOptions;
const counters = createExporterCounters();
const { log, messages } = createTestLog();
const exporter = createStdoutExporter({
  ...exporterSettings({ name: "stdout", counters, log, metadata: metadataOf('{"n":-1}\n') }),
  queue: { maxEvents: options.maxEvents, maxBytes: 64 * 1024 * 1024 },
  whenFull: options.isPatient ? "block" : "drop",
});
await start(exporter);
for (let sent = 0; sent < options.count; sent += 100) {
  if (sent === options.pauseBefore) await nextInput();
  exporter.write(batchOf(numbered(sent, 100, options.padding), sent));
  await exporter.ready();
}
await exporter.stop(AbortSignal.timeout(options.stopMs));
const report: ChildReport = { counters, accounted: accountedFor(counters), messages };
process.stderr.write(`${JSON.stringify(report)}\n`);

async function nextInput(): Promise<void> {
  // The event loop turns although nobody reads standard output.
  for (let turn = 0; turn < 5; turn++) await Bun.sleep(1);
  process.stderr.write("waiting\n");
  await new Promise<void>((resolve) => process.stdin.once("data", () => resolve()).once("end", resolve));
}
