/** @module A process as JSON, in Tetragon's order of members. */

import { FLAG, flagsJson } from "../process/flags.ts";
import type { Process } from "../process/process.ts";
import type { BootClock } from "./clock.ts";
import type { ExecIds } from "./exec-id.ts";
import { type JsonWriter, json } from "./json-writer.ts";

const EXEC_ID = json('{"exec_id":"');
const PID_AFTER_ID = json('","pid":');
const PID = json('{"pid":');
const START_TIME = json(',"start_time":"');
const QUOTE = json('"');
const PARENT_EXEC_ID = json(',"parent_exec_id":"');
const REFCNT = json(',"refcnt":');
const TID = json(',"tid":');
const IN_INIT_TREE = json(',"in_init_tree":true');
const NOT_IN_INIT_TREE = json(',"in_init_tree":false');
const CLOSE = json("}");

/** Types of events that the sensor reports. */
export type SensorEventType = "process_exec" | "process_exit" | "process_tracepoint";

/** Writes processes. */
export class ProcessWriter {
  readonly #out: JsonWriter;
  readonly #clock: BootClock;
  readonly #ids: ExecIds;

  constructor(out: JsonWriter, clock: BootClock, ids: ExecIds) {
    this.#out = out;
    this.#clock = clock;
    this.#ids = ids;
  }

  /** `exec_id` of a process. */
  execId(process: Process): Uint8Array {
    process.execId ??= this.#ids.encode(process.timeHigh, process.timeLow, process.pid);
    return process.execId;
  }

  /**
   * Writes the process that an event is about.
   * @param tid Its thread.
   */
  write(process: Process, tid: number, type: SensorEventType): void {
    if (process.head === undefined) this.#writeHead(process);
    else this.#out.raw(process.head);
    this.#writeTail(process, tid, type, type === "process_exit" ? 1 : 0);
  }

  /**
   * Writes a process as another one's parent or ancestor. That comes again: most of it is kept.
   * @param leaving References to it that go with the event.
   */
  writeRelative(process: Process, leaving: number): void {
    const out = this.#out;
    if (process.head === undefined) {
      const start = out.end;
      this.#writeHead(process);
      process.head = out.bytes.slice(start, out.end);
    } else {
      out.raw(process.head);
    }
    this.#writeTail(process, process.pid, undefined, leaving);
  }

  /** Writes a process of which only the time when it began is known. */
  writeUnknown(pid: number, tid: number, startHigh: number, startLow: number): void {
    const out = this.#out;
    out.raw(PID);
    out.number(pid);
    out.raw(START_TIME);
    this.#clock.writeWallTime(out, startHigh, startLow);
    out.raw(QUOTE);
    out.raw(TID);
    out.number(tid);
    out.raw(CLOSE);
  }

  #writeHead(process: Process): void {
    const out = this.#out;
    const { image } = process;
    out.raw(EXEC_ID);
    out.raw(this.execId(process));
    out.raw(PID_AFTER_ID);
    out.number(process.pid);
    out.raw(image.program);
    out.raw(flagsJson(process.flags));
    out.raw(START_TIME);
    this.#writeStartTime(process);
    out.raw(QUOTE);
    out.raw(image.login);
    out.raw(PARENT_EXEC_ID);
    out.raw(process.parentExecId);
    out.raw(QUOTE);
  }

  #writeStartTime(process: Process): void {
    const out = this.#out;
    if (process.startTime !== undefined) {
      out.raw(process.startTime);
      return;
    }
    const start = out.end;
    this.#clock.writeWallTime(out, process.timeHigh, process.timeLow);
    process.startTime = out.bytes.slice(start, out.end);
  }

  #writeTail(process: Process, tid: number, type: SensorEventType | undefined, leaving: number): void {
    const out = this.#out;
    const { image } = process;
    const references = process.references - leaving;
    // protobuf leaves out what is 0.
    if (references > 0) {
      out.raw(REFCNT);
      out.number(references);
    }
    out.raw(image.privileges);
    out.raw(TID);
    out.number(tid);
    out.raw(image.credentials);
    if (type === "process_exec") out.raw(image.binaryProperties);
    out.raw(image.user);
    out.raw((process.flags & FLAG.inInitTree) === 0 ? NOT_IN_INIT_TREE : IN_INIT_TREE);
    out.raw(image.environment);
    out.raw(CLOSE);
  }
}
