/** @module How much memory a process takes. */
import { readFileSync } from "node:fs";

/**
 * The most memory that a process had, in bytes, once it has ended. Not `ru_maxrss`: there the memory counts of whoever
 * started the process, until it executed a program of its own.
 */
export async function peakOf({ pid, exited }: { pid: number; exited: Promise<number> }): Promise<number> {
  let [peak, isRunning] = [0, true];
  void exited.then(() => {
    isRunning = false;
  });
  while (isRunning) {
    try {
      const [, kilobytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
      peak = Math.max(peak, Number(kilobytes ?? 0) * 1024);
    } catch {
      // It has just ended.
    }
    await Bun.sleep(2);
  }
  return peak;
}
