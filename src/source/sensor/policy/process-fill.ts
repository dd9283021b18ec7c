/**
 * @module Records of processes that run already when a policy asks for them. The programs that keep records are attached
 * before this begins: what begins or becomes another program meanwhile they see.
 */
import { readlinkSync } from "node:fs";
import { type BpfMap, UPDATE } from "../../../kernel/map/index.ts";
import { isErrno } from "../../../os/bpf/index.ts";
import type { NumberedFact } from "../../../policy/condition/process/index.ts";
import type { ProcessImage } from "../../../policy/process/index.ts";
import { readNamespaces } from "../process/namespaces.ts";
import { listProcesses, type ProcfsProcess, readProcess } from "../procfs/procfs.ts";
import type { FactMarks } from "./fact-marks.ts";
import { ProcessValue } from "./process-value.ts";

/** Rounds in which processes are looked for that were not there before. */
const MOST_ROUNDS = 8;
/** How often one process is read that becomes another program each time. */
const MOST_READINGS = 8;

/** What is put into the map. */
export interface ProcessFill {
  readonly map: BpfMap;
  readonly procfs: string;
  readonly facts: readonly NumberedFact[];
  /** Those of the facts that were not asked for before: of a process that has a record these alone are added. */
  readonly added: readonly NumberedFact[];
  /** Whether namespaces and capabilities are recorded, and were not before. */
  readonly addsSnapshot: boolean;
  /** Hears what is true of processes. */
  readonly marks: FactMarks;
}

/** Fills in what is not known of the processes that run. */
export function fillProcesses(fill: ProcessFill): void {
  const values = new Map<number, ProcessValue | undefined>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = listProcesses(fill.procfs).filter((pid) => !values.has(pid));
    if (found.length === 0) return;
    for (const pid of found) fillWithParents(fill, pid, values);
  }
}

/** A process after those that it descends from. */
function fillWithParents(
  fill: ProcessFill,
  pid: number,
  values: Map<number, ProcessValue | undefined>,
): void {
  const line: ProcfsProcess[] = [];
  for (let next = pid; next !== 0 && !values.has(next); ) {
    values.set(next, undefined);
    const process = readProcess(fill.procfs, next)?.process;
    if (process === undefined) break;
    line.push(process);
    next = process.parentPid;
  }
  for (const process of line.toReversed()) {
    values.set(process.pid, fillProcess(fill, process, values.get(process.parentPid)));
  }
}

function fillProcess(
  fill: ProcessFill,
  first: ProcfsProcess,
  parent: ProcessValue | undefined,
): ProcessValue | undefined {
  let process = first;
  for (let reading = 0; reading < MOST_READINGS; reading++) {
    const value = putValue(fill, process, parent, reading > 0);
    // What it became while it was read has a record by the kernel, which this may have been put in the place of.
    if (readExecutable(process) === process.executable) return value;
    const again = readProcess(fill.procfs, process.pid)?.process;
    if (again === undefined) return value;
    process = again;
  }
  return undefined;
}

/** @param isAll Whether all facts of the process are decided anew. */
function putValue(
  { map, facts, added, addsSnapshot, marks }: ProcessFill,
  process: ProcfsProcess,
  parent: ProcessValue | undefined,
  isAll: boolean,
): ProcessValue {
  const image = imageOf(process);
  const known = map.lookup(process.pid);
  const value = new ProcessValue(known?.slice());
  if (isAll && known !== undefined) value.succeed(new ProcessValue(known));
  const decided = known === undefined || isAll ? facts : added;
  value.decide(decided, image);
  marks.mark(decided, image);
  if (parent !== undefined) value.descendFrom(parent);
  if (known === undefined || addsSnapshot)
    value.record(readNamespaces(process.directory), process.credentials);
  try {
    map.update(process.pid, value.bytes, known === undefined ? UPDATE.NOEXIST : UPDATE.EXIST);
  } catch (error) {
    // It began, ended, or came to the kernel's notice meanwhile; or there are more than the map has room for.
    if (!isErrno(error, "EEXIST", "ENOENT", "E2BIG", "ENOMEM")) throw error;
  }
  return value;
}

function readExecutable({ directory }: ProcfsProcess): string {
  try {
    return readlinkSync(`${directory}/exe`);
  } catch {
    return "";
  }
}

function imageOf({ pid, executable, arguments: argv, namespacePids }: ProcfsProcess): ProcessImage {
  return {
    binary: new TextEncoder().encode(executable),
    argv: splitAtNuls(argv),
    pid,
    namespacePid: namespacePids.length > 1 ? namespacePids.at(-1)! : 0,
  };
}

/** Elements that each end with a NUL. */
function splitAtNuls(memory: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  for (let at = 0; at < memory.length; ) {
    const end = memory.indexOf(0, at);
    elements.push(memory.subarray(at, end < 0 ? undefined : end));
    if (end < 0) break;
    at = end + 1;
  }
  return elements;
}
