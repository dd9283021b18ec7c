/** @module What is around every event: the process, its relatives, the node, the time. */

import { MAX_ANCESTORS, type Process } from "../process/process.ts";
import type { SensorSettings } from "../settings.ts";
import type { BootClock } from "./clock.ts";
import type { EventWriter } from "./event-writer.ts";
import { ExecIds } from "./exec-id.ts";
import { type JsonWriter, json } from "./json-writer.ts";
import { ProcessWriter, type SensorEventType } from "./process-writer.ts";

const OPENINGS: Readonly<Record<SensorEventType, Uint8Array>> = {
  process_exec: json('{"process_exec":{"process":'),
  process_exit: json('{"process_exit":{"process":'),
  process_tracepoint: json('{"process_tracepoint":{"process":'),
};
const PARENT = json(',"parent":');
const TIME = json(',"time":"');
const QUOTE = json('"');
const ANCESTORS = json(',"ancestors":[');
const COMMA = json(",");
const END_OF_LIST = json("]");

/** What a record says of the process that it is about. */
export interface Subject {
  readonly pid: number;
  readonly start_time_high: number;
  readonly start_time_low: number;
}

/**
 * Writes events: {@link begin}, then to {@link out} what the type has after the process and its parent, each member
 * with a comma before it, then {@link end}. Times are the halves of nanoseconds since boot.
 */
export class EventEnvelope {
  readonly out: JsonWriter;
  readonly #events: EventWriter;
  readonly #clock: BootClock;
  readonly #ids: ExecIds;
  readonly #processes: ProcessWriter;
  /** Whether events of a type have ancestors. */
  readonly #hasAncestors: Readonly<Record<SensorEventType, boolean>>;
  /** The process whose ancestors the event being written is to have. */
  #descendant: Process | undefined;
  /** Between the event's members and its time, and after that. */
  readonly #node: Uint8Array;
  readonly #cluster: Uint8Array;

  constructor(settings: SensorSettings, events: EventWriter, clock: BootClock) {
    const { nodeName, clusterName = "", ancestors = false, tracepointAncestors = false } = settings;
    this.out = events.out;
    this.#events = events;
    this.#clock = clock;
    this.#ids = new ExecIds(nodeName, clock);
    this.#processes = new ProcessWriter(events.out, clock, this.#ids);
    this.#hasAncestors = {
      process_exec: ancestors,
      process_exit: ancestors,
      process_tracepoint: ancestors && tracepointAncestors,
    };
    this.#node = json(`},"node_name":${JSON.stringify(nodeName)},"time":"`);
    this.#cluster = json(clusterName === "" ? '"}' : `","cluster_name":${JSON.stringify(clusterName)}}`);
  }

  /** `exec_id` of what process `pid` runs since a time. */
  execId(high: number, low: number, pid: number): Uint8Array {
    return this.#ids.encode(high, low, pid);
  }

  /** `exec_id` of a process. */
  execIdOf(process: Process): Uint8Array {
    return this.#processes.execId(process);
  }

  /**
   * Begins an event about a process, which may not be known.
   * @param subject What there is to say of it then.
   * @param tid Its thread.
   */
  begin(type: SensorEventType, process: Process | undefined, subject: Subject, tid: number): void {
    if (process !== undefined) {
      this.beginKnown(type, process, tid);
      return;
    }
    this.#descendant = undefined;
    this.out.raw(OPENINGS[type]);
    this.#processes.writeUnknown(subject.pid, tid, subject.start_time_high, subject.start_time_low);
  }

  /** Begins an event about a process. @param tid Its thread. */
  beginKnown(type: SensorEventType, process: Process, tid: number): void {
    const { out } = this;
    this.#descendant = this.#hasAncestors[type] ? process : undefined;
    out.raw(OPENINGS[type]);
    this.#processes.write(process, tid, type);
    if (process.parent === undefined) return;
    out.raw(PARENT);
    this.#processes.writeRelative(process.parent, type === "process_exit" ? 1 : 0);
  }

  /** Writes the member `time`. */
  time(high: number, low: number): void {
    this.out.raw(TIME);
    this.#clock.writeWallTime(this.out, high, low);
    this.out.raw(QUOTE);
  }

  /** Ends the event. `high` and `low` say when it happened. */
  end(high: number, low: number): void {
    const { out } = this;
    this.#writeAncestors();
    out.raw(this.#node);
    this.#clock.writeWallTime(out, high, low);
    out.raw(this.#cluster);
    this.#events.push();
  }

  /** Ancestors beyond the parent, the nearest first, at most {@link MAX_ANCESTORS}, up to init or kthreadd. */
  #writeAncestors(): void {
    const { out } = this;
    let count = 0;
    for (
      let at = nextAncestor(nextAncestor(this.#descendant));
      at !== undefined && count < MAX_ANCESTORS;
      at = nextAncestor(at)
    ) {
      out.raw(count++ === 0 ? ANCESTORS : COMMA);
      this.#processes.writeRelative(at, 0);
    }
    if (count > 0) out.raw(END_OF_LIST);
  }
}

/** init and kthreadd, the oldest that are reported as ancestors. */
const OLDEST_ANCESTOR_PID = 2;

/** The parent, if a process is young enough to have one that counts as an ancestor. */
function nextAncestor(process: Process | undefined): Process | undefined {
  return process === undefined || process.pid <= OLDEST_ANCESTOR_PID ? undefined : process.parent;
}
