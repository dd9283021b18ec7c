/**
 * @module The Elasticsearch exporter, `--elasticsearch-hosts`: each event as a document, by bulk requests, exactly once where
 * there is a queue on disk.
 */
import { EcsEncoder } from "../../encoding/ecs/encoder.ts";
import { ecsSettings } from "../../encoding/ecs/options.ts";
import type { DataStream } from "../../encoding/ecs/settings.ts";
import { createBulkExporter } from "../delivery/bulk-delivery.ts";
import { DiskQueue } from "../delivery/disk-queue/index.ts";
import { SyncedPositions } from "../delivery/synced-positions.ts";
import type { Exporter, ExporterCreateSettings } from "../exporter.ts";
import { ElasticsearchDestination } from "./destination.ts";
import { DEFAULT_INDEX, type ELASTICSEARCH_OPTIONS } from "./options.ts";

/** `type-dataset-namespace` */
const DATA_STREAM = /^(?<type>[^-]+)-(?<dataset>[^-]+)-(?<namespace>[^-]+)$/;

/** Makes the exporter; opens nothing. */
export function createElasticsearchExporter(
  settings: ExporterCreateSettings<typeof ELASTICSEARCH_OPTIONS>,
): Exporter {
  const { values, facts, followed, user, log, name } = settings;
  const ecs = ecsSettings(values, facts);
  const { index, dataStream } = targetOf(values["elasticsearch-index"], ecs.dataStream!);
  const encoder = new EcsEncoder({ ...ecs, dataStream });
  const directory = values["elasticsearch-queue-dir"];
  const disk =
    directory === ""
      ? undefined
      : new DiskQueue({
          directory,
          option: "elasticsearch-queue-dir",
          maxBytes: values["elasticsearch-queue-max-bytes"],
          user,
          checkpointId: followed?.identity() ?? 0n,
          exporter: name,
          log,
        });
  const isSynced = disk !== undefined && values["elasticsearch-queue-sync"] > 0;
  const synced = isSynced ? new SyncedPositions(disk, settings.positions) : undefined;
  const letters = values["elasticsearch-dead-letter-file"];
  return createBulkExporter(
    new ElasticsearchDestination({ name, values, index, encoder, log, disk, synced, followed }),
    {
      ...settings,
      positions: synced ?? settings.positions,
      whenFull: values["elasticsearch-when-full"],
      workers: values["elasticsearch-workers"],
      lingerMs: values["elasticsearch-linger"],
      backoff: {
        initialMs: values["elasticsearch-backoff-init"],
        maxMs: values["elasticsearch-backoff-max"],
        factor: 2,
        jitter: 0.5,
        giveUpMs: Number.POSITIVE_INFINITY,
      },
      disk,
      ...(letters !== "" && {
        deadLetterFile: { path: letters, maxBytes: values["elasticsearch-dead-letter-max-bytes"] },
      }),
    },
  );
}

/** The index, and what documents say of their data stream: an index of the data stream naming scheme takes no other. */
function targetOf(index: string, dataStream: DataStream): { index: string; dataStream: DataStream } {
  const { type, dataset, namespace } = dataStream;
  if (index === DEFAULT_INDEX) return { index: `${type}-${dataset}-${namespace}`, dataStream };
  const parts = DATA_STREAM.exec(index)?.groups as unknown as DataStream | undefined;
  return { index, dataStream: parts === undefined ? dataStream : { ...parts } };
}
