/** @module The agent, as programs of the kernel see it. */
import { readFileSync, readlinkSync } from "node:fs";
import { type OwnProcess, START_UNIT } from "../../../policy/compile/index.ts";

/** `PROC_PID_INIT_INO` of the kernel: the PID namespace that numbers of processes are of in the kernel. */
const HOST_NAMESPACE = "pid:[4026531836]";
/** Fields of `/proc/PID/stat` behind the name, which may hold anything: the start is the twentieth. */
const START_TIME = 19;

/** `undefined` where its number on the host is not known: in a PID namespace of its own. */
export function ownProcess(): OwnProcess | undefined {
  try {
    if (readlinkSync("/proc/self/ns/pid") !== HOST_NAMESPACE) return undefined;
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { pid: process.pid, startTime: BigInt(fields[START_TIME]!) * BigInt(START_UNIT) };
  } catch {
    return undefined;
  }
}
