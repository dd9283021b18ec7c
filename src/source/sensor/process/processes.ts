/**
 * @module The processes that the sensor knows, from procfs and from records: what probes look an event's process up in.
 *
 * Records come in the order in which they were made: the ring buffer has one order for all CPUs, and a child
 * cannot act before its fork was recorded.
 */
import { bootNanoseconds } from "../../../os/boot-time.ts";
import type { Container, ContainerSource } from "../../../pipeline/enrich/container.ts";
import { highHalf, joinTime, lowHalf } from "../event/clock.ts";
import type { EventKind, Subject } from "../event/event.ts";
import type { SensorEvents } from "../event/events.ts";
import { imageOfProcfs } from "../procfs/image.ts";
import { type ProcfsProcess, readProcess, readStart } from "../procfs/procfs.ts";
import { type EndingProcess, isBeforeStart, isSameStart, type StartTimes } from "../procfs/startup.ts";
import { DEFAULT_MAX_ARGUMENTS_SIZE } from "../settings.ts";
import { FLAG, flagIf } from "./flags.ts";
import { KERNEL_IMAGE, type ProcessImage } from "./image.ts";
import { ImagePool } from "./image-pool.ts";
import type { Metadata } from "./metadata.ts";
import { Process } from "./process.ts";
import type { ProcessTable } from "./process-table.ts";

/** What {@link Processes} works with. */
export interface ProcessesSettings {
  readonly procfs: string;
  readonly table: ProcessTable;
  readonly metadata: Metadata;
  readonly events: SensorEvents;
  /** Bytes of arguments of a process that are kept at most. @default 320 KiB */
  readonly maxArgumentsSize?: number | undefined;
  /** Knows the pods of containers. @default nobody does */
  readonly containers?: ContainerSource | undefined;
}

/** pid and time by which Tetragon knows the kernel, the parent of what has none. */
const KERNEL_PID = 0;
const KERNEL_TIME = 1;

/** The parent that a record names. */
export interface ParentOfRecord {
  readonly parent_pid: number;
  readonly parent_start_time_high: number;
  readonly parent_start_time_low: number;
}

/** The place in the PID namespaces that a record names. */
interface NamespaceOfRecord {
  readonly ns_pid: number;
  readonly ns_level: number;
}

/** A record that says when something happened to a process. */
interface TimedSubject extends Subject {
  readonly time_high: number;
  readonly time_low: number;
}

/** A record that says what a process is from then on. */
export interface ImageRecord extends TimedSubject, ParentOfRecord, NamespaceOfRecord {}

/** From the moment that procfs shows a program, until the kernel records that it is executed, nanoseconds: at most so long. */
const EXECUTION_NS = 100_000_000n;

/** Events that say which program a process runs. */
const EXEC: EventKind<undefined> = {
  type: "process_exec",
  isStart: true,
  isEnd: false,
  write() {},
  add() {},
};

/** Knows processes, and says of each which program it runs. */
export class Processes {
  readonly table: ProcessTable;
  readonly #procfs: string;
  readonly #metadata: Metadata;
  readonly #events: SensorEvents;
  readonly #maxArgumentsSize: number;
  readonly #containers: ContainerSource | undefined;
  /** Processes that have come into the scope, by pid. */
  readonly #moved = new Map<number, ProcfsProcess>();
  /** Processes that were about to end when the sensor started, by pid. */
  readonly #ending = new Map<number, EndingProcess>();
  #start: StartTimes = { attached: 0n, scanned: 0n };

  constructor({ procfs, table, metadata, events, maxArgumentsSize, containers }: ProcessesSettings) {
    this.table = table;
    this.#procfs = procfs;
    this.#metadata = metadata;
    this.#events = events;
    this.#maxArgumentsSize = maxArgumentsSize ?? DEFAULT_MAX_ARGUMENTS_SIZE;
    this.#containers = containers;
  }

  /**
   * Says from when on all processes are known.
   * @param ending Those that count only if a record names them.
   */
  startedAt(times: StartTimes, ending: readonly EndingProcess[]): void {
    this.#start = times;
    this.#ending.clear();
    for (const process of ending) this.#ending.set(process.pid, process);
  }

