/** @module The queue on disk of an exporter that may have one. */
import type { Followed } from "../../checkpoint/followers.ts";
import { unprefixed } from "../../config/prefixed.ts";
import type { ExporterCreateSettings } from "../exporter.ts";
import type { BulkSettings } from "./bulk-sender.ts";
import type { DeliverySettings } from "./delivery.ts";
import { DiskQueue } from "./disk-queue/index.ts";
import type { Positions } from "./ledger.ts";
import { QUEUE_ROWS } from "./queue-options.ts";
import { SyncedPositions } from "./synced-positions.ts";

/** The queue on disk of an exporter, opened and closed with its destination. */
export class QueueLife {
  readonly disk: DiskQueue | undefined;
  readonly #synced: SyncedPositions | undefined;
  readonly #followed: Followed | undefined;
  readonly #syncMs: number;

  constructor(prefix: string, { values, user, followed, positions, name, log }: ExporterCreateSettings) {
    const own = unprefixed(prefix, QUEUE_ROWS, values);
    const directory = own["queue-dir"];
    this.#syncMs = own["queue-sync"];
    this.#followed = followed;
    if (directory === "") return;
    this.disk = new DiskQueue({
      directory,
      option: `${prefix}-queue-dir`,
      maxBytes: own["queue-max-bytes"],
      user,
      checkpointId: followed?.identity() ?? 0n,
      exporter: name,
      log,
    });
    if (this.#syncMs > 0) this.#synced = new SyncedPositions(this.disk, positions);
  }

  /** Takes how far each stream has been exported, where that has to wait for the disk. */
  get positions(): Positions | undefined {
    return this.#synced;
  }

  /** @throws TetradError `config` where the directory cannot be used. */
  open(): void {
    if (this.disk === undefined) return;
    const positions = this.disk.open();
    this.#followed?.resume(positions);
    this.#synced?.start(this.#syncMs);
  }

  async close(): Promise<void> {
    await this.#synced?.stop();
    this.disk?.close();
  }

  /** Takes back what {@link open} has made. */
  undo(): void {
    this.disk?.undo();
  }
}

/** What the options say of how bulks are sent. */
export function bulkSettings(
  prefix: string,
  settings: ExporterCreateSettings,
  life: QueueLife,
): Omit<DeliverySettings & BulkSettings, "workers"> {
  const own = unprefixed(prefix, QUEUE_ROWS, settings.values);
  return {
    ...settings,
    positions: life.positions ?? settings.positions,
    whenFull: own["when-full"],
    lingerMs: own.linger,
    disk: life.disk,
    backoff: {
      initialMs: own["backoff-init"],
      maxMs: own["backoff-max"],
      factor: 2,
      jitter: 0.5,
      giveUpMs: Number.POSITIVE_INFINITY,
    },
  };
}
