/**
 * @module Makes the exporters that the options ask for. A static registry: what is not named here is not bundled,
 * and what is not asked for is not loaded.
 */
import type { ConsolaInstance } from "consola";
import { Checkpoint } from "../checkpoint/checkpoint.ts";
import { mayReadFiles } from "../config/check.ts";
import type { OptionValues } from "../config/options.ts";
import type { Exporter } from "../exporter/exporter.ts";
import { TetradError } from "../os/error.ts";
import { findUser } from "../os/user.ts";
import { createExporterCounters, type ExporterCounters } from "../telemetry/counters.ts";

/** What {@link createExporters} is given. */
export interface ExportersSettings {
  readonly values: OptionValues;
  readonly log: ConsolaInstance;
  /** The cached `agent_init` line. */
  readonly agentInit: Uint8Array;
}

/** All exporters of a run. */
export interface ExporterSet {
  /** The first one is followed by the checkpoint, and it alone may slow sources down. */
  readonly exporters: readonly Exporter[];
  readonly counters: ReadonlyMap<string, ExporterCounters>;
  readonly checkpoint: Checkpoint;
}

/**
 * Makes the exporters and the checkpoint that follows the first of them.
 * @throws TetradError `config` when no exporter is enabled, or the checkpoint cannot be used.
 */
export async function createExporters({ values, log, agentInit }: ExportersSettings): Promise<ExporterSet> {
  const path = values["checkpoint-file"];
  const user = values.user === "" ? undefined : findUser(values.user).uid;
  // Without a file source a warning has said that it has no effect.
  const isAnonymous = path === "" || !mayReadFiles(values);
  const checkpoint = isAnonymous ? Checkpoint.anonymous() : Checkpoint.open(path, user);
  const queue = { maxEvents: values["event-queue-size"], maxBytes: values["event-queue-bytes"] };
  const exporters: Exporter[] = [];
  const counters = new Map<string, ExporterCounters>();
  const add = (create: (counters: ExporterCounters) => Exporter) => {
    const own = createExporterCounters();
    const exporter = create(own);
    exporters.push(exporter);
    counters.set(exporter.name, own);
  };
  // The first exporter tells how far a restart may skip; the others see a few events twice after a kill.
  const followed = () => (exporters.length === 0 ? checkpoint : undefined);
  if (values["udp-output-enabled"]) {
    const { createUdpExporter } = await import("../exporter/udp/index.ts");
    const { systemLookup } = await import("../exporter/udp/resolver.ts");
    add((counters) =>
      createUdpExporter({
        host: values["udp-output-address"],
        port: values["udp-output-port"],
        sendBufferBytes: values["udp-buffer-size"],
        maxDatagramBytes: values["udp-max-datagram-size"],
        resolveIntervalMs: values["udp-resolve-interval"],
        multicastTtl: values["udp-multicast-ttl"],
        multicastInterface: values["udp-multicast-interface"],
        queue,
        agentInit,
        checkpoint,
        counters,
        log,
        lookup: systemLookup,
      }),
    );
  }
  if (values["export-filename"] !== "") {
    const { createFileExporter } = await import("../exporter/file/index.ts");
    add((counters) =>
      createFileExporter({
        path: values["export-filename"],
        maxSizeMb: values["export-file-max-size-mb"],
        maxBackups: values["export-file-max-backups"],
        rotationIntervalMs: values["export-file-rotation-interval"],
        compress: values["export-file-compress"],
        mode: values["export-file-perm"],
        queue,
        preamble: agentInit,
        checkpoint: followed(),
        counters,
        log,
      }),
    );
  }
  if (values["export-stdout"]) {
    const { createStdoutExporter } = await import("../exporter/stdout/index.ts");
    add((counters) =>
      createStdoutExporter({ queue, preamble: agentInit, checkpoint: followed(), counters, log }),
    );
  }
  if (exporters.length === 0) {
    checkpoint.close();
    throw new TetradError(
      "config",
      "Cannot start without an exporter: found none, needs --udp-output-enabled, --export-filename or --export-stdout",
    );
  }
  return { exporters, counters, checkpoint };
}
