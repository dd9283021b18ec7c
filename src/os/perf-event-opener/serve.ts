/**
 * @module The process that opens perf events for the agent where that takes `CAP_SYS_ADMIN`: it holds that and nothing else, makes no
 * other system call that could use it, and ends when the agent does. It is this executable, too, and loads none of the agent.
 */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { readProcessPrivileges } from "../capability.ts";
import { Descriptor } from "../descriptor.ts";
import { dropPrivileges } from "../drop-privileges.ts";
import { releaseEmbeddedProgram, releaseExecutablePages } from "../memory.ts";
import { receiveDescriptor, sendMessage } from "../passed-descriptor.ts";
import { PERF_TYPE_TRACEPOINT, type PerfEvent, perfEventOpen, probeNumbers } from "../perf-event.ts";
import { type AllowedCall, encodeAllowList } from "../seccomp/allow-list.ts";
import { installFilter } from "../seccomp/install.ts";
import { exchangeSignalAction, SIG_IGN, signalAction } from "../signal-action.ts";
import { SystemCallError } from "../system-call.ts";
import { ANSWER_LENGTH, decodeRequest, type EventNumbers, LONGEST_REQUEST } from "./protocol.ts";

/** The socket: this process has no other use for standard input. */
const SOCKET = 0;
const PERF_FLAG_FD_CLOEXEC = 8;
/** As {@link perfEventOpen} calls it for an event of all processes. */
const CALLS: readonly AllowedCall[] = [
  { numbers: [298, 241], with: { 1: -1, 2: 0, 3: -1, 4: PERF_FLAG_FD_CLOEXEC } },
  { numbers: [46, 211], with: { 0: SOCKET } }, // sendmsg
  { numbers: [47, 212], with: { 0: SOCKET } }, // recvmsg
];

const { EIO, EPERM } = constants.errno;

/**
 * Gives up all rights but one, and answers requests until nobody is at the other end, or one is none.
 * @param user `UID:GID` to change to, or `""`.
 * @returns Whether all requests were such.
 * @throws TetradError, SystemCallError when this process cannot be as it should be; it has answered nothing then.
 */
export function servePerfEvents(user: string): boolean {
  // Those of a terminal and of a service's end: the socket says when it is over.
  for (const signal of [constants.signals.SIGINT, constants.signals.SIGTERM, constants.signals.SIGHUP])
    exchangeSignalAction(signal, signalAction(SIG_IGN));
  const numbers = { functions: probeNumbers("kprobe"), files: probeNumbers("uprobe") };
  const [uid, gid] = user.split(":").map(Number);
  dropPrivileges({
    keep: ["CAP_SYS_ADMIN"],
    user: uid === undefined || gid === undefined || user === "" ? undefined : { uid, gid },
  });
  if (readProcessPrivileges().effective === 0n) throw new SystemCallError("capset", EPERM);
  warmUp();
  releaseEmbeddedProgram();
  installFilter(encodeAllowList(CALLS, process.pid));
  answer(0);
  releaseExecutablePages();
  return answerAll(numbers);
}

function answerAll(numbers: EventNumbers): boolean {
  // One byte more than any request has: what does not fit is cut.
  const buffer = new Uint8Array(LONGEST_REQUEST + 1);
  for (;;) {
    const { length, descriptor } = receiveDescriptor(SOCKET, buffer);
    if (length === 0) return true;
    using file = descriptor === undefined ? undefined : new Descriptor(descriptor);
    const event = decodeRequest(buffer.subarray(0, length), numbers);
    if (event === undefined || (event.isOfFile && file === undefined)) return false;
    const opened = open(event.isOfFile ? { ...event, descriptor } : event);
    file?.[Symbol.dispose]();
    if (typeof opened === "number") answer(opened);
    else {
      using _ = opened;
      answer(0, opened.fd);
    }
  }
}

/** @returns The number of the error where it cannot be opened. */
function open(event: PerfEvent): Descriptor | number {
  try {
    return new Descriptor(perfEventOpen(event));
  } catch (error) {
    return error instanceof SystemCallError ? error.errno : EIO;
  }
}

/** Loads what the first request would: after the filter nothing can be opened. */
function warmUp(): void {
  try {
    closeSync(perfEventOpen({ type: PERF_TYPE_TRACEPOINT, config: 0n }));
  } catch {
    // There is no such tracepoint.
  }
}

function answer(errno: number, descriptor?: number): void {
  const bytes = new Uint8Array(ANSWER_LENGTH);
  new DataView(bytes.buffer).setInt32(0, errno, true);
  sendMessage(SOCKET, bytes, descriptor);
}
