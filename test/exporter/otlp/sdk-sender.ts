/**
 * Sends records by OpenTelemetry's official SDK: `bun sdk-sender.ts SDK URL` with a list of records on its standard input, each with the
 * times as texts. What it has sent is compared with what the agent sends.
 */
import { join } from "node:path";

const [sdk, url] = process.argv.slice(2) as [string, string];
const load = (name: string) => import(join(sdk, "@opentelemetry", name));
const [{ OTLPLogExporter }, logs, { resourceFromAttributes }] = await Promise.all([
  load("exporter-logs-otlp-proto"),
  load("sdk-logs"),
  load("resources"),
]);
const processor = new logs.BatchLogRecordProcessor({
  exporter: new OTLPLogExporter({ url }),
  maxQueueSize: 100_000,
});
const provider = new logs.LoggerProvider({
  resource: resourceFromAttributes({ "service.name": "sdk" }),
  processors: [processor],
});
const logger = provider.getLogger("tetrad");
const hrTime = (text: string) => [
  Number(BigInt(text) / 1_000_000_000n),
  Number(BigInt(text) % 1_000_000_000n),
];
for (const { timestamp, observedTimestamp, ...record } of await Bun.stdin.json())
  logger.emit({
    ...record,
    timestamp: hrTime(timestamp),
    observedTimestamp: hrTime(observedTimestamp),
  });
await provider.shutdown();
