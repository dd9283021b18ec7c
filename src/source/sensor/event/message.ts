/**
 * @module An event as the message `GetEventsResponse`, in protobuf's binary form.
 *
 * What all events say of a process is kept as it is written: an event costs little more than the copies of its
 * processes. Its own members are written from their object, as the API's description says.
 */
import type { MessageDescriptor } from "../../../event/description/descriptor.ts";
import { GetEventsResponse } from "../../../event/description/generated/events.ts";
import { Process as ProcessMessage } from "../../../event/description/generated/tetragon.ts";
import type { MessageWriter } from "../../../event/message-writer.ts";
import type { JsonObject } from "../../../lib/json/object.ts";
import type { NodeLabels } from "../../../pipeline/enrich/container.ts";
import type { Process } from "../process/process.ts";
import type { SensorSettings } from "../settings.ts";
import type { BootClock } from "./clock.ts";
import type { EventKind, SensorEvent, SensorEventType } from "./event.ts";
import type { EventValue } from "./value.ts";

/** What the low bits of a tag say of a value: it is a number, or has a length. */
const NUMBER = 0;
const LENGTH = 2;
/** Bytes that the length of an event and of a process takes, but for the shortest and the longest. */
const USUAL_LENGTH = 2;
/** Bytes of the least message that has a wrapped number: a tag, and a number of 32 bits. */
const WRAPPED_VALUE = 0x08;

/** The tag of a field of `message`. */
function tagOf(message: MessageDescriptor, name: string, wire: number): number {
  return ((message.fields.get(name)!.number! << 3) | wire) >>> 0;
}

/** The tags of one event type, and of the members that are processes. */
class TypeTags {
  readonly message: MessageDescriptor;
  readonly event: number;
  readonly process: number;
  readonly parent: number;
  readonly ancestors: number;

  constructor(type: SensorEventType) {
    this.message = GetEventsResponse.fields.get(type)!.type as MessageDescriptor;
    this.event = tagOf(GetEventsResponse, type, LENGTH);
    this.process = tagOf(this.message, "process", LENGTH);
    this.parent = tagOf(this.message, "parent", LENGTH);
    this.ancestors = tagOf(this.message, "ancestors", LENGTH);
  }
}

/** Tags of what is not kept. */
class OtherTags {
  readonly time = tagOf(GetEventsResponse, "time", LENGTH);
  readonly pid = tagOf(ProcessMessage, "pid", LENGTH);
  readonly startTime = tagOf(ProcessMessage, "start_time", LENGTH);
  readonly references = tagOf(ProcessMessage, "refcnt", NUMBER);
  readonly tid = tagOf(ProcessMessage, "tid", LENGTH);
}

/** Writes events. What it needs of the description is read when the first one is written. */
export class EventMessage {
  readonly #clock: BootClock;
  readonly #value: EventValue;
  /** The fields that all events have in common. */
  readonly #common: JsonObject;
  readonly #nodeLabels: NodeLabels | undefined;
  #labels: NodeLabels["current"];
  readonly #types = new Map<SensorEventType, TypeTags>();
  #others: OtherTags | undefined;
  #commonBytes: Uint8Array | undefined;

  constructor(
    { nodeName, clusterName = "", nodeLabels }: SensorSettings,
    clock: BootClock,
    value: EventValue,
  ) {
    this.#clock = clock;
    this.#value = value;
    this.#nodeLabels = nodeLabels;
    this.#common = { node_name: nodeName, cluster_name: clusterName };
  }

  /** Writes an event at `at`. @returns The offset after it. */
  write(event: SensorEvent, out: MessageWriter, at: number): number {
    const tags = this.#tagsOf(event.kind);
    const start = out.varint(at, tags.event);
    let end = this.#subject(event, tags, out, start + USUAL_LENGTH);
    const { parent, ancestors } = event;
    if (parent !== undefined) end = this.#relative(tags.parent, parent, event.parentReferences, out, end);
    for (let i = 0; i < ancestors.length; i++) {
      end = this.#relative(tags.ancestors, ancestors[i]!, event.ancestorReferences[i]!, out, end);
    }
    end = this.#members(event, tags, out, end);
    end = this.#writeCommon(out, out.length(start, USUAL_LENGTH, end));
    return this.#writeTime(this.#tags.time, event.timeHigh, event.timeLow, out, end);
  }