  /** Whether a process that is not known slipped through the start of the sensor. */
  isBeforeStart({ pid, start_time_high, start_time_low, time_high, time_low }: TimedSubject): boolean {
    const start = joinTime(start_time_high, start_time_low);
    const ending = this.#ending.get(pid);
    if (ending !== undefined && isSameStart(ending.start, start)) return true;
    return isBeforeStart({ start, time: joinTime(time_high, time_low) }, this.#start);
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
        parentExecId: this.#events.execId(0, KERNEL_TIME, KERNEL_PID),
        flags: FLAG.procFS,
        image: KERNEL_IMAGE,
      },
      undefined,
    );
    this.table.add(process);
    this.announce(process);
  }

  /**
   * A process that ran before the sensor. Parents come first.
   * @param images Those of the processes that came before it.
   */
  running(found: ProcfsProcess, images: ImagePool): void {
    const { pid, start } = found;
    const parent = this.table.findByPid(found.parentPid);
    const image = images.share(imageOfProcfs(found, this.#metadata, this.#maxArgumentsSize));
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
          parent === undefined ? this.#unknownParent(found.parentPid) : this.#events.execIdOf(parent),
        flags: image.flags | initFlag(place) | treeFlag(parent),
        image,
        container: this.#containerOf(image),
        namespacePid: place.ns_pid,
      },
      parent,
    );
    this.table.add(process);
    this.announce(process);
  }

  /**
   * A process that has come into the scope, which it was outside of. What procfs shows of it counts once it is known
   * that it had not executed another program by then, which has a record of its own.
   */
  moved(record: Subject): void {
    if (this.find(record) !== undefined) return;
    const { pid, start_time_high, start_time_low } = record;
    const found = readProcess(this.#procfs, pid)?.process;
    const start = joinTime(start_time_high, start_time_low);
    if (found === undefined || !isSameStart(found.start, start)) return;
    this.#moved.set(pid, found);
  }

  /** To be called before an execution is looked at. @param binary What is executed. */
  executes({ pid, time_high, time_low }: ImageRecord, binary: string): void {
    const moved = this.#moved.get(pid);
    if (moved === undefined) return;
    // procfs shows a program a moment before the kernel records that it is executed.
    if (joinTime(time_high, time_low) <= moved.readUntil || moved.executable === binary)
      this.#moved.delete(pid);
  }

  /**
   * To be called when all records have been read.
   * @param isLast Whether no more are read before something else is.
   */
  settle(isLast: boolean): void {
    if (this.#moved.size === 0) return;
    const until = bootNanoseconds() - EXECUTION_NS;
    for (const [pid, { readUntil }] of this.#moved) {
      if (!isLast && readUntil > until) continue;
      if (this.#events.isFull) this.#events.flush();
      this.#adopt(pid);
    }
  }

  /** When {@link settle} is to be called again at the latest, milliseconds. */
  get interval(): number {
    return this.#moved.size === 0 ? Number.POSITIVE_INFINITY : Number(EXECUTION_NS / 1_000_000n);
  }

  /** What is remembered of a process that a record names, without it being in the table. */
  #recall(pid: number, startHigh: number, startLow: number): void {
    if (this.#moved.size > 0) this.#adopt(pid);
    const ending = this.#ending.size > 0 ? this.#ending.get(pid) : undefined;
    if (ending?.process === undefined || !isSameStart(ending.start, joinTime(startHigh, startLow))) return;
    this.#ending.delete(pid);
    this.running(ending.process, new ImagePool());
  }

  #adopt(pid: number): void {
    const moved = this.#moved.get(pid);
    if (moved === undefined) return;
    this.#moved.delete(pid);
    this.running(moved, new ImagePool());
  }

  /** The process that a record is about. */
  find({ pid, start_time_high, start_time_low }: Subject): Process | undefined {
    this.#recall(pid, start_time_high, start_time_low);
    return this.table.find(pid, start_time_high, start_time_low);
  }

  /** The parent that a record names. */
  findParent(record: ParentOfRecord): Process | undefined {
    const { parent_pid, parent_start_time_high, parent_start_time_low } = record;
    this.#recall(parent_pid, parent_start_time_high, parent_start_time_low);
    return this.table.find(parent_pid, parent_start_time_high, parent_start_time_low);
  }

  /** Adds what a record says that a process is from now on. @param flags But for what the record itself says. */
  add(record: ImageRecord, parent: Process | undefined, flags: number, image: ProcessImage): Process {
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
        container: this.#containerOf(image),
        namespacePid: record.ns_pid,
      },
      parent,
    );
    this.table.add(process);
    return process;
  }

  /** Looked up once for each image: clones share theirs, and executions alike, too. */
  #containerOf(image: ProcessImage): Container | undefined {
    if (this.#containers === undefined || image.docker === "" || image.mayBeForged) return undefined;
    image.container ??= this.#containers.find(image.docker);
    return image.container;
  }

  /** Makes the event that says which program a process runs. */
  announce(process: Process): void {
    this.#events.addStart(EXEC, process);
  }

  /** `exec_id` of a parent that procfs shows but the table does not have. */
  #unknownParent(pid: number): Uint8Array {
    const start = pid === KERNEL_PID ? undefined : readStart(this.#procfs, pid);
    if (start === undefined) return this.#events.execId(0, KERNEL_TIME, pid);
    return this.#events.execId(highHalf(start), lowHalf(start), pid);
  }

  #parentExecId(parent: Process | undefined, record: ParentOfRecord): Uint8Array {
    if (parent !== undefined) return this.#events.execIdOf(parent);
    return this.#events.execId(
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
export function treeFlag(parent: Process | undefined): number {
  return parent === undefined ? 0 : parent.flags & FLAG.inInitTree;
}
