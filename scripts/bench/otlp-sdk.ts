/**
 * Sends the events of a file by OpenTelemetry's official SDK, as a program would that has each as a text: `bun otlp-sdk.ts SDK URL FILE`. No
 * more is handed over than the SDK has room for: it drops the rest without a word.
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [sdk, url, file] = process.argv.slice(2) as [string, string, string];
const load = (name: string) => import(join(sdk, "@opentelemetry", name));
const [{ OTLPLogExporter }, logs, { resourceFromAttributes }] = await Promise.all([
  load("exporter-logs-otlp-proto"),
  load("sdk-logs"),
  load("resources"),
]);
const BATCH = 512;
const processor = new logs.BatchLogRecordProcessor({
  exporter: new OTLPLogExporter({ url, concurrencyLimit: 8 }),
  maxQueueSize: 4 * BATCH,
  maxExportBatchSize: BATCH,
});
const provider = new logs.LoggerProvider({
  resource: resourceFromAttributes({ "service.name": "bench" }),
  processors: [processor],
});
const logger = provider.getLogger("bench");
let waiting = 0;
for await (const line of createInterface({ input: createReadStream(file) })) {
  const event = JSON.parse(line);
  const type = Object.keys(event)[0]!;
  const { process = {}, parent = {} } = event[type];
  logger.emit({
    timestamp: new Date(event.time),
    severityNumber: 9,
    severityText: "INFO",
    eventName: type,
    body: line,
    attributes: {
      "process.pid": process.pid,
      "process.parent_pid": parent.pid,
      "process.executable.path": process.binary,
      "process.command_line": `${process.binary} ${process.arguments}`,
      "process.working_directory": process.cwd,
      "process.user.id": process.uid,
      "container.id": process.pod?.container?.id,
      "container.name": process.pod?.container?.name,
      "k8s.namespace.name": process.pod?.namespace,
      "k8s.pod.name": process.pod?.name,
    },
  });
  if (++waiting < 3 * BATCH) continue;
  await processor.forceFlush();
  waiting = 0;
}
await provider.shutdown();
