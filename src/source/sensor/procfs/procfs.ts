/** @module Processes that ran before the sensor: what procfs says about them. */

import { openSync, readdirSync, readFileSync, readlinkSync, readSync } from "node:fs";
import { bootNanoseconds } from "../../../os/boot-time.ts";
import { isMissing } from "../../../os/caught.ts";
import { Descriptor } from "../../../os/descriptor.ts";
import { type ProcessCgroup, parseCgroups } from "../../../os/process-cgroups.ts";
import {
  type ProcessStatus,
  parseStatus,
  statusCapabilities,
  statusNumbers,
} from "../../../os/process-status.ts";
import { PF_EXITING, PF_KTHREAD } from "../probe/shared/task-flags.ts";
import { UNSET_UID } from "../process/auid.ts";
import { type ContainerOfCgroup, containerOf } from "../process/container-id.ts";
import type { Credentials } from "../process/credentials.ts";
import { type ContainerPlaces, containerCgroupNames, containerPlaces } from "../scope/cgroup-hierarchy.ts";
import { readArguments } from "./arguments.ts";
import { type ProcessStat, parseStat } from "./stat.ts";

/** A running process as procfs shows it. */
export interface ProcfsProcess {
  readonly pid: number;
  /** Where procfs shows its program. */
  readonly directory: string;
  readonly parentPid: number;
  /** Nanoseconds since boot, to 10 ms. */
  readonly start: bigint;
  /** When the last file was read, nanoseconds since boot. */
  readonly readUntil: bigint;
  /** Pid in each PID namespace that it is in, the outermost first. */
  readonly namespacePids: readonly number[];
  /** Working directory, `undefined` when it cannot be read. */
  readonly cwd: string | undefined;
  /** `argv`, each element followed by a NUL. */
  readonly arguments: Uint8Array;
  readonly auid: number;
  /** The container that it is in, by the names of its cgroups. */
  readonly container: ContainerOfCgroup;
  readonly credentials: Credentials;
  /** Path of the executable, empty when it cannot be read. */
  readonly executable: string;
}

/** Names a process. */
export type ProcessName = Pick<ProcfsProcess, "pid" | "start">;

/** What procfs shows of a process that has not ended. */
export interface ProcessReading extends ProcessName {
  /**
   * Whether all of its threads end. Then it may have released its program, and the kernel may have reported its end:
   * before Linux 6.16 it does the one first, since then the other, and either may take long.
   */
  readonly isEnding: boolean;
  /** `undefined` when it has no program any more. */
  readonly process: ProcfsProcess | undefined;
}

/** What procfs shows of all processes. */
export interface ProcfsScan {
  /** Those that have a program. */
  readonly processes: readonly ProcfsProcess[];
  /** Those of which all threads end, with or without a program. */
  readonly ending: readonly ProcessName[];
}

/** How often a process is read anew when a thread of it has ended, or it has executed another program, meanwhile. */
const MAX_READINGS = 16;

