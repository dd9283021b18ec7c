/** @module Collects the sensor's events into batches, as values, and hands batches to the sink. */
import { BATCH_CAPACITY, EventBatch, type EventValues, TEXT } from "../../../event/batch.ts";
import type { CountedValues } from "../../../event/counted-values.ts";
import type { MessageWriter } from "../../../event/message-writer.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import type { SourceSettings } from "../../source.ts";
import type { Process } from "../process/process.ts";
import type { SensorSettings } from "../settings.ts";
import type { BootClock } from "./clock.ts";
import { type EventKind, SensorEvent, type SensorEventType, type Subject } from "./event.ts";
import { ExecIds } from "./exec-id.ts";
import { JsonWriter } from "./json-writer.ts";
import { EventMessage } from "./message.ts";
import type { PodRoom } from "./pod-room.ts";
import { EventText } from "./text.ts";
import { EventValue } from "./value.ts";

const INITIAL_CAPACITY = 1 << 18;
const NEWLINE = 0x0a;

/** What {@link SensorEvents} needs of the agent. */
export type EventsOutput = Pick<SourceSettings, "sink" | "counters">;

/** Collects events until {@link flush}. Times are the halves of nanoseconds since boot. */
export class SensorEvents implements EventValues {
  readonly counted: CountedValues = {
    type: (place) => this.#events[place]!.kind.type,
    binary: (place) => this.#events[place]!.process?.image.binary ?? "",
    pod: (place) => this.#events[place]!.process?.identity?.facts,
  };
  readonly #output: EventsOutput;
  readonly #ids: ExecIds;
  readonly #out = new JsonWriter(INITIAL_CAPACITY);
  readonly #text: EventText;
  readonly #value: EventValue;
  readonly #message: EventMessage;
  readonly #batch = new EventBatch(this.#out.bytes);
  /** Those of the batch, and as many more as were in an earlier one. */
  readonly #events: SensorEvent[] = [];
  /** Whether events of a type have ancestors beyond the parent. */
  readonly #hasAncestors: Readonly<Record<SensorEventType, boolean>>;
  /** Where events wait whose pod is not known yet. */
  readonly #room: PodRoom | undefined;
  #count = 0;

  /** @param wake Called when it is time for {@link handOn}, though no record has come. */
  constructor(settings: SensorSettings, output: EventsOutput, clock: BootClock, wake: () => void = () => {}) {
    const { nodeName, ancestors = false } = settings;
    const { kprobeAncestors = false, tracepointAncestors = false, lsmAncestors = false } = settings;
    const { uprobeAncestors = false, usdtAncestors = false } = settings;
    this.#output = output;
    this.#room = settings.createPodRoom?.(wake);
    this.#ids = new ExecIds(nodeName, clock);
    this.#text = new EventText(settings, this.#out, clock, this.#ids);
    this.#value = new EventValue(settings, clock, this.#ids);
    this.#message = new EventMessage(settings, clock, this.#value);
    this.#hasAncestors = {
      process_exec: ancestors,
      process_exit: ancestors,
      process_kprobe: ancestors && kprobeAncestors,
      process_tracepoint: ancestors && tracepointAncestors,
      process_uprobe: ancestors && uprobeAncestors,
      process_usdt: ancestors && usdtAncestors,
      process_lsm: ancestors && lsmAncestors,
      process_loader: false,
    };
    this.#batch.values = this;
  }

  /** Whether no more events fit. Then {@link flush} first. */
  get isFull(): boolean {
    return this.#batch.count === BATCH_CAPACITY;
  }

  /** `exec_id` of what process `pid` runs since a time. */
  execId(high: number, low: number, pid: number): Uint8Array {
    return this.#ids.encode(high, low, pid);
  }

  /** `exec_id` of a process. */
  execIdOf(process: Process): Uint8Array {
    return this.#ids.of(process);
  }

  /**
   * Adds an event. What it says of its process is as things are now, whatever happens to it later.
   * @param process The process, if it is known.
   * @param subject What there is to say of it if not.
   * @param tid Its thread.
   */
  add<Details>(
    kind: EventKind<Details>,
    process: Process | undefined,
    subject: Subject,
    tid: number,
    timeHigh: number,
    timeLow: number,
    details: Details,
  ): void {
    const event = this.#begin(kind as EventKind, tid, timeHigh, timeLow, details);
    if (process !== undefined) {
      event.setProcess(process, kind as EventKind, this.#hasAncestors[kind.type]);
      if (this.#room !== undefined && process.container !== undefined) this.#admit(event, process);
      return;
    }
    event.pid = subject.pid;
    event.startHigh = subject.start_time_high;
    event.startLow = subject.start_time_low;
  }

  /** Adds an event about a process that has just begun or got its program. */
  addStart(kind: EventKind<undefined>, process: Process): void {
    const event = this.#begin(kind as EventKind, process.pid, process.timeHigh, process.timeLow, undefined);
    event.setProcess(process, kind as EventKind, this.#hasAncestors[kind.type]);
    if (this.#room !== undefined && process.container !== undefined) this.#admit(event, process);
  }

  /** Hands to the sink what was collected, and what need not wait any more. @param isLast Whether there is no more time for any. */
  handOn(isLast = false): void {
    if (this.#room?.isOccupied === true) this.#addDue(this.#room, isLast);
    this.flush();
  }

  #addDue(room: PodRoom, isLast: boolean): void {
    room.settle(isLast);
    for (let event = room.take(); event !== undefined; event = room.take()) {
      if (this.isFull) this.flush();
      const place = this.#batch.count;
      this.#events[place] = event;
      this.#batch.pushValue(place, ++this.#count);
    }
  }

  /** Hands what was collected to the sink. The ring buffer fills meanwhile, so nothing is waited for. */
  flush(): void {
    const batch = this.#batch;
    const { count } = batch;
    if (count === 0) return;
    this.#output.counters.read += count;
    batch.endPosition = this.#count;
    this.#output.sink.offer(batch);
    for (let i = 0; i < count; i++) this.#events[i]!.clear();
    batch.clear();
    this.#out.end = 0;
  }

  object(place: number): JsonObject {
    return this.#value.of(this.#events[place]!);
  }

  writeLine(batch: EventBatch, i: number): void {
    const out = this.#out;
    const event = this.#events[batch.start[i]!]!;
    batch.start[i] = out.end;
    this.#text.write(event);
    out.byte(NEWLINE);
    batch.end[i] = out.end;
    batch.text[i] = TEXT.read;
    batch.bytes = out.bytes;
  }

  writeProtobuf(place: number, writer: MessageWriter, at: number): number {
    return this.#message.write(this.#events[place]!, writer, at);
  }

  /** Takes the event that was just added out again where its pod is to be waited for. */
  #admit(event: SensorEvent, process: Process): void {
    const room = this.#room!;
    if (!room.mustHold(event, process)) return;
    this.#count--;
    // The place is filled anew by the next event.
    this.#events[--this.#batch.count] = new SensorEvent();
  }

  #begin(kind: EventKind, tid: number, timeHigh: number, timeLow: number, details: unknown): SensorEvent {
    const place = this.#batch.count;
    let event = this.#events[place];
    if (event === undefined) {
      event = new SensorEvent();
      this.#events.push(event);
    }
    event.kind = kind;
    event.details = details;
    event.tid = tid;
    event.timeHigh = timeHigh;
    event.timeLow = timeLow;
    this.#batch.pushValue(place, ++this.#count);
    return event;
  }
}
