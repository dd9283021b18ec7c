/**
 * @module The process that opens perf events for the agent where that takes `CAP_SYS_ADMIN`: it holds that and nothing else, makes no
 * other system call that could use it, and ends when the agent does. It is this executable, too, and loads none of the agent.
 */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { readProcessPrivileges } from "../capability.ts";
import { dropPrivileges } from "../drop-privileges.ts";
import { releaseEmbeddedProgram, releaseExecutablePages } from "../memory.ts";
import { receiveMessage, sendMessage } from "../passed-descriptor.ts";
import { PERF_TYPE_TRACEPOINT, perfEventOpen, probeNumbers } from "../perf-event.ts";
import { type AllowedCall, encodeAllowList } from "../seccomp/allow-list.ts";
import { installFilter } from "../seccomp/install.ts";
import { exchangeSignalAction, SIG_IGN, signalAction } from "../signal-action.ts";
import { SystemCallError } from "../system-call.ts";
import { ANSWER_LENGTH, decodeRequest, LONGEST_REQUEST, type ProbeNumbers } from "./protocol.ts";

/** The socket: this process has no other use for standard input. */
const SOCKET = 0;
const PERF_FLAG_FD_CLOEXEC = 8;
/** As {@link perfEventOpen} calls it for an event of all processes. */
const CALLS: readonly AllowedCall[] = [
  { numbers: [298, 241], with: { 1: -1, 2: 0, 3: -1, 4: PERF_FLAG_FD_CLOEXEC } },
  { numbers: [46, 211], with: { 0: SOCKET } }, // sendmsg
  { numbers: [45, 207], with: { 0: SOCKET } }, // recvfrom
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
  const probe = probeNumbers();
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
  return answerAll(probe);
}

function answerAll(probe: ProbeNumbers | undefined): boolean {
  const buffer = new Uint8Array(LONGEST_REQUEST);
  for (;;) {
    const length = receiveMessage(SOCKET, buffer);
    if (length === 0) return true;
    const event = length > buffer.length ? undefined : decodeRequest(buffer.subarray(0, length), probe);
    if (event === undefined) return false;
    let fd: number;
    try {
      fd = perfEventOpen(event);
    } catch (error) {
      answer(error instanceof SystemCallError ? error.errno : EIO);
      continue;
    }
    try {
      answer(0, fd);
    } finally {
      closeSync(fd);
    }
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
