/** @module Makes exporters that send in bulks. Others do not load what these need. */
import type { Exporter } from "../exporter.ts";
import type { BulkDestination } from "./bulk.ts";
import { BulkSender, type BulkSettings } from "./bulk-sender.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import { Delivery, type DeliverySettings } from "./delivery.ts";

/** Makes an exporter that sends in bulks, several at a time. */
export function createBulkExporter(
  destination: BulkDestination,
  settings: DeliverySettings & BulkSettings,
): Exporter {
  return new Delivery(settings, destination, (parts) => {
    const { clock = SYSTEM_CLOCK, random = Math.random } = settings;
    const sender = new BulkSender(destination, parts, { ...settings, clock, random });
    return { sender, onRoom: () => {} };
  });
}
