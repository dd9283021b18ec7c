/**
 * @module Follows processes from record to record, and writes Tetragon's `process_exec` and `process_exit`.
 *
 * Records come in the order in which they were made: the ring buffer has one order for all CPUs, and a child
 * cannot act before its fork was recorded.
 */
import type { RecordViews } from "../../kernel/sensor/index.ts";
import type { BootClock } from "./clock.ts";
import { EventEnvelope } from "./envelope.ts";
import { shareFlags } from "./flags.ts";
import { imageOfExec, imageOfProcfs } from "./image.ts";
import { ImagePool } from "./image-pool.ts";
import type { MetadataWriter } from "./metadata.ts";
import { execId, Process, type ProcessIdentity, UNKNOWN_IMAGE } from "./process.ts";
import type { ProcessTable } from "./process-table.ts";
import { type ProcfsProcess, readStart } from "./procfs.ts";
import { RecentExits } from "./recent-exits.ts";
import type { SensorSettings } from "./settings.ts";
import { exitStatus } from "./signal.ts";
import { isBeforeStart, type StartTimes } from "./startup.ts";

/** Takes one event: a JSON document without a newline. */
export type Emit = (json: string) => void;

/** What a tracker works with. */
export interface TrackerSettings {
  readonly settings: SensorSettings;
  readonly procfs: string;
  readonly table: ProcessTable;
  readonly clock: BootClock;
  readonly metadata: MetadataWriter;
  readonly emit: Emit;
}

/** pid and time by which Tetragon knows the kernel, the parent of what has none. */
const KERNEL_PID = 0;
const KERNEL_TIME = 1n;

/** Turns records into events. */
export class ProcessTracker {
  readonly #settings: SensorSettings;
  readonly #procfs: string;
  readonly #table: ProcessTable;
  readonly #clock: BootClock;
  readonly #metadata: MetadataWriter;
  readonly #emit: Emit;
  readonly #envelope: EventEnvelope;
  readonly #exits = new RecentExits();
  readonly #images = new ImagePool();
  #start: StartTimes = { attached: 0n, scanned: 0n };

  constructor({ settings, procfs, table, clock, metadata, emit }: TrackerSettings) {
    this.#settings = settings;
    this.#procfs = procfs;
    this.#table = table;
    this.#clock = clock;
    this.#metadata = metadata;
    this.#emit = emit;
    this.#envelope = new EventEnvelope(settings);
  }

  /** Says from when on all processes are known. */
  startedAt(times: StartTimes): void {
    this.#start = times;
  }

