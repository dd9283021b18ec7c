/** @module The children that a process gets without having made them: as process 1 of a container, every orphan. */
import { openLibc } from "./libc.ts";
import { exchangeSignalAction, SIG_IGN, signalAction } from "./signal-action.ts";

const SIGCHLD = 17;
const WNOHANG = 1;

const libc = openLibc({
  waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
});

/**
 * Has the kernel take the ends of orphans off this process, where it is process 1: nobody else would, and each stays as a
 * zombie (signal(7): ignoring SIGCHLD). Only for a program that has no children of its own to wait for.
 */
export function reapOrphans(): void {
  if (process.pid !== 1) return;
  exchangeSignalAction(SIGCHLD, signalAction(SIG_IGN));
  // Those that ended before.
  while (libc.waitpid(-1, null, WNOHANG) > 0);
}
