/** @module What a process does to itself before it runs somebody else's code. */
import { writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
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

/** Has this process be chosen before others when memory runs out, and have what processor time others leave. */
export function yieldToOthers(): void {
  writeFileSync("/proc/self/oom_score_adj", "1000");
  setPriority(0, constants.priority.PRIORITY_LOW);
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
