/** @module The envelope of a format, which is loaded only here. */
import type { EcsSettings } from "./ecs/settings.ts";
import type { Envelope, Format } from "./envelope.ts";

/** What formats are told; each has its own. */
export interface EnvelopeSettings {
  /** Of syslog, by its number. */
  readonly facility: number;
  readonly ecs: EcsSettings;
}

/** Makes the envelope of one exporter. */
export async function createEnvelope(
  format: Exclude<Format, "json">,
  { facility, ecs }: EnvelopeSettings,
): Promise<Envelope> {
  if (format === "ecs") return new (await import("./ecs/envelope.ts")).EcsEnvelope(ecs);
  if (format === "gelf") return (await import("./gelf/envelope.ts")).createGelf();
  return (await import("./rfc5424/envelope.ts")).createRfc5424(facility, process.pid);
}
