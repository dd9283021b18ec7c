/** @module Errors of our own: neither the user's nor an event's fault. */
import type { ConsolaInstance } from "consola";
import type { Counters } from "./counters.ts";

/** Counts each as `internal_error`, and logs the first with its stack. */
export class InternalErrors {
  readonly #counters: Counters;
  readonly #log: ConsolaInstance;
  #isLogged = false;

  constructor(counters: Counters, log: ConsolaInstance) {
    this.#counters = counters;
    this.#log = log;
  }

  /** @param error What was thrown. */
  report(error: unknown): void {
    this.#counters.internal_error++;
    if (this.#isLogged) return;
    this.#isLogged = true;
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#log.error("Internal error, please report it", { stack });
  }
}

/** Whether an error is neither the user's (`TetradError`) nor the system's: those have a code. */
export function isInternal(error: unknown): boolean {
  return !(error instanceof Error) || !("code" in error);
}
