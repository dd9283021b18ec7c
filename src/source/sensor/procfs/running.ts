/** @module What ran when the probes were attached, as procfs showed it before and after. */
import { bootNanoseconds } from "../../../os/boot-time.ts";
import type { ProcfsProcess, ProcfsScan } from "./procfs.ts";
import type { StartTimes } from "./startup.ts";

/** Both readings, and when they were. */
export interface FoundRunning extends StartTimes {
  readonly before: readonly ProcfsProcess[];
  readonly after: ProcfsScan;
}

/**
 * To be called when records have just begun.
 * @param before What procfs showed before they did.
 * @param scan Reads it again.
 */
export function foundRunning(before: readonly ProcfsProcess[], scan: () => ProcfsScan): FoundRunning {
  const attached = bootNanoseconds();
  const after = scan();
  return { before, after, attached, scanned: bootNanoseconds() };
}
