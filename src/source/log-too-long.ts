/** @module What the log says of lines over the limit. */
import type { ConsolaInstance } from "consola";
import { Throttle } from "../telemetry/throttle.ts";

/** Milliseconds between two warnings. */
const INTERVAL_MS = 60_000;

/**
 * Makes the function that warns about lines over the limit, once a minute at most.
 * @param source The source's name.
 */
export function tooLongWarner(source: string, maxLineBytes: number, log: ConsolaInstance): () => void {
  const throttle = new Throttle(INTERVAL_MS);
  return () => {
    const repeated = throttle.pass();
    if (repeated === undefined) return;
    log.warn("Line skipped: it is longer than --max-line-size", {
      source,
      maximum: maxLineBytes,
      ...repeated,
    });
  };
}
