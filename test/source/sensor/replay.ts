/** @module Goes through events in the order in which they came, and counts processes in and out. */
import type { ProcessEvent, SensorEvent } from "./support.ts";

/** What a sensor reported about processes. */
export interface Replay {
  /** Of processes that ran before the sensor. */
  readonly before: readonly ProcessEvent[];
  /** Of processes that executed something under the sensor. */
  readonly started: readonly ProcessEvent[];
  /** `exec_id`s whose exit did not come. */
  readonly running: readonly string[];
  /** Execs that came a second time, and exits without an exec before them or after another exit of the process. */
  readonly surplus: readonly SensorEvent[];
  /** Events about something else. */
  readonly others: readonly SensorEvent[];
}

/**
 * Whether it is the shell that puts itself into a test's cgroup, and then becomes the program that the test runs: a sensor
 * that looks quickly sees it.
 */
function movesItself({ process }: ProcessEvent): boolean {
  return process.flags.includes("procFS") && process.arguments?.includes("cgroup.procs") === true;
}

/** Follows processes by their `exec_id`. None may execute a second program. */
export function replayProcesses(events: readonly SensorEvent[]): Replay {
  const before: ProcessEvent[] = [];
  const started: ProcessEvent[] = [];
  const surplus: SensorEvent[] = [];
  const others: SensorEvent[] = [];
  const seen = new Set<string | undefined>([undefined, ""]);
  const running = new Set<string>();
  for (const event of events) {
    const { process_exec: exec, process_exit: exit } = event;
    if (exec !== undefined) {
      const { exec_id, flags } = exec.process;
      if (movesItself(exec)) continue;
      if (seen.has(exec_id)) {
        surplus.push(event);
        continue;
      }
      seen.add(exec_id);
      running.add(exec_id);
      (flags.includes("procFS") ? before : started).push(exec);
    } else if (exit !== undefined) {
      if (!running.delete(exit.process.exec_id)) surplus.push(event);
    } else {
      others.push(event);
    }
  }
  return { before, started, running: [...running], surplus, others };
}