  get #tags(): OtherTags {
    this.#others ??= new OtherTags();
    return this.#others;
  }

  #tagsOf({ type }: EventKind): TypeTags {
    let tags = this.#types.get(type);
    if (tags === undefined) {
      tags = new TypeTags(type);
      this.#types.set(type, tags);
    }
    return tags;
  }

  /** Writes what only events of its kind say. An execution says no more than its processes. */
  #members(event: SensorEvent, { message }: TypeTags, out: MessageWriter, at: number): number {
    const { kind, details } = event;
    if (kind.isStart) return at;
    const members: JsonObject = {};
    kind.add(this.#value, members, details, event);
    return out.fields(at, message, members);
  }

  #subject(event: SensorEvent, tags: TypeTags, out: MessageWriter, at: number): number {
    const { process, tid } = event;
    const start = out.varint(at, tags.process);
    let end = start + USUAL_LENGTH;
    if (process === undefined) {
      end = this.#wrapped(this.#tags.pid, event.pid, out, end);
      end = this.#writeTime(this.#tags.startTime, event.startHigh, event.startLow, out, end);
      end = this.#wrapped(this.#tags.tid, tid, out, end);
    } else {
      end = this.#process(process, tid, event.references, out, end);
      const { binaryProperties } = process.image;
      if (event.kind.isStart && binaryProperties !== undefined) {
        end = out.fields(end, ProcessMessage, { binary_properties: binaryProperties });
      }
    }
    return out.length(start, USUAL_LENGTH, end);
  }

  /** Writes a process as another one's parent or ancestor. */
  #relative(tag: number, process: Process, references: number, out: MessageWriter, at: number): number {
    const start = out.varint(at, tag);
    const end = this.#process(process, process.pid, references, out, start + USUAL_LENGTH);
    return out.length(start, USUAL_LENGTH, end);
  }

  #process(process: Process, tid: number, references: number, out: MessageWriter, at: number): number {
    let end: number;
    // Lets go of a message that was made before the pod was known.
    void process.identity;
    if (process.message === undefined) {
      end = out.fields(at, ProcessMessage, this.#value.constant(process));
      if (!process.image.isLong) process.message = out.copy(at, end);
    } else end = out.raw(at, process.message);
    if (references > 0) end = out.varint(out.varint(end, this.#tags.references), references);
    return this.#wrapped(this.#tags.tid, tid, out, end);
  }

  /** Writes a number that is wrapped, which may be 0. */
  #wrapped(tag: number, value: number, out: MessageWriter, at: number): number {
    const start = out.varint(at, tag);
    const end = value === 0 ? start + 1 : out.varint(out.varint(start + 1, WRAPPED_VALUE), value);
    return out.length(start, 1, end);
  }

  #writeTime(tag: number, high: number, low: number, out: MessageWriter, at: number): number {
    const { seconds, nanoseconds } = this.#clock.wallTime(high, low);
    return out.timestamp(out.varint(at, tag), seconds, nanoseconds);
  }

  #writeCommon(out: MessageWriter, at: number): number {
    const labels = this.#nodeLabels?.current;
    if (labels !== this.#labels) this.#commonBytes = undefined;
    if (this.#commonBytes !== undefined) return out.raw(at, this.#commonBytes);
    this.#labels = labels;
    const common = labels === undefined ? this.#common : { ...this.#common, node_labels: labels };
    const end = out.fields(at, GetEventsResponse, common);
    this.#commonBytes = out.copy(at, end);
    return end;
  }
}
