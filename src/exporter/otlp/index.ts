/**
 * @module The OTLP exporter, `--otlp-endpoint`: each event as a log record of OpenTelemetry's. An event counts as exported when
 * the receiver has said that it took it; it may come twice when an answer was lost.
 */
import type { ConsolaInstance } from "consola";
import type { Head } from "../../encoding/otlp/request.ts";
import { createBulkExporter } from "../delivery/bulk-delivery.ts";
import { deadLetterFile } from "../delivery/dead-letter-options.ts";
import { bulkSettings, QueueLife } from "../delivery/queue-life.ts";
import type { Exporter, ExporterCreateSettings } from "../exporter.ts";
import { OtlpDestination } from "./destination.ts";
import type { OtlpValues, otlpRows } from "./options.ts";
import type { TracingSettings } from "./traces/index.ts";
import type { Signal, Transport } from "./transport.ts";

type Settings = ExporterCreateSettings<ReturnType<typeof otlpRows>>;

/** Makes the exporter; opens nothing. */
export async function createOtlpExporter(settings: Settings): Promise<Exporter> {
  const { values, log, name, facts } = settings;
  const life = new QueueLife("otlp", settings);
  const transport = await createTransport("logs", values, log);
  const createTracing = values["otlp-traces"] ? await tracingOf(settings) : undefined;
  const createMetrics = values["otlp-metrics"] ? await metricsOf(settings) : undefined;
  const parts = { transport, createTracing, createMetrics };
  const destination = new OtlpDestination({ name, values, facts, log, life, ...parts });
  return createBulkExporter(destination, {
    ...bulkSettings("otlp", settings, life),
    workers: values["otlp-workers"],
    // What fills a request: a record is longer than its event. More of a file would wait in memory for nothing.
    queue: { ...settings.queue, enoughBytes: values["otlp-batch-max-bytes"] },
    deadLetterFile: deadLetterFile("otlp", values),
  });
}

async function tracingOf({ name, values, log }: Settings) {
  const transport = await createTransport("traces", values, log);
  const { Tracing } = await import("./traces/index.ts");
  return (from: Pick<TracingSettings, "encoder" | "head">) =>
    new Tracing({ name, values, log, transport, ...from });
}

async function metricsOf({ name, values, log, metrics: read }: Settings) {
  const transport = await createTransport("metrics", values, log);
  const { MetricSender } = await import("./metrics.ts");
  const intervalMs = values["otlp-metrics-interval"];
  return (head: () => Head) =>
    new MetricSender({ name, transport, head, log, intervalMs, read: read ?? (async () => []) });
}

/** The way of a signal. What another one needs is not loaded. */
export async function createTransport(
  signal: Signal,
  values: OtlpValues,
  log: ConsolaInstance,
): Promise<Transport> {
  if (values["otlp-protocol"] === "grpc") {
    const { GrpcTransport } = await import("./grpc-transport.ts");
    return new GrpcTransport(signal, values, log);
  }
  const { HttpTransport } = await import("./http-transport.ts");
  return new HttpTransport(signal, values, log);
}
