/** @module What it takes to open perf events, which is how programs get to functions and classic tracepoints. */
import { readFileSync } from "node:fs";

/** What `kernel.perf_event_paranoid` is at most where `CAP_PERFMON` is enough. Debian's and Ubuntu's kernels know more, and have it by default. */
const MOST_WITH_PERFMON = 2;

/** `kernel.perf_event_paranoid` where it is so high that events take `CAP_SYS_ADMIN`; else `undefined`. */
export function forbiddingParanoia(): number | undefined {
  try {
    const level = Number(readFileSync("/proc/sys/kernel/perf_event_paranoid", "latin1"));
    return level > MOST_WITH_PERFMON ? level : undefined;
  } catch {
    return undefined;
  }
}
