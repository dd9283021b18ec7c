/** @module The children that a process gets without having made them: as process 1 of a container, every orphan. */
import { ptr } from "bun:ffi";
import { openLibc } from "./libc.ts";

const SIGCHLD = 17;
/** asm-generic/signal-defs.h. */
const SIG_IGN = 1n;
/** `struct sigaction` as glibc and musl have it: handler, 128 bytes of mask, flags, restorer. */
const SIGACTION_BYTES = 152;

const WNOHANG = 1;

const libc = openLibc({
  sigaction: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
});

/**
 * Has the kernel take the ends of orphans off this process, where it is process 1: nobody else would, and each stays as a
 * zombie (signal(7): ignoring SIGCHLD). Only for a program that has no children of its own to wait for.
 */
export function reapOrphans(): void {
  if (process.pid !== 1) return;
  const action = new DataView(new ArrayBuffer(SIGACTION_BYTES));
  action.setBigUint64(0, SIG_IGN, true);
  libc.sigaction(SIGCHLD, ptr(action), null);
  // Those that ended before.
  while (libc.waitpid(-1, null, WNOHANG) > 0);
}
