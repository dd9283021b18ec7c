/** @module What `/proc/PID/stat` says of a process or thread (proc_pid_stat(5)). */
import { bootOffset } from "../../../os/boot-time.ts";
import { PROCFS_TICK } from "../event/clock.ts";

/** Fields of the file. */
export interface ProcessStat {
  /** A letter. */
  readonly state: string;
  readonly parentPid: number;
  /** `PF_*` bits. */
  readonly flags: number;
  readonly threads: number;
  /** When it began: nanoseconds since boot, to 10 ms. */
  readonly start: bigint;
  /** Where its stack began; 0 when it may not be traced. */
  readonly stackStart: bigint;
}

/** Reads the text of a `stat` file, the fields of which are numbered from 1. */
export function parseStat(stat: string): ProcessStat {
  // The name, field 2, is in parentheses and may contain anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): string => fields[number - 3] ?? "0";
  return {
    state: field(3),
    parentPid: Number(field(4)),
    flags: Number(field(9)),
    threads: Number(field(20)),
    start: BigInt(field(22)) * PROCFS_TICK - bootOffset(),
    stackStart: BigInt(field(28)),
  };
}
