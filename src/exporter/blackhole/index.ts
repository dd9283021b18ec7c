/**
 * @module The blackhole exporter: takes every event, counts it and forgets it. It shows what sources and pipeline cost
 * without any delivery.
 */
import type { LineView } from "../../event/batch.ts";
import { createDirectExporter } from "../delivery/delivery.ts";
import type { DirectDestination, MetadataFate } from "../delivery/destination.ts";
import type { ExporterSettings } from "../delivery/settings.ts";
import type { Exporter } from "../exporter.ts";

/** Makes the blackhole exporter. */
export function createBlackholeExporter(settings: ExporterSettings): Exporter {
  return createDirectExporter(new Blackhole(settings), settings);
}

class Blackhole implements DirectDestination {
  readonly kind = "direct";
  readonly description = "nowhere";
  readonly isOpen = true;
  readonly #settings: ExporterSettings;

  constructor(settings: ExporterSettings) {
    this.#settings = settings;
  }

  async open(): Promise<void> {}

  transmitMetadata(line: Uint8Array): MetadataFate {
    this.#settings.log.info("Metadata event forgotten", {
      exporter: this.#settings.name,
      bytes: line.length,
    });
    return "sent";
  }

  transmit(lines: LineView): number {
    const { counters } = this.#settings;
    for (let i = 0; i < lines.length; i++) counters.bytes_exported += lines.endAt(i) - lines.startAt(i);
    counters.exported += lines.length;
    return lines.length;
  }

  /** Not called: it always has room. */
  awaitRoom(): number {
    return 0;
  }

  async close(): Promise<void> {}
}
