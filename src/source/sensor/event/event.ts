/**
 * @module An event as the sensor keeps it: what happened, and all that may have changed by the time that somebody
 * wants to read it as text or as an object.
 */
import type { JsonObject } from "../../../lib/json/object.ts";
import { MAX_ANCESTORS, type Process } from "../process/process.ts";
import type { JsonWriter } from "./json-writer.ts";

/** Types of events that the sensor makes. */
export type SensorEventType =
  | "process_exec"
  | "process_exit"
  | "process_kprobe"
  | "process_tracepoint"
  | "process_uprobe"
  | "process_usdt"
  | "process_lsm"
  | "process_loader";

/** What a record says of the process that it is about. Times are the halves of nanoseconds since boot. */
export interface Subject {
  readonly pid: number;
  readonly start_time_high: number;
  readonly start_time_low: number;
}

/** Where an event's own members are written as text. */
export interface MemberText {
  readonly out: JsonWriter;
  /** Writes the member `time`: halves of nanoseconds since boot. */
  time(high: number, low: number): void;
}

/** What the members of an object are made with. */
export interface MemberValues {
  /** The wall-clock time of halves of nanoseconds since boot. */
  time(high: number, low: number): string;
}

/**
 * What the events of one probe have in common. Both ways of writing an event's own members make the same JSON.
 * @typeParam Details What the probe keeps of an event.
 */
export interface EventKind<Details = unknown> {
  readonly type: SensorEventType;
  /** Whether the process's reference to itself, and its parent's to it, end with the event. */
  readonly isEnd: boolean;
  /** Whether the process has just got its program: then there may be something to say of the file. */
  readonly isStart: boolean;
  /** Writes the members that come after the process and its parent, each with a comma before it. */
  readonly write: (text: MemberText, details: Details, event: SensorEvent) => void;
  /** Adds the same members to the object. */
  readonly add: (values: MemberValues, payload: JsonObject, details: Details, event: SensorEvent) => void;
}

/** init and kthreadd, the oldest that count as ancestors. */
const OLDEST_ANCESTOR_PID = 2;

/** The parent, if a process is young enough to have one that counts as an ancestor. */
function nextAncestor(process: Process | undefined): Process | undefined {
  return process === undefined || process.pid <= OLDEST_ANCESTOR_PID ? undefined : process.parent;
}

const NO_PROCESSES: Process[] = [];
const NO_COUNTS: number[] = [];

/** One event. Reused for another one later. */
export class SensorEvent {
  kind!: EventKind;
  details: unknown = undefined;
  pid = 0;
  tid = 0;
  /** When the process began, of one that is not known. */
  startHigh = 0;
  startLow = 0;
  /** When it happened. */
  timeHigh = 0;
  timeLow = 0;
  process: Process | undefined = undefined;
  parent: Process | undefined = undefined;
  /** References to the process and to its parent that are left after the event; 0 where events of its kind do not say. */
  references = 0;
  parentReferences = 0;
  /** Ancestors beyond the parent, the nearest first, and references to each; empty where nobody asks for them. */
  ancestors: Process[] = NO_PROCESSES;
  ancestorReferences: number[] = NO_COUNTS;

  /** Takes what the event says of its process. */
  setProcess(process: Process, { isStart, isEnd }: EventKind, hasAncestors: boolean): void {
    const leaving = isEnd ? 1 : 0;
    const { parent } = process;
    this.process = process;
    this.parent = parent;
    // Tetragon counts while it makes a process_exec, and leaves the count out of it.
    this.references = isStart ? 0 : process.references - leaving;
    this.parentReferences = isStart || parent === undefined ? 0 : parent.references - leaving;
    if (hasAncestors) this.#setAncestors(process, isStart);
  }

  /** Lets go of what it refers to. */
  clear(): void {
    this.details = undefined;
    this.process = undefined;
    this.parent = undefined;
    if (this.ancestors.length === 0) return;
    this.ancestors.length = 0;
    this.ancestorReferences.length = 0;
  }

  /** At most {@link MAX_ANCESTORS}, up to init or kthreadd. */
  #setAncestors(process: Process, isStart: boolean): void {
    if (this.ancestors === NO_PROCESSES) {
      this.ancestors = [];
      this.ancestorReferences = [];
    }
    const { ancestors, ancestorReferences } = this;
    for (
      let at = nextAncestor(nextAncestor(process));
      at !== undefined && ancestors.length < MAX_ANCESTORS;
      at = nextAncestor(at)
    ) {
      ancestors.push(at);
      ancestorReferences.push(isStart ? 0 : at.references);
    }
  }
}
