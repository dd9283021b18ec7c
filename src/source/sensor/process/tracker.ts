/**
 * @module Follows processes from record to record, and writes Tetragon's `process_exec` and `process_exit`.
 *
 * Records come in the order in which they were made: the ring buffer has one order for all CPUs, and a child
 * cannot act before its fork was recorded.
 */

import { highHalf, joinTime, lowHalf } from "../event/clock.ts";
import type { EventEnvelope, Subject } from "../event/envelope.ts";
import { exitStatus } from "../probe/exit/signal.ts";
import type { RecordViews } from "../probe/index.ts";
import { type ProcfsProcess, readStart } from "../procfs/procfs.ts";
import { isBeforeStart, type StartTimes } from "../procfs/startup.ts";
import type { SensorSettings } from "../settings.ts";
import { ExecImages } from "./exec-images.ts";
import { FLAG, flagIf } from "./flags.ts";
import { imageOfProcfs, KERNEL_IMAGE, UNKNOWN_IMAGE } from "./image.ts";
import type { ImagePool } from "./image-pool.ts";
import type { MetadataWriter } from "./metadata.ts";
import { Process } from "./process.ts";
import type { ProcessTable } from "./process-table.ts";
import { RecentExits } from "./recent-exits.ts";

/** What a tracker works with. */
export interface TrackerSettings {
  readonly settings: SensorSettings;
  readonly procfs: string;
  readonly table: ProcessTable;
  readonly metadata: MetadataWriter;
  /** Where events are written. */
  readonly envelope: EventEnvelope;
}

/** pid and time by which Tetragon knows the kernel, the parent of what has none. */
const KERNEL_PID = 0;
const KERNEL_TIME = 1;

/** The parent that a record names. */
type ParentOfRecord = Pick<
  RecordViews["fork"],
  "parent_pid" | "parent_start_time_high" | "parent_start_time_low"
>;

/** The place in the PID namespaces that a record names. */
type NamespaceOfRecord = Pick<RecordViews["fork"], "ns_pid" | "ns_level">;

/** Turns records into events. */
export class ProcessTracker {
  readonly #procfs: string;
  readonly #table: ProcessTable;
  readonly #metadata: MetadataWriter;
  readonly #envelope: EventEnvelope;
  readonly #images: ExecImages;
  readonly #exits = new RecentExits();
  #start: StartTimes = { attached: 0n, scanned: 0n };

  constructor({ settings, procfs, table, metadata, envelope }: TrackerSettings) {
    this.#procfs = procfs;
    this.#table = table;
    this.#metadata = metadata;
    this.#envelope = envelope;
    this.#images = new ExecImages(metadata, settings.credentials === true);
  }

  /** Says from when on all processes are known. */
  startedAt(times: StartTimes): void {
    this.#start = times;
  }

