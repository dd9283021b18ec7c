/** @module The envelope of a format, which is loaded only here. */
import type { Envelope, Format } from "./envelope.ts";

/** @param facility Of syslog, by its number. */
export async function createEnvelope(format: Exclude<Format, "json">, facility: number): Promise<Envelope> {
  if (format === "gelf") return (await import("./gelf/envelope.ts")).createGelf();
  return (await import("./rfc5424/envelope.ts")).createRfc5424(facility, process.pid);
}
