/** @module A process as JSON, in Tetragon's order of members. */

import type { ContainerIdentity } from "../../../pipeline/enrich/container.ts";
import { auidJson } from "../process/auid.ts";
import { FLAG, flagsJson } from "../process/flags.ts";
import type { Process } from "../process/process.ts";
import type { BootClock } from "./clock.ts";
import type { SensorEvent } from "./event.ts";
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
const MAYBE_EXEC_PROBE = json(',"maybe_exec_probe":true');
const CONTAINER_PID = json(',"pid":');

/** Writes processes. */
export class ProcessText {
  readonly #out: JsonWriter;
  readonly #clock: BootClock;
  readonly #ids: ExecIds;

  constructor(out: JsonWriter, clock: BootClock, ids: ExecIds) {
    this.#out = out;
    this.#clock = clock;
    this.#ids = ids;
  }

  /** Writes the process that an event is about. */
  write(event: SensorEvent): void {
    const { process } = event;
    if (process === undefined) {
      this.#writeUnknown(event);
      return;
    }
    const { identity } = process;
    if (process.head === undefined || process.image.isLong) this.#writeHead(process, identity);
    else this.#out.raw(process.head);
    this.#writeTail(process, event.tid, event.references, event.kind.isStart);
  }

  /**
   * Writes a process as another one's parent or ancestor. That comes again: most of it is kept.
   * @param references To it.
   */
  writeRelative(process: Process, references: number): void {
    const out = this.#out;
    const { identity } = process;
    if (process.head === undefined) {
      const start = out.end;
      this.#writeHead(process, identity);
      if (!process.image.isLong) process.head = out.bytes.slice(start, out.end);
    } else {
      out.raw(process.head);
    }
    this.#writeTail(process, process.pid, references, false);
  }

  /** Of a process that is not known: no more than when it began. */
  #writeUnknown({ pid, tid, startHigh, startLow }: SensorEvent): void {
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

  #writeHead(process: Process, identity: ContainerIdentity | undefined): void {
    const out = this.#out;
    const text = process.image.text;
    out.raw(EXEC_ID);
    out.raw(this.#ids.of(process));
    out.raw(PID_AFTER_ID);
    out.number(process.pid);
    out.raw(text.program);
    out.raw(flagsJson(process.flags | process.image.addedFlags));
    out.raw(START_TIME);
    this.#writeStartTime(process);
    out.raw(QUOTE);
    if (identity === undefined) out.raw(text.login);
    else this.#writePod(process, identity);
    out.raw(PARENT_EXEC_ID);
    out.raw(process.parentExecId);
    out.raw(QUOTE);
  }

  /** Writes `auid`, `pod` and `docker`, which the last piece has. */
  #writePod({ image, namespacePid, isProbe }: Process, identity: ContainerIdentity): void {
    const out = this.#out;
    const { head, tail } = identity.text;
    out.raw(auidJson(image.auid));
    out.raw(head);
    if (namespacePid > 0) {
      out.raw(CONTAINER_PID);
      out.number(namespacePid);
    }
    if (isProbe) out.raw(MAYBE_EXEC_PROBE);
    out.raw(tail);
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

  #writeTail(process: Process, tid: number, references: number, isStart: boolean): void {
    const out = this.#out;
    const text = process.image.text;
    // protobuf leaves out what is 0.
    if (references > 0) {
      out.raw(REFCNT);
      out.number(references);
    }
    out.raw(text.privileges);
    out.raw(TID);
    out.number(tid);
    out.raw(text.credentials);
    if (isStart) out.raw(text.binaryProperties);
    out.raw(text.user);
    out.raw((process.flags & FLAG.inInitTree) === 0 ? NOT_IN_INIT_TREE : IN_INIT_TREE);
    out.raw(text.environment);
    out.raw(CLOSE);
  }
}