  /** Looks again at what may have changed on the host. Call it now and then. */
  refresh(): void {
    if (this.#metadata.refresh()) this.#images.clear();
  }

  /** The kernel itself, the first of all parents. */
  kernel(): void {
    const process = new Process(
      {
        pid: KERNEL_PID,
        startHigh: 0,
        startLow: KERNEL_TIME,
        timeHigh: 0,
        timeLow: KERNEL_TIME,
        parentExecId: this.#envelope.execId(0, KERNEL_TIME, KERNEL_PID),
        flags: FLAG.procFS,
        image: KERNEL_IMAGE,
      },
      undefined,
    );
    this.#table.add(process);
    this.#writeExec(process);
  }

  /**
   * A process that ran before the sensor. Parents come first.
   * @param images Those of the processes that were reported before it.
   */
  running(found: ProcfsProcess, images: ImagePool): void {
    const { pid, start } = found;
    const parent = this.#table.findByPid(found.parentPid);
    const image = images.share(imageOfProcfs(found, this.#metadata));
    const startHigh = highHalf(start);
    const startLow = lowHalf(start);
    const { namespacePids } = found;
    const place = { ns_pid: namespacePids.at(-1) ?? 0, ns_level: namespacePids.length - 1 };
    const process = new Process(
      {
        pid,
        startHigh,
        startLow,
        timeHigh: startHigh,
        timeLow: startLow,
        parentExecId:
          parent === undefined ? this.#unknownParent(found.parentPid) : this.#envelope.execIdOf(parent),
        flags: image.flags | initFlag(place) | treeFlag(parent),
        image,
      },
      parent,
    );
    this.#table.add(process);
    this.#writeExec(process);
  }

  /** A process began. It is its parent's image until it executes another. */
  fork(record: RecordViews["fork"]): void {
    if (this.#find(record) !== undefined) return;
    const parent = this.#findParent(record);
    this.#add(record, parent, {
      flags: FLAG.clone | treeFlag(parent),
      image: parent?.image ?? UNKNOWN_IMAGE,
    });
  }

  /** A process executes another program. */
  exec(record: RecordViews["exec"]): void {
    const earlier = this.#find(record);
    const isFirst = earlier !== undefined && (earlier.flags & (FLAG.clone | FLAG.execve)) === FLAG.clone;
    // The parent of a second program is the first, as Tetragon has it.
    const parent =
      earlier !== undefined && !isFirst ? earlier : (this.#findParent(record) ?? earlier?.parent);
    const image = this.#images.of(record);
    const process = this.#add(record, parent, {
      // A new parent does not move an orphan into another tree.
      flags: image.flags | flagIf(isFirst, FLAG.clone) | treeFlag(earlier ?? parent),
      image,
    });
    this.#writeExec(process);
  }

  /** A process ended. */
  exit(record: RecordViews["exit"]): void {
    const { pid } = record;
    const startHigh = record.start_time_high;
    const startLow = record.start_time_low;
    const timeHigh = record.time_high;
    const timeLow = record.time_low;
    const known = this.#find(record);
    if (known === undefined) {
      if (this.#exits.has(pid, startHigh, startLow)) return;
      const times = { start: joinTime(startHigh, startLow), time: joinTime(timeHigh, timeLow) };
      if (isBeforeStart(times, this.#start)) return;
    }
    this.#exits.add(pid, startHigh, startLow);
    const { signal, status } = exitStatus(record);
    const envelope = this.#envelope;
    envelope.begin("process_exit", known, record, pid);
    if (signal !== "") envelope.out.text(`,"signal":"${signal}"`);
    if (status !== 0) envelope.out.text(`,"status":${status}`);
    envelope.time(timeHigh, timeLow);
    envelope.end(timeHigh, timeLow);
    if (known !== undefined) this.#table.end(known);
  }

  /** The process that a record is about. */
  #find({ pid, start_time_high, start_time_low }: Subject): Process | undefined {
    return this.#table.find(pid, start_time_high, start_time_low);
  }

  #findParent(record: ParentOfRecord): Process | undefined {
    return this.#table.find(record.parent_pid, record.parent_start_time_high, record.parent_start_time_low);
  }

  /** Adds what a record says that a process is from now on. @param flags But for what the record itself says. */
  #add(
    record: RecordViews["fork"] | RecordViews["exec"],
    parent: Process | undefined,
    { flags, image }: Pick<Process, "flags" | "image">,
  ): Process {
    const process = new Process(
      {
        pid: record.pid,
        startHigh: record.start_time_high,
        startLow: record.start_time_low,
        timeHigh: record.time_high,
        timeLow: record.time_low,
        parentExecId: this.#parentExecId(parent, record),
        flags: flags | initFlag(record),
        image,
      },
      parent,
    );
    this.#table.add(process);
    return process;
  }

  #writeExec(process: Process): void {
    this.#envelope.beginKnown("process_exec", process, process.pid);
    this.#envelope.end(process.timeHigh, process.timeLow);
  }

  /** `exec_id` of a parent that procfs shows but the table does not have. */
  #unknownParent(pid: number): Uint8Array {
    const start = pid === KERNEL_PID ? undefined : readStart(this.#procfs, pid);
    if (start === undefined) return this.#envelope.execId(0, KERNEL_TIME, pid);
    return this.#envelope.execId(highHalf(start), lowHalf(start), pid);
  }

  #parentExecId(parent: Process | undefined, record: ParentOfRecord): Uint8Array {
    if (parent !== undefined) return this.#envelope.execIdOf(parent);
    return this.#envelope.execId(
      record.parent_start_time_high,
      record.parent_start_time_low,
      record.parent_pid,
    );
  }
}

/** Whether a process is the first of its PID namespace, which is not the host's. */
function initFlag({ ns_pid, ns_level }: NamespaceOfRecord): number {
  return flagIf(ns_level > 0 && ns_pid === 1, FLAG.inInitTree);
}

/** Whether a process descends from such a one. */
function treeFlag(parent: Process | undefined): number {
  return parent === undefined ? 0 : parent.flags & FLAG.inInitTree;
}
