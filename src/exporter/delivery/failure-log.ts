/** @module What the log says of an exporter that cannot write events, and of one that can again. */
import { Throttle } from "../../telemetry/throttle.ts";
import type { Clock } from "./clock.ts";
import type { DeliveryParts } from "./sender.ts";

/** At most one line of failures in this time, milliseconds. */
const INTERVAL_MS = 30_000;

/** Says each once, until it changes. */
export class FailureLog {
  readonly #parts: Pick<DeliveryParts, "name" | "log">;
  readonly #to: string;
  readonly #throttle: Throttle;
  #isFailing = false;

  /** @param to The destination. */
  constructor(parts: Pick<DeliveryParts, "name" | "log">, to: string, clock: Clock) {
    this.#parts = parts;
    this.#to = to;
    this.#throttle = new Throttle(INTERVAL_MS, () => clock.now());
  }

  succeeded(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    const { name: exporter, log } = this.#parts;
    log.info("Events are written again", { exporter, to: this.#to });
  }

  /** @param fields What else the line says. */
  failed(error: Error, fields: object): void {
    this.#isFailing = true;
    const repeated = this.#throttle.pass();
    if (repeated === undefined) return;
    const { name: exporter, log } = this.#parts;
    log.warn("Cannot write events", { exporter, to: this.#to, error: error.message, ...fields, ...repeated });
  }
}
