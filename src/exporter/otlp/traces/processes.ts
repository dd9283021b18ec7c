/** @module Processes that run, as far as their traces need it: so many at most. */
import { type SpanContext, spanIdOf, traceIdOf } from "../../../encoding/otlp/span.ts";
import { AgedMap } from "../../../lib/aged-map.ts";

/** One that runs, from its exec on. */
export interface Running extends SpanContext {
  readonly execId: string;
  /** Its number, and where that holds: as {@link hostPid} makes it. */
  readonly hostPid: string;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly parentSpanId: Uint8Array | undefined;
  readonly link: SpanContext | undefined;
  /** The event that told of it. */
  readonly text: string;
  readonly events: Uint8Array[];
  droppedEvents: number;
}

/** What is said of one that begins. */
export interface Beginning {
  readonly execId: string;
  readonly hostPid: string;
  readonly start: bigint;
  /** `undefined` where it begins a trace whatever its parent is. */
  readonly parentId: string | undefined;
  readonly text: string;
}

/** What is kept of one that runs besides the event: objects and ids, about. */
const OVERHEAD_BYTES = 512;

/** How much may be kept. */
export interface ProcessLimits {
  readonly processes: number;
  readonly bytes: number;
  /** The children of one that has been running for longer begin traces. Nanoseconds. */
  readonly age: bigint;
  readonly eventsEach: number;
}

/** What no two processes have that run at a time: a number is of one host, and one stream may have events of many. */
export function hostPid(nodeName: unknown, pid: unknown): string {
  return `${Number(pid)} ${String(nodeName ?? "")}`;
}

/** Processes by their id, the oldest first. */
export class Processes {
  /** Processes that were forgotten since there was no room. */
  forgotten = 0;
  readonly #limits: ProcessLimits;
  readonly #byId = new AgedMap<string, Running>();
  readonly #byHostPid = new Map<string, Running>();
  #bytes = 0;

  constructor(limits: ProcessLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(execId: string): Running | undefined {
    return this.#byId.get(execId);
  }

  /** The one that has this number of that host now. */
  ofHostPid(name: string): Running | undefined {
    return this.#byHostPid.get(name);
  }

  /** Where the span of a process is: in the trace of its parent where that is known and has not been running for too long. */
  place({ execId, start, parentId }: Omit<Beginning, "hostPid" | "text">) {
    const parent = parentId === undefined ? undefined : this.#byId.get(parentId);
    const isOld = parent !== undefined && start - parent.start > this.#limits.age;
    if (parent === undefined || isOld)
      return {
        ...{ traceId: traceIdOf(execId), spanId: spanIdOf(execId), parentSpanId: undefined },
        link: isOld ? { traceId: parent.traceId, spanId: parent.spanId } : undefined,
      };
    const { traceId, spanId: parentSpanId } = parent;
    return { traceId, spanId: spanIdOf(execId), parentSpanId, link: undefined };
  }

  add(beginning: Beginning): Running {
    const { execId, hostPid, start, text } = beginning;
    this.remove(execId);
    const running = { execId, hostPid, start, text, ...this.place(beginning), events: [], droppedEvents: 0 };
    this.#byId.set(execId, running);
    this.#byHostPid.set(hostPid, running);
    this.#bytes += bytesOf(running);
    const { processes, bytes } = this.#limits;
    while (this.#byId.size > processes || this.#bytes > bytes) {
      const oldest = this.#byId.oldest!;
      if (oldest === execId) break;
      this.remove(oldest);
      this.forgotten++;
    }
    return running;
  }

  /** @param event Made where there is room for it. */
  addEvent(running: Running, event: () => Uint8Array): void {
    if (running.events.length >= this.#limits.eventsEach || this.#bytes > this.#limits.bytes) {
      running.droppedEvents++;
      return;
    }
    const bytes = event();
    running.events.push(bytes);
    this.#bytes += bytes.length;
  }

  remove(execId: string): Running | undefined {
    const running = this.#byId.delete(execId);
    if (running === undefined) return undefined;
    const { hostPid } = running;
    if (this.#byHostPid.get(hostPid) === running) this.#byHostPid.delete(hostPid);
    this.#bytes -= bytesOf(running);
    return running;
  }
}

function bytesOf({ execId, text, events }: Running): number {
  // Beyond ASCII all of a text has two bytes a character.
  const textBytes = /[\u0080-\uffff]/.test(text) ? 2 * text.length : text.length;
  return OVERHEAD_BYTES + execId.length + textBytes + events.reduce((sum, { length }) => sum + length, 0);
}
