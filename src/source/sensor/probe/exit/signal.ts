/** @module How a process ended, as its parent would learn from `wait(2)`. */
import { constants } from "node:os";

/** `SIGNAL_GROUP_EXIT` of `<linux/sched/signal.h>`: the whole thread group was ordered to end. */
const SIGNAL_GROUP_EXIT = 0x4;
/** Bits of a wait status: the signal; above it, whether there was a core dump; then the exit code. */
const SIGNAL_MASK = 0x7f;
const EXIT_CODE_SHIFT = 8;
/** The first real-time signal that the C library leaves to programs; it keeps 32 and 33. */
const SIGRTMIN = 34;

// Where several names have one number, the first is the usual one: in reverse order it comes last and stays.
const SIGNAL_NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number as number, name]),
);

/** Name of a signal, `SIGRTMIN+n` for real-time ones, empty for 0. */
export function signalName(signal: number): string {
  if (signal === 0) return "";
  if (signal >= SIGRTMIN) return `SIGRTMIN+${signal - SIGRTMIN}`;
  return SIGNAL_NAMES.get(signal) ?? `SIG${signal}`;
}

/** What `sched_process_exit` showed of a process. */
export interface ExitFacts {
  readonly signal_flags: number;
  readonly group_exit_code: number;
  readonly leader_exit_code: number;
}

/** The signal that ended a process, if one did, and its exit code otherwise. */
export interface ExitStatus {
  /** Its name, or the empty string. */
  readonly signal: string;
  readonly status: number;
}

/** How a process ended. */
export function exitStatus(facts: ExitFacts): ExitStatus {
  const code =
    (facts.signal_flags & SIGNAL_GROUP_EXIT) !== 0 ? facts.group_exit_code : facts.leader_exit_code;
  return { signal: signalName(code & SIGNAL_MASK), status: (code >>> EXIT_CODE_SHIFT) & 0xff };
}
