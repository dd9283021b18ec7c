/** @module Starts the process that opens perf events, where this kernel has policies that come later need one. */
import { codeOrText } from "../os/caught.ts";
import type { UserIdentity } from "../os/drop-privileges.ts";
import { PerfEventOpener } from "../os/perf-event-opener/opener.ts";
import type { LeaveSettings } from "./privileges.ts";

/** Policies on system calls by raw tracepoints do not need it. */
const LOST = "Policies on functions and classic tracepoints cannot come any more: restart the agent for them";

/** To be called while this process still has its rights. What fails is a warning: everything else runs on. */
export function startEventOpener(user: UserIdentity | undefined, log: LeaveSettings["log"]): void {
  try {
    const opener = new PerfEventOpener({
      user,
      onEnd: (exitCode) =>
        log.warn(LOST, { error: "the process that opens perf events has ended", exit_code: exitCode }),
    });
    opener.use();
    log.info("Perf events are opened by a process of their own", { pid: opener.pid });
  } catch (error) {
    log.warn(LOST, { error: codeOrText(error) });
  }
}
