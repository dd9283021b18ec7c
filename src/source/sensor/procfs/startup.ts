/**
 * @module The seam between what procfs shows and what the kernel reports.
 *
 * procfs is read twice: before the programs are attached, for processes that end before it can be read again; and
 * after, for those that began in between. What happens once the programs are attached waits in the ring buffer.
 * So every process is known from one side at least, but for one: it began after the first reading, before the programs
 * were attached, and ended before the second. Only its end was recorded; it is not reported.
 * Here it is decided which side reports those that both know.
 *
 * To end takes a process a while: it releases its program at one time, and the kernel reports its end at another. Whether
 * one that the second reading finds at that is still to be reported is not known before a record says so.
 */

import { PROCFS_TICK } from "../event/clock.ts";
import type { ProcessName, ProcfsProcess, ProcfsScan } from "./procfs.ts";

/** What a record says of a process's life. */
export type LifeStep = "fork" | "exec" | "exit";

/** Something that happened to a process after the programs were attached. Times are nanoseconds since boot. */
export interface EarlyRecord {
  readonly kind: LifeStep;
  readonly pid: number;
  /** When the process began. */
  readonly start: bigint;
  readonly time: bigint;
}

/** When the sensor began to know all processes. Nanoseconds since boot. */
export interface StartTimes {
  /** The programs were attached by then. */
  readonly attached: bigint;
  /** procfs was read for the second time by then. */
  readonly scanned: bigint;
}

/** A process that was about to end when procfs was read for the second time. */
export interface EndingProcess extends ProcessName {
  /** What procfs showed of it, if it did in time. */
  readonly process: ProcfsProcess | undefined;
}

/** What there is to be reported of the processes that procfs showed. */
export interface StartReport {
  /** As they were when the programs were attached; parents before children. */
  readonly running: readonly ProcfsProcess[];
  /** Those that are reported when the first record names them. */
  readonly ending: readonly EndingProcess[];
}

/** Whether a process that is not known slipped through the start: it began and ended unseen, or all but its end. */
export function isBeforeStart(
  { start, time }: Pick<EarlyRecord, "start" | "time">,
  { attached, scanned }: StartTimes,
): boolean {
  return start < attached && time < scanned;
}

/** Names a process on both sides: procfs knows a start to 10 ms. */
function key(pid: number, start: bigint): string {
  return `${pid} ${start / PROCFS_TICK}`;
}

/** Whether a start in procfs and one in a record are the same. */
export function isSameStart(start: bigint, other: bigint): boolean {
  return start / PROCFS_TICK === other / PROCFS_TICK;
}

/**
 * The processes to be reported from procfs.
 * @param before What procfs showed before the programs were attached.
 * @param after What it showed after.
 * @param records What the programs have seen since.
 */
export function runningAtStart(
  before: readonly ProcfsProcess[],
  after: ProcfsScan,
  records: readonly EarlyRecord[],
): StartReport {
  const earlier = byKey(before);
  const running = byKey(after.processes);
  const ending = byKey(after.ending);
  for (const name of ending.keys()) {
    const process = running.get(name) ?? earlier.get(name);
    if (process !== undefined) running.set(name, process);
  }
  for (const { kind, pid, start, time } of records) {
    const name = key(pid, start);
    const read = running.get(name);
    const readBefore = earlier.get(name);
    switch (kind) {
      case "fork":
        // The ring has its whole life.
        running.delete(name);
        earlier.delete(name);
        break;
      case "exec":
        // What was read since may be the new program already, which the ring reports.
        if (read === undefined || time > read.readUntil) break;
        if (readBefore === undefined) running.delete(name);
        else running.set(name, readBefore);
        break;
      case "exit":
        // It ran when the programs were attached, and ended before it could be read again.
        if (read === undefined && readBefore !== undefined) running.set(name, readBefore);
        break;
    }
  }
  const unsettled = [...ending].map(([name, { pid, start }]) => ({ pid, start, process: running.get(name) }));
  for (const name of ending.keys()) running.delete(name);
  return { running: parentsFirst([...running.values()]), ending: unsettled };
}

function byKey<Named extends ProcessName>(processes: readonly Named[]): Map<string, Named> {
  return new Map(processes.map((process) => [key(process.pid, process.start), process]));
}

function parentsFirst(processes: readonly ProcfsProcess[]): ProcfsProcess[] {
  const waiting = new Map(processes.map((process) => [process.pid, process]));
  const ordered: ProcfsProcess[] = [];
  for (const process of processes) {
    const line: ProcfsProcess[] = [];
    let at: ProcfsProcess | undefined = process;
    while (at !== undefined && waiting.delete(at.pid)) {
      line.push(at);
      at = waiting.get(at.parentPid);
    }
    ordered.push(...line.reverse());
  }
  return ordered;
}
