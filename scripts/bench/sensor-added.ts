/**
 * @module What a watcher adds to a load that starts many processes.
 *
 * The same load runs in two PID namespaces, in turns of a fraction of a second: one that is watched, and one of which
 * the watcher's programs find at once that it is none of theirs. So both turns meet the same machine, which may be
 * half as fast a minute later. The time that the programs take to find that is counted by the kernel, and added.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { WORK_DIRECTORY } from "./fixture.ts";
import { ProgramStatistics, programNanoseconds } from "./program-time.ts";
import { cpuSecondsOf } from "./sensor-agent.ts";
import { type Load, type LoadNamespace, type LoadTime, waitFor } from "./sensor-load.ts";
import { type Estimate, medianWithin } from "./statistics.ts";

/** A running watcher. */
export interface Watcher {
  readonly pid: number;
  readonly stop: () => Promise<unknown>;
}

/** One load with one watcher. */
export interface WatchedLoad {
  readonly load: string;
  readonly watcher: string;
  /** What the watcher adds to the load, as a part of the load without it. */
  readonly addedCpu: Estimate;
  readonly addedWall: Estimate;
  /** CPU time of the load alone, microseconds a process or, where processes are not counted, a run. */
  readonly cpuUs: number;
  /** CPU time of the watcher itself, in the same unit. */
  readonly watcherCpuUs: number;
}

/** Where loads run. */
export interface LoadPlaces {
  readonly watched: LoadNamespace;
  readonly unwatched: LoadNamespace;
}

/** For the watcher to finish what a turn has left it, milliseconds. */
const REST_MS = 25;
/** How often bpftrace is asked to end before it is made to, and how long each time is waited for it. */
const END_ATTEMPTS = 50;
const END_PAUSE_MS = 200;

/** Runs a load in turns, `pairs` times in each place. */
export async function measureAdded(
  load: Load,
  name: string,
  watcher: Watcher,
  { watched, unwatched }: LoadPlaces,
  pairs: number,
): Promise<WatchedLoad> {
  const inside: LoadTime[] = [];
  const outside: LoadTime[] = [];
  let watcherSeconds = 0;
  for (let pair = 0; pair < pairs; pair++) {
    for (const isWatched of pair % 2 === 0 ? [true, false] : [false, true]) {
      const before = cpuSecondsOf(watcher.pid);
      (isWatched ? inside : outside).push(await (isWatched ? watched : unwatched).run(load.command));
      await Bun.sleep(REST_MS);
      if (isWatched) watcherSeconds += cpuSecondsOf(watcher.pid) - before;
    }
  }
  const unnoticed = await unnoticedPart(load, watcher, unwatched);
  const added = (kind: "cpu" | "wall"): Estimate => {
    const { value, low, high } = medianWithin(
      inside.map((time, pair) => time[kind] / outside[pair]![kind] - 1),
    );
    return { value: value + unnoticed, low: low + unnoticed, high: high + unnoticed };
  };
  const runs = Math.max(
    inside.reduce((sum, { processes }) => sum + processes, 0),
    pairs,
  );
  const { value: cpuUs } = medianWithin(
    outside.map(({ cpu, processes }) => (cpu * 1e6) / Math.max(processes, 1)),
  );
  return {
    load: load.label,
    watcher: name,
    addedCpu: added("cpu"),
    addedWall: added("wall"),
    cpuUs,
    watcherCpuUs: (watcherSeconds * 1e6) / runs,
  };
}

/** The part of an unwatched load that is the watcher's programs. */
async function unnoticedPart(load: Load, watcher: Watcher, unwatched: LoadNamespace): Promise<number> {
  using _statistics = new ProgramStatistics();
  const before = programNanoseconds(watcher.pid);
  const { cpu } = await unwatched.run(load.command);
  return (programNanoseconds(watcher.pid) - before) / 1e9 / cpu;
}

/** bpftrace, printing a line for each program that is executed, and each process that ends, in a PID namespace. */
export async function startBpftrace(path: string, namespace: LoadNamespace): Promise<Watcher> {
  const log = `${WORK_DIRECTORY}bpftrace.log`;
  writeFileSync(log, "");
  const isInside = `/((struct task_struct *)curtask)->nsproxy->pid_ns_for_children->ns.inum == ${namespace.inode}/`;
  const child = Bun.spawn(
    [
      path,
      "-e",
      `tracepoint:sched:sched_process_exec ${isInside} { printf("exec %d %s %s\\n", pid, comm, str(args->filename)); }
       tracepoint:sched:sched_process_exit ${isInside} { printf("exit %d %s\\n", pid, comm); }`,
    ],
    { stdio: ["ignore", Bun.file(log), Bun.file(`${log}.errors`)] },
  );
  // Its probes stand when it has seen something.
  await waitFor(() => {
    if (child.exitCode !== null) {
      throw new Error(`Cannot run bpftrace:\n${readFileSync(`${log}.errors`, "utf8")}`);
    }
    Bun.spawnSync(namespace.enter(["/bin/true"]));
    return readFileSync(log, "latin1").includes("exit ");
  }, "bpftrace watches");
  return { pid: child.pid, stop: () => endBpftrace(child) };
}

/** A signal that comes just before bpftrace goes to sleep is noticed when something happens: so more than one. */
async function endBpftrace(child: Bun.Subprocess): Promise<void> {
  for (let i = 0; i < END_ATTEMPTS && child.exitCode === null && child.signalCode === null; i++) {
    child.kill("SIGINT");
    await Promise.race([child.exited, Bun.sleep(END_PAUSE_MS)]);
  }
  child.kill("SIGKILL");
  await child.exited;
}
