/** @module The agent, as programs of the kernel see it. */
import { readFileSync, statSync } from "node:fs";
import { type OwnProcess, START_UNIT } from "../../../policy/compile/index.ts";

/** `PROC_PID_INIT_INO` of the kernel: the PID namespace that numbers of processes are of in the kernel. */
const HOST_NAMESPACE = 4026531836;
/** Fields of `/proc/PID/stat` behind the name, which may hold anything: the start is the twentieth. */
const START_TIME = 19;

/** `undefined` where procfs does not say. */
export function ownProcess(): OwnProcess | undefined {
  try {
    const inode = statSync("/proc/self/ns/pid").ino;
    const namespace = inode === HOST_NAMESPACE ? undefined : inode;
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const startTime = BigInt(fields[START_TIME]!) * BigInt(START_UNIT);
    return { pid: process.pid, namespace, startTime };
  } catch {
    return undefined;
  }
}