/** The pid of every process that procfs shows. */
export function listProcesses(procfs: string): number[] {
  return readdirSync(procfs)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/**
 * All processes that `accepts`, kernel threads and those that have ended left out.
 * @param earlier What was found before: arguments that are still the same are kept in memory once.
 */
export function scanProcesses(
  procfs: string,
  accepts: (pid: number) => boolean,
  earlier: readonly ProcfsProcess[] = [],
): ProcfsScan {
  const processes: ProcfsProcess[] = [];
  const ending: ProcessName[] = [];
  const known = new Map(earlier.map((process) => [process.pid, process.arguments]));
  const places = containerPlaces(procfs);
  for (const pid of listProcesses(procfs)) {
    if (!accepts(pid)) continue;
    const reading = readProcess(procfs, pid, places);
    if (reading === undefined) continue;
    const { start, isEnding, process } = reading;
    if (isEnding) ending.push({ pid, start });
    if (process === undefined) continue;
    const same = known.get(pid);
    const isSame = same !== undefined && Buffer.compare(same, process.arguments) === 0;
    processes.push(isSame ? { ...process, arguments: same } : process);
  }
  return { processes, ending };
}

/** One process, or `undefined` when it is a kernel thread, has ended, or may not be read. */
export function readProcess(
  procfs: string,
  pid: number,
  places = containerPlaces(procfs),
): ProcessReading | undefined {
  const directory = `${procfs}/${pid}`;
  let last: string | undefined;
  for (let i = 0; i < MAX_READINGS; i++) {
    const stat = attempt(() => readStat(directory));
    if (stat === undefined || (stat.flags & PF_KTHREAD) !== 0 || isOver(stat)) return undefined;
    // A thread that ends releases the program. Others that go on have it still.
    const thread = isExiting(stat) ? attempt(() => goingThread(directory)) : directory;
    const isEnding = thread === undefined;
    const process = attempt(() => readThread(thread ?? directory, pid, stat, places));
    const { start } = stat;
    if (process !== undefined) {
      // Some of it may be of one program, and some of the next. Whoever executes without end is read as it is at last.
      if (i < MAX_READINGS - 1 && hasExecuted(directory, stat)) continue;
      return { pid, start, isEnding, process: { ...process, readUntil: bootNanoseconds() } };
    }
    if (isEnding) return { pid, start, isEnding, process };
    // It cannot be read, though it does not end.
    if (thread === last) return undefined;
    last = thread;
  }
  return undefined;
}

/** What procfs shows of a process in the directory of a thread. @throws Error when that has released its program. */
function readThread(
  directory: string,
  pid: number,
  { parentPid, start, stackStart }: ProcessStat,
  places: ContainerPlaces,
): Omit<ProcfsProcess, "readUntil"> {
  const status = parseStatus(readFileSync(`${directory}/status`, "latin1"));
  return {
    pid,
    directory,
    parentPid,
    start,
    namespacePids: statusNumbers(status, "NStgid"),
    cwd: link(`${directory}/cwd`),
    arguments: readArguments(directory, stackStart),
    auid: loginUid(directory),
    container: containerOf(containerCgroupNames(cgroupsOf(directory), places)),
    credentials: credentialsOf(status),
    // Last: what has its program now had it all the time, and its arguments with it.
    executable: executableOf(directory),
  };
}

/** Whether a process has executed another program since it was read: that has a stack of its own. */
function hasExecuted(directory: string, { stackStart }: ProcessStat): boolean {
  const now = attempt(() => readStat(directory));
  return now !== undefined && now.stackStart !== stackStart;
}

/** The directory of a thread that does not end, if there is one. */
function goingThread(directory: string): string | undefined {
  return readdirSync(`${directory}/task`)
    .map((tid) => `${directory}/task/${tid}`)
    .find((thread) => attempt(() => !isExiting(readStat(thread))));
}

/** What `read` gives, or `undefined` when what it reads is not there any more. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Whether a thread ends: it runs none of its program any more. */
function isExiting({ flags }: ProcessStat): boolean {
  return (flags & PF_EXITING) !== 0;
}

/** Whether all threads of a process have ended; it may wait for its parent to take note of that. */
function isOver({ state, threads }: { readonly state: string; readonly threads: number }): boolean {
  return state === "X" || (state === "Z" && threads <= 1);
}

/** One process, whatever becomes of its number: to be asked again and again, by one system call each time. */
export class HeldProcess implements Disposable {
  readonly #stat: Descriptor;
  readonly #bytes = Buffer.alloc(LONGEST_STAT);

  /** @throws The system's error when there is no such process. */
  constructor(procfs: string, pid: number) {
    this.#stat = new Descriptor(openSync(`${procfs}/${pid}/stat`, "r"));
  }

  /** Whether it has ended. */
  hasExited(): boolean {
    try {
      return isOver(this.#read());
    } catch (error) {
      // ESRCH: nobody else has the file, although another process may have the number.
      return isMissing(error);
    }
  }

  /** When it began, nanoseconds of `CLOCK_BOOTTIME`, cut to those that procfs counts in. @throws The system's error when it is gone. */
  get start(): bigint {
    return this.#read().start;
  }

  #read(): ProcessStat {
    const length = readSync(this.#stat.fd, this.#bytes, 0, LONGEST_STAT, 0);
    return parseStat(this.#bytes.toString("latin1", 0, length));
  }

  [Symbol.dispose](): void {
    this.#stat[Symbol.dispose]();
  }
}

/** Bytes of a `stat`: 52 numbers of 20 digits at most, and a name. */
const LONGEST_STAT = 2048;

/** When a process began, or `undefined` when there is none. */
export function readStart(procfs: string, pid: number): bigint | undefined {
  return attempt(() => readStat(`${procfs}/${pid}`))?.start;
}

function readStat(directory: string): ProcessStat {
  return parseStat(readFileSync(`${directory}/stat`, "latin1"));
}

/**
 * Environment of a process or thread, by its directory in procfs: `NAME=value` each followed by a NUL; empty when it
 * cannot be read.
 */
export function readEnvironment(directory: string): Uint8Array {
  try {
    return readFileSync(`${directory}/environ`);
  } catch {
    return new Uint8Array();
  }
}

/**
 * Path of the executable, empty when it may not be read.
 * @throws Error when there is none: the process has released its memory, and ends.
 */
function executableOf(directory: string): string {
  try {
    return readlinkSync(`${directory}/exe`);
  } catch (error) {
    if (isMissing(error)) throw error;
    return "";
  }
}

function link(path: string): string | undefined {
  return attempt(() => readlinkSync(path));
}

function loginUid(directory: string): number {
  try {
    return Number(readFileSync(`${directory}/loginuid`, "latin1"));
  } catch {
    // A kernel without CONFIG_AUDIT has no such file.
    return UNSET_UID;
  }
}

function cgroupsOf(directory: string): ProcessCgroup[] {
  return parseCgroups(readFileSync(`${directory}/cgroup`, "utf8"));
}

function credentialsOf(status: ProcessStatus): Credentials {
  const [uid = 0, euid = 0, suid = 0, fsuid = 0] = statusNumbers(status, "Uid");
  const [gid = 0, egid = 0, sgid = 0, fsgid = 0] = statusNumbers(status, "Gid");
  return {
    uid,
    gid,
    euid,
    egid,
    suid,
    sgid,
    fsuid,
    fsgid,
    // procfs does not show them.
    securebits: 0,
    cap_permitted: statusCapabilities(status, "CapPrm"),
    cap_effective: statusCapabilities(status, "CapEff"),
    cap_inheritable: statusCapabilities(status, "CapInh"),
  };
}
