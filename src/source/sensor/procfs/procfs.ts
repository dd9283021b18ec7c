/** @module Processes that ran before the sensor: what procfs says about them. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { bootNanoseconds } from "../../../os/boot-time.ts";
import { isMissing } from "../../../os/caught.ts";
import { type ProcessCgroup, parseCgroups } from "../../../os/process-cgroups.ts";
import {
  type ProcessStatus,
  parseStatus,
  statusCapabilities,
  statusNumbers,
} from "../../../os/process-status.ts";
import { PF_KTHREAD } from "../probe/shared/kernel-thread.ts";
import { UNSET_UID } from "../process/auid.ts";
import type { Credentials } from "../process/credentials.ts";
import { containerCgroupNames, containerHierarchy } from "../scope/cgroup-hierarchy.ts";
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
  /** When it was read, nanoseconds since boot: the first file, the last file. */
  readonly readFrom: bigint;
  readonly readUntil: bigint;
  /** Pid in each PID namespace that it is in, the outermost first. */
  readonly namespacePids: readonly number[];
  /** Path of the executable, empty when it cannot be read. */
  readonly executable: string;
  /** Working directory, `undefined` when it cannot be read. */
  readonly cwd: string | undefined;
  /** `argv`, each element followed by a NUL. */
  readonly arguments: Uint8Array;
  readonly auid: number;
  /** Names of the cgroup that it is in and of those around it, in the hierarchies that name containers. */
  readonly cgroupNames: readonly string[];
  readonly credentials: Credentials;
}

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
): ProcfsProcess[] {
  const found: ProcfsProcess[] = [];
  const known = new Map(earlier.map((process) => [process.pid, process.arguments]));
  const hierarchy = containerHierarchy(procfs);
  for (const pid of listProcesses(procfs)) {
    if (!accepts(pid)) continue;
    const process = readProcess(procfs, pid, hierarchy);
    if (process === undefined) continue;
    const same = known.get(pid);
    const isSame = same !== undefined && Buffer.compare(same, process.arguments) === 0;
    found.push(isSame ? { ...process, arguments: same } : process);
  }
  return found;
}

/** One process, or `undefined` when it is a kernel thread or has ended. */
export function readProcess(
  procfs: string,
  pid: number,
  hierarchy = containerHierarchy(procfs),
): ProcfsProcess | undefined {
  try {
    const readFrom = bootNanoseconds();
    const stat = readStat(`${procfs}/${pid}`);
    const { state, parentPid, flags, start } = stat;
    if ((flags & PF_KTHREAD) !== 0 || isOver(stat)) return undefined;
    // A first thread that has ended has no program any more. The others have.
    const directory = `${procfs}/${pid}${state === "Z" ? `/task/${liveThread(`${procfs}/${pid}`)}` : ""}`;
    const status = parseStatus(readFileSync(`${directory}/status`, "latin1"));
    const process = {
      pid,
      directory,
      parentPid,
      start,
      readFrom,
      namespacePids: statusNumbers(status, "NStgid"),
      executable: executableOf(directory),
      cwd: link(`${directory}/cwd`),
      arguments: readArguments(directory, stat.stackStart),
      auid: loginUid(directory),
      cgroupNames: containerCgroupNames(cgroupsOf(directory), hierarchy),
      credentials: credentialsOf(status),
    };
    return { ...process, readUntil: bootNanoseconds() };
  } catch {
    // It ended while it was read.
    return undefined;
  }
}

/** A thread of a process that has not ended. @throws Error when there is none. */
function liveThread(directory: string): string {
  const tid = readdirSync(`${directory}/task`).find((name) => {
    const { state } = readStat(`${directory}/task/${name}`);
    return state !== "Z" && state !== "X";
  });
  if (tid === undefined) throw new Error(`Cannot find a live thread in "${directory}"`);
  return tid;
}

/** Whether all threads of a process have ended; it may wait for its parent to take note of that. */
function isOver({ state, threads }: { readonly state: string; readonly threads: number }): boolean {
  return state === "X" || (state === "Z" && threads <= 1);
}

/** Whether a process has ended. @throws The system's error when there is none any more. */
export function hasExited(procfs: string, pid: number): boolean {
  return isOver(readStat(`${procfs}/${pid}`));
}

/** When a process began, or `undefined` when there is none. */
export function readStart(procfs: string, pid: number): bigint | undefined {
  try {
    return readStat(`${procfs}/${pid}`).start;
  } catch {
    return undefined;
  }
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
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
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
