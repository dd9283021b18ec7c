/**
 * @module The UDP exporter: one event, one datagram, one JSON document and a newline; `agent_init` first.
 *
 * Fire and forget: nothing that the network does throws, stops the agent or makes a source wait without bound.
 * Events wait in a bounded queue while the destination's name does not resolve yet or the socket buffer is
 * full; a full queue drops the newest events and counts them as `queue_full`.
 */
import { createDirectExporter } from "../delivery/delivery.ts";
import type { Exporter } from "../exporter.ts";
import { UdpDestination } from "./destination.ts";
import type { UdpSettings } from "./settings.ts";

/** How long an exporter that sends nothing keeps sources waiting, milliseconds. */
const PATIENCE_MS = 1000;

/** Makes the UDP exporter. */
export function createUdpExporter(settings: UdpSettings): Exporter {
  return createDirectExporter(new UdpDestination(settings), { ...settings, patienceMs: PATIENCE_MS });
}
