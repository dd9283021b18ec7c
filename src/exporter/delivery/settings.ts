/** @module What every exporter is given by the agent. */
import type { ConsolaInstance } from "consola";
import type { MetadataProvider } from "../../metadata/provider.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";
import type { Positions } from "./ledger.ts";
import type { QueueLimits } from "./queue.ts";

/** What a full queue does to sources that can wait. */
export type WhenFull = "block" | "drop";

/** What every exporter is given by the agent. */
export interface ExporterSettings {
  /** Its name in the log and the counters. */
  readonly name: string;
  /** `--event-queue-size`, `--event-queue-bytes`. */
  readonly queue: QueueLimits;
  readonly whenFull: WhenFull;
  readonly counters: ExporterCounters;
  readonly log: ConsolaInstance;
  /** Who is speaking; `undefined` for an exporter whose readers know events only. */
  readonly metadata: MetadataProvider | undefined;
  /** Takes how far each stream has been exported; `undefined` where no checkpoint follows. */
  readonly positions?: Positions | undefined;
  /** Called once, when nobody is left to take events. */
  readonly onGone?: (() => void) | undefined;
}
