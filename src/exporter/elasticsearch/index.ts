/**
 * @module The Elasticsearch exporter, `--elasticsearch-hosts`: each event as a document, by bulk requests, exactly once where
 * there is a queue on disk.
 */
import { EcsEncoder } from "../../encoding/ecs/encoder.ts";
import { ecsSettings } from "../../encoding/ecs/options.ts";
import type { DataStream } from "../../encoding/ecs/settings.ts";
import { createBulkExporter } from "../delivery/bulk-delivery.ts";
import { deadLetterFile } from "../delivery/dead-letter-options.ts";
import { bulkSettings, QueueLife } from "../delivery/queue-life.ts";
import type { Exporter, ExporterCreateSettings } from "../exporter.ts";
import { ElasticsearchDestination } from "./destination.ts";
import { DEFAULT_INDEX, type elasticsearchRows } from "./options.ts";

/** `type-dataset-namespace` */
const DATA_STREAM = /^(?<type>[^-]+)-(?<dataset>[^-]+)-(?<namespace>[^-]+)$/;

/** Makes the exporter; opens nothing. */
export function createElasticsearchExporter(
  settings: ExporterCreateSettings<ReturnType<typeof elasticsearchRows>>,
): Exporter {
  const { values, facts, log, name } = settings;
  const ecs = ecsSettings(values, facts);
  const { index, dataStream } = targetOf(values["elasticsearch-index"], ecs.dataStream!);
  const encoder = new EcsEncoder({ ...ecs, dataStream });
  const life = new QueueLife("elasticsearch", settings);
  return createBulkExporter(new ElasticsearchDestination({ name, values, index, encoder, log, life }), {
    ...bulkSettings("elasticsearch", settings, life),
    workers: values["elasticsearch-workers"],
    deadLetterFile: deadLetterFile("elasticsearch", values),
  });
}

/** The index, and what documents say of their data stream: an index of the data stream naming scheme takes no other. */
function targetOf(index: string, dataStream: DataStream): { index: string; dataStream: DataStream } {
  const { type, dataset, namespace } = dataStream;
  if (index === DEFAULT_INDEX) return { index: `${type}-${dataset}-${namespace}`, dataStream };
  const parts = DATA_STREAM.exec(index)?.groups as unknown as DataStream | undefined;
  return { index, dataStream: parts === undefined ? dataStream : { ...parts } };
}
