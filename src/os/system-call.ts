/** @module Plain system calls that neither Bun nor Node.js offers, with `errno` as an error. */
import { type Pointer, read } from "bun:ffi";
import { errnoName } from "./errno-name.ts";
import { openLibc } from "./libc.ts";

const libc = openLibc({
  syscall: { args: ["i64", "i64", "ptr", "i64"], returns: "i64" },
  ioctl: { args: ["i32", "u64", "u64"], returns: "i32" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  __errno_location: { args: [], returns: "ptr" },
});

/** A system call that failed. `errno` is the kernel's number, `errnoName` its name (`EPERM`). */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly errno: number;
  readonly errnoName: string;
  /** The same, where Node.js and Bun have it. */
  readonly code: string;

  constructor(call: string, errno: number) {
    const name = errnoName(errno) ?? `errno ${errno}`;
    super(`${call}: ${name}`);
    this.errno = errno;
    this.errnoName = name;
    this.code = name;
  }
}

/** `errno` of the calling thread's last libc call. */
export function lastErrno(): number {
  return read.i32(libc.__errno_location() as Pointer, 0);
}

/**
 * `syscall(2)` with three arguments, the second of which is a pointer to `memory`.
 * @throws SystemCallError named `name`.
 */
export function systemCall(
  name: string,
  number: number,
  first: number,
  memory: Uint8Array,
  third: number,
): number {
  const result = Number(libc.syscall(number, first, memory, third));
  if (result < 0) throw new SystemCallError(name, lastErrno());
  return result;
}

/**
 * `ioctl(2)` with an integer argument.
 * @throws SystemCallError
 */
export function ioctl(fd: number, request: number, argument = 0): number {
  const result = libc.ioctl(fd, request, argument);
  if (result < 0) throw new SystemCallError("ioctl", lastErrno());
  return result;
}

/** `clockid_t` of `<linux/time.h>`. */
export const CLOCK = { REALTIME: 0, MONOTONIC: 1, BOOTTIME: 7 } as const;

const timespec = new BigInt64Array(2);

/** `CPUCLOCK_SCHED` (linux/posix-timers.h): with a process's number, the scheduler's own sum. */
const CPUCLOCK_SCHED = 2;

/**
 * User and system time of a process since it began, nanoseconds; threads that have ended are in it.
 * @throws SystemCallError when there is no such process.
 */
export function processorNanoseconds(pid: number): bigint {
  return readClock((~pid << 3) | CPUCLOCK_SCHED);
}

/** `clock_gettime(2)` in nanoseconds. */
export function clockNanoseconds(clock: (typeof CLOCK)[keyof typeof CLOCK]): bigint {
  return readClock(clock);
}

function readClock(clock: number): bigint {
  if (libc.clock_gettime(clock, timespec) !== 0) throw new SystemCallError("clock_gettime", lastErrno());
  return timespec[0]! * 1_000_000_000n + timespec[1]!;
}
