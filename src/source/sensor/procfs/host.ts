/** @module Whether a procfs is the host's: it shows the processes of one PID namespace, by their numbers there. */
import { readFileSync, statSync } from "node:fs";
import { PF_KTHREAD } from "../probe/shared/task-flags.ts";
import { parseStat } from "./stat.ts";

/** `PROC_PID_INIT_INO` of `<linux/proc_ns.h>`: the inode number of the first PID namespace. */
const INITIAL_PID_NAMESPACE = 0xeffffffc;
/** kthreadd, by its number in the first PID namespace; other namespaces have no threads of the kernel. */
const KTHREADD = 2;

/** What it means when it is not, as a part of a sentence. */
export const FOREIGN_PROCFS =
  "procfs is not that of the host's PID namespace, so that processes which run already are left out; run the agent there (--pid=host), or give --procfs the host's";

/**
 * Whether processes have the same numbers in procfs as in the kernel's records.
 * @param procfs Where it is mounted.
 */
export function showsHostProcesses(procfs: string): boolean {
  // The agent is found there under its own number only where it is in the namespace that is shown, or around it.
  if (inodeOf(`${procfs}/self/ns/pid`) === INITIAL_PID_NAMESPACE) return true;
  try {
    return (parseStat(readFileSync(`${procfs}/${KTHREADD}/stat`, "latin1")).flags & PF_KTHREAD) !== 0;
  } catch {
    return false;
  }
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}
