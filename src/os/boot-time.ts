/** @module Time since boot as the kernel has it, whatever time namespace the agent is in (time_namespaces(7)). */
import { readFileSync } from "node:fs";
import { CLOCK, clockNanoseconds } from "./system-call.ts";

const SECOND = 1_000_000_000n;

/** Nanoseconds that a time namespace adds to the time since boot, from the text of its `timens_offsets` file. */
export function parseBootOffset(text: string): bigint {
  const match = /^boottime\s+(-?\d+)\s+(-?\d+)\s*$/m.exec(text);
  return match === null ? 0n : BigInt(match[1]!) * SECOND + BigInt(match[2]!);
}

function readBootOffset(): bigint {
  try {
    return parseBootOffset(readFileSync("/proc/self/timens_offsets", "latin1"));
  } catch {
    // Kernels before 5.6, and those without CONFIG_TIME_NS, have no such namespaces.
    return 0n;
  }
}

let offset: bigint | undefined;

/** What this process's time namespace adds to the time since boot: `CLOCK_BOOTTIME`, and start times in procfs. Nanoseconds. */
export function bootOffset(): bigint {
  offset ??= readBootOffset();
  return offset;
}

/** The kernel's own time since boot, nanoseconds. */
export function bootNanoseconds(): bigint {
  return clockNanoseconds(CLOCK.BOOTTIME) - bootOffset();
}
