/** @module Hands a filter of system calls to the kernel: seccomp(2). */
import { ptr } from "bun:ffi";
import { openLibc } from "../libc.ts";
import { lastErrno, SystemCallError } from "../system-call.ts";

/** `seccomp` itself, x86-64 and arm64. */
export const SECCOMP = [317, 277] as const;
const SET_MODE_FILTER = 1;
/** On all threads; and without slowing the process down so that it cannot guess at memory of its own (linux/seccomp.h). */
const TSYNC = 1;
const SPEC_ALLOW = 4;
const ENOSYS = 38;

const libc = openLibc({ syscall: { args: ["i64", "i64", "i64", "ptr"], returns: "i64" } });

/**
 * Installs a filter for good, on every thread. The calling thread must have `no_new_privs`, or CAP_SYS_ADMIN.
 * @param code An array of `struct sock_filter`; `undefined` where there is none for this architecture.
 * @throws SystemCallError `EINVAL` or `ENOSYS` where the kernel has no such filters (CONFIG_SECCOMP_FILTER, Linux 3.17).
 */
export function installFilter(code: Uint8Array | undefined): void {
  if (code === undefined) throw new SystemCallError("seccomp", ENOSYS);
  // struct sock_fprog (linux/filter.h): how many instructions, and where.
  const program = new DataView(new ArrayBuffer(16));
  program.setUint16(0, code.length / 8, true);
  program.setBigUint64(8, BigInt(ptr(code)), true);
  const number = SECCOMP[process.arch === "arm64" ? 1 : 0];
  const install = (flags: number): number =>
    Number(libc.syscall(number, SET_MODE_FILTER, flags, ptr(program)));
  let result = install(TSYNC | SPEC_ALLOW);
  // SPEC_ALLOW came with Linux 4.17.
  if (result < 0) result = install(TSYNC);
  if (result < 0) throw new SystemCallError("seccomp", lastErrno());
  // A thread that has filters of its own.
  if (result > 0) throw new Error(`seccomp: thread ${result} has a filter of its own`);
}
