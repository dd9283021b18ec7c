/** @module Keeps what an exporter writes to from all others: the log, the checkpoint, other exporters. */
import { errorMessage } from "../os/caught.ts";
import { TetradError } from "../os/error.ts";

/**
 * Claims the place that `option` names.
 * @returns What `claim` does.
 * @throws TetradError `config` when something else in this process writes to it.
 */
export function claimFor(option: string, claim: () => string | undefined): string | undefined {
  try {
    return claim();
  } catch (cause) {
    const reason = errorMessage(cause);
    throw new TetradError("config", `Cannot use ${option}: ${reason}, needed a place for events alone`, {
      cause,
    });
  }
}
