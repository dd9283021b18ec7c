/** @module What a queue on disk is made from. */
import type { ConsolaInstance } from "consola";

/** What a queue on disk is made from. */
export interface DiskQueueSettings {
  readonly directory: string;
  /** The option that names the directory. */
  readonly option: string;
  /** All segments together take no more. Bytes. */
  readonly maxBytes: number;
  /** Number of the user that the agent will change to. */
  readonly user?: number | undefined;
  /** Of the checkpoint whose streams the lines come from. */
  readonly checkpointId: bigint;
  readonly exporter: string;
  readonly log: ConsolaInstance;
}
