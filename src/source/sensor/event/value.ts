/** @module An event as an object: what `JSON.parse` would make of its text. */

import type { SliceableBuffer } from "../../../lib/bytes.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import type { NodeLabels } from "../../../pipeline/enrich/container.ts";
import { FLAG, flagsText } from "../process/flags.ts";
import type { Process } from "../process/process.ts";
import type { SensorSettings } from "../settings.ts";
import type { BootClock } from "./clock.ts";
import type { MemberValues, SensorEvent } from "./event.ts";
import type { ExecIds } from "./exec-id.ts";
import { JsonWriter, json } from "./json-writer.ts";

/** Longer than a time. */
const TIME_LENGTH = 64;

/** Makes objects of events, which are the caller's; what images hold is shared. */
export class EventValue implements MemberValues {
  readonly #clock: BootClock;
  readonly #ids: ExecIds;
  readonly #nodeName: string;
  readonly #clusterName: string;
  readonly #nodeLabels: NodeLabels | undefined;
  readonly #time = new JsonWriter(TIME_LENGTH);

  constructor({ nodeName, clusterName = "", nodeLabels }: SensorSettings, clock: BootClock, ids: ExecIds) {
    this.#clock = clock;
    this.#ids = ids;
    this.#nodeName = nodeName;
    this.#clusterName = clusterName;
    this.#nodeLabels = nodeLabels;
  }

  /** The object. */
  of(event: SensorEvent): JsonObject {
    const { kind, parent, ancestors } = event;
    const payload: JsonObject = { process: this.#subject(event) };
    if (parent !== undefined) payload.parent = this.#relative(parent, event.parentReferences);
    kind.add(this, payload, event.details, event);
    if (ancestors.length > 0) {
      payload.ancestors = ancestors.map((process, i) =>
        this.#relative(process, event.ancestorReferences[i]!),
      );
    }
    const value: JsonObject = {
      [kind.type]: payload,
      node_name: this.#nodeName,
      time: this.time(event.timeHigh, event.timeLow),
    };
    if (this.#clusterName !== "") value.cluster_name = this.#clusterName;
    const labels = this.#nodeLabels?.current;
    if (labels !== undefined) value.node_labels = labels;
    return value;
  }

  /** The wall-clock time of halves of nanoseconds since boot. */
  time(high: number, low: number): string {
    const out = this.#time;
    out.end = 0;
    this.#clock.writeWallTime(out, high, low);
    return ascii(out.bytes, out.end);
  }

  /** Of a process what all events say of it, and `tid` undefined. */
  constant(process: Process): JsonObject {
    return this.#process(process, undefined, 0, false);
  }

  #subject(event: SensorEvent): JsonObject {
    const { process, tid } = event;
    if (process === undefined)
      return { pid: event.pid, start_time: this.time(event.startHigh, event.startLow), tid };
    return this.#process(process, tid, event.references, event.kind.isStart);
  }

  #relative(process: Process, references: number): JsonObject {
    return this.#process(process, process.pid, references, false);
  }

  #process(process: Process, tid: number | undefined, references: number, isStart: boolean): JsonObject {
    const { image } = process;
    const flags = process.flags | image.addedFlags;
    const value: JsonObject = { exec_id: this.#execId(process), pid: process.pid, uid: image.uid };
    if (image.cwd !== "") value.cwd = image.cwd;
    if (image.binary !== "") value.binary = image.binary;
    if (image.filename !== "") value.filename = image.filename;
    if (image.arguments !== "") value.arguments = image.arguments;
    if (flags !== 0) value.flags = flagsText(flags);
    value.start_time = this.#startTime(process);
    value.auid = image.auid;
    const { identity } = process;
    if (identity !== undefined) value.pod = identity.pod(process.namespacePid, process.isProbe);
    if (image.docker !== "") value.docker = image.docker;
    value.parent_exec_id = this.#parentExecId(process);
    if (references > 0) value.refcnt = references;
    if (image.cap !== undefined) value.cap = image.cap;
    if (image.ns !== undefined) value.ns = image.ns;
    value.tid = tid;
    if (image.credentials !== undefined) value.process_credentials = image.credentials;
    if (isStart && image.binaryProperties !== undefined) value.binary_properties = image.binaryProperties;
    if (image.user !== undefined) value.user = image.user;
    value.in_init_tree = (flags & FLAG.inInitTree) !== 0;
    if (image.environment !== undefined)
      value.environment_variables = image.environment.map((variable) => ({ ...variable }));
    return value;
  }

  #execId(process: Process): string {
    const { texts } = process;
    texts.execId ??= ascii(this.#ids.of(process));
    return texts.execId;
  }

  #parentExecId(process: Process): string {
    const { texts } = process;
    texts.parentExecId ??= ascii(process.parentExecId);
    return texts.parentExecId;
  }

  #startTime(process: Process): string {
    const { texts } = process;
    if (texts.startTime === undefined) {
      process.startTime ??= json(this.time(process.timeHigh, process.timeLow));
      texts.startTime = ascii(process.startTime);
    }
    return texts.startTime;
  }
}

/** Longer than most ids and times. To copy a few bytes here takes less time than to make a buffer over them. */
const scratch = Buffer.alloc(256) as SliceableBuffer;

/** Text of which each character is a byte. */
function ascii(bytes: Uint8Array, length = bytes.length): string {
  if (length > scratch.length) return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1");
  for (let i = 0; i < length; i++) scratch[i] = bytes[i]!;
  return scratch.latin1Slice(0, length);
}
