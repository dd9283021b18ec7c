/** @module The tracepoints that the sensor's programs attach to. */
import type { ProbedHook } from "../../requirement.ts";

/** The hook of network events, which are an option. */
export const NETWORK_HOOK: ProbedHook = {
  tracepoint: "inet_sock_set_state",
  isRequired: false,
  purpose: "--enable-network-events",
  helper: { name: "get_socket_cookie", since: "5.12" },
};

/** What each hook is for. */
export const SENSOR_HOOKS: readonly ProbedHook[] = [
  {
    tracepoint: "sched_process_fork",
    isRequired: true,
    purpose: "parents and processes that execute nothing",
  },
  { tracepoint: "sched_process_exec", isRequired: true, purpose: "process_exec" },
  { tracepoint: "sched_process_exit", isRequired: true, purpose: "process_exit" },
];