  /** The kernel itself, the first of all parents. */
  kernel(): void {
    const time = this.#clock.format(KERNEL_TIME);
    const process = new Process(
      {
        pid: KERNEL_PID,
        processStart: KERNEL_TIME,
        execId: execId(this.#settings.nodeName, KERNEL_TIME, KERNEL_PID),
        parentExecId: execId(this.#settings.nodeName, KERNEL_TIME, KERNEL_PID),
        startTime: time,
        flags: { procFS: true },
        image: { ...UNKNOWN_IMAGE, binary: "<kernel>", auid: 0 },
      },
      undefined,
    );
    this.#table.add(process);
    this.#writeExec(process, "", time);
  }

  /** A process that ran before the sensor. Parents come first. */
  running(found: ProcfsProcess): void {
    const { pid, start } = found;
    const parent = this.#table.findByPid(found.parentPid);
    const { image, flags } = imageOfProcfs(found, this.#metadata, this.#procfs);
    const startTime = this.#clock.format(start);
    const process = new Process(
      {
        pid,
        processStart: start,
        execId: execId(this.#settings.nodeName, start, pid),
        parentExecId: parent?.identity.execId ?? this.#unknownParent(found.parentPid),
        startTime,
        flags: shareFlags({ ...flags, inInitTree: isInInitTree(found.namespacePids, parent) }),
        image: this.#images.share(image),
      },
      parent,
    );
    this.#table.add(process);
    this.#writeExec(process, "", startTime);
  }

  /** A process began. It is its parent's image until it executes another. */
  fork(record: RecordViews["fork"]): void {
    const { pid, start_time, time } = record;
    if (this.#table.find(pid, start_time) !== undefined) return;
    const parent = this.#table.find(record.parent_pid, record.parent_start_time);
    this.#table.add(
      new Process(
        {
          pid,
          processStart: start_time,
          execId: execId(this.#settings.nodeName, time, pid),
          parentExecId: this.#parentExecId(parent, record),
          startTime: this.#clock.format(time),
          flags: shareFlags({ clone: true, inInitTree: isInInitTree(namespacePids(record), parent) }),
          image: parent?.identity.image ?? UNKNOWN_IMAGE,
        },
        parent,
      ),
    );
  }

  /** A process executes another program. */
  exec(record: RecordViews["exec"]): void {
    const { pid, start_time, time } = record;
    const earlier = this.#table.find(pid, start_time);
    const isFirst = earlier?.identity.flags.clone === true && earlier.identity.flags.execve !== true;
    // The parent of a second program is the first, as Tetragon has it.
    const parent =
      earlier !== undefined && !isFirst
        ? earlier
        : (this.#table.find(record.parent_pid, record.parent_start_time) ?? earlier?.parent);
    const { image, flags, binaryProperties } = imageOfExec(
      record,
      this.#metadata,
      this.#settings.credentials === true,
    );
    const startTime = this.#clock.format(time);
    const identity: ProcessIdentity = {
      pid,
      processStart: start_time,
      execId: execId(this.#settings.nodeName, time, pid),
      parentExecId: this.#parentExecId(parent, record),
      startTime,
      flags: shareFlags({
        ...flags,
        clone: isFirst,
        // A new parent does not move an orphan into another tree.
        inInitTree: isInInitTree(namespacePids(record), earlier ?? parent),
      }),
      image: this.#images.share(image),
    };
    const process = new Process(identity, parent);
    this.#table.add(process);
    this.#writeExec(process, binaryProperties, startTime);
  }

  /** A process ended. */
  exit(record: RecordViews["exit"]): void {
    const { pid, start_time } = record;
    const time = this.#clock.format(record.time);
    const known = this.#table.find(pid, start_time);
    if (known === undefined && (isBeforeStart(record, this.#start) || this.#exits.has(pid, start_time)))
      return;
    this.#exits.add(pid, start_time);
    const { signal, status } = exitStatus(record);
    const result =
      (signal === "" ? "" : `,"signal":"${signal}"`) + (status === 0 ? "" : `,"status":${status}`);
    const processJson =
      known?.toJson() ?? `{"pid":${pid},"start_time":"${this.#clock.format(start_time)}","tid":${pid}}`;
    this.#emit(
      this.#envelope.write({
        type: "process_exit",
        processJson,
        process: known,
        members: `${result},"time":"${time}"`,
        time,
      }),
    );
    if (known !== undefined) this.#table.end(known);
  }

  #writeExec(process: Process, binaryProperties: string, time: string): void {
    const processJson = process.toJson(process.identity.pid, binaryProperties);
    this.#emit(this.#envelope.write({ type: "process_exec", processJson, process, members: "", time }));
  }

  /** `exec_id` of a parent that procfs shows but the table does not have. */
  #unknownParent(pid: number): string {
    const start = pid === KERNEL_PID ? KERNEL_TIME : (readStart(this.#procfs, pid) ?? KERNEL_TIME);
    return execId(this.#settings.nodeName, start, pid);
  }

  #parentExecId(
    parent: Process | undefined,
    record: { readonly parent_pid: number; readonly parent_start_time: bigint },
  ): string {
    return (
      parent?.identity.execId ?? execId(this.#settings.nodeName, record.parent_start_time, record.parent_pid)
    );
  }
}

/** Pids that a record knows, in the form that procfs has. */
function namespacePids(record: { readonly ns_pid: number; readonly ns_level: number }): number[] {
  return record.ns_level === 0 ? [record.ns_pid] : [0, record.ns_pid];
}

/** Whether a process is the first of its PID namespace, not the host's, or descends from such a one. */
function isInInitTree(pids: readonly number[], parent: Process | undefined): boolean {
  return (pids.length > 1 && pids.at(-1) === 1) || parent?.identity.flags.inInitTree === true;
}
