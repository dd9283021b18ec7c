/** @module An endpoint as a place that takes bulks. */
import type { ConsolaInstance } from "consola";
import type { Bulk, BulkDestination } from "../delivery/bulk.ts";
import type { QueueLife } from "../delivery/queue-life.ts";
import { HttpBulk, type SharedLimits } from "./bulk.ts";
import { Endpoint } from "./endpoint.ts";
import { createFormat } from "./formats.ts";
import type { HttpValues } from "./options.ts";

/** What a destination is made from. */
export interface DestinationSettings {
  readonly name: string;
  readonly values: HttpValues;
  readonly log: ConsolaInstance;
  /** Opened and closed with the destination. */
  readonly life: QueueLife;
}

/** Sends to one endpoint. */
export class HttpDestination implements BulkDestination {
  readonly kind = "bulk";
  readonly description: string;
  readonly #settings: DestinationSettings;
  readonly #endpoint: Endpoint;
  readonly #limits: SharedLimits;

  constructor(settings: DestinationSettings) {
    const { values, log } = settings;
    this.#settings = settings;
    this.#endpoint = new Endpoint(values, createFormat(values["http-format"]), log);
    this.description = this.#endpoint.description;
    this.#limits = { maxBytes: values["http-batch-max-bytes"], hasWorked: false };
  }

  async open(): Promise<void> {
    await this.#endpoint.open();
    this.#settings.life.open();
  }

  createBulk(): Bulk {
    const { values } = this.#settings;
    // The escaper of a format is its own.
    return new HttpBulk(values, createFormat(values["http-format"]), this.#endpoint, this.#limits);
  }

  async close(): Promise<void> {
    await this.#settings.life.close();
  }

  undo(): void {
    this.#settings.life.undo();
  }
}
