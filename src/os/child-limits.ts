/** @module What a process does to itself before it runs somebody else's code. */
import { writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { errorCode } from "./caught.ts";
import { threadsOf } from "./every-thread.ts";
import { openLibc } from "./libc.ts";
import { systemCall } from "./system-call.ts";

/** linux/prctl.h. */
const PR_SET_PDEATHSIG = 1;
const PR_SET_DUMPABLE = 4;
const SYS_SETRLIMIT = process.arch === "arm64" ? 164 : 160;
/** asm-generic/resource.h. */
const RLIMIT_CORE = 4;

const libc = openLibc({
  prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
  getppid: { args: [], returns: "i32" },
});

/** How often the session's priority is asked for at most: the kernel takes it from one process in a tenth of a second, of all. */
const MOST_TRIES = 40;
const TRY_AGAIN_MS = 50;

/**
 * Has this process be chosen before others when memory runs out, and have what processor time others leave. For the latter it has to be in a
 * session of its own: where the kernel shares processor time between sessions (sched(7), autogroup), a thread's priority says nothing outside
 * of its session, and the session has one, too.
 */
export function yieldToOthers(): void {
  writeFileSync("/proc/self/oom_score_adj", "1000");
  // Threads begin with the priority of who makes them: those that are there have to be told one by one.
  for (const thread of threadsOf()) setPriority(thread, constants.priority.PRIORITY_LOW);
  yieldAsSession();
}

function yieldAsSession(): void {
  for (let tries = 0; tries < MOST_TRIES; tries++)
    try {
      writeFileSync("/proc/self/autogroup", String(constants.priority.PRIORITY_LOW));
      return;
    } catch (error) {
      // Any other: this kernel has no such thing, and threads count by themselves.
      if (errorCode(error) !== "EAGAIN") return;
      Bun.sleepSync(TRY_AGAIN_MS);
    }
}

/** Has it leave no core dump: what it holds are events. */
export function leaveNoCore(): void {
  const none = new Uint8Array(new BigUint64Array(2).buffer);
  systemCall("setrlimit", SYS_SETRLIMIT, RLIMIT_CORE, none, 0);
}

/** Has nobody of the same user look into it or change it: ptrace(2), `/proc/PID/mem`. */
export function hideFromUser(): void {
  libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/**
 * Has it end when the process ends that started it, however that happens. To be called after the last change of the user, which
 * takes it back.
 * @param parent Who started it. @returns Whether that one is still there.
 */
export function endWith(parent: number): boolean {
  libc.prctl(PR_SET_PDEATHSIG, constants.signals.SIGKILL, 0, 0, 0);
  return libc.getppid() === parent;
}
