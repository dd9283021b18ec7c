/**
 * @module Processes as spans: from exec to exit, children under their parents, and what else happened as events of the span of
 * the process that did it. A span exists when it has ended: nothing is said of a process that runs.
 */
import type { Described, RecordEncoder } from "../../../encoding/otlp/record.ts";
import { encodeSpan, encodeSpanEvent, type Span, type SpanContext } from "../../../encoding/otlp/span.ts";
import type { LineView } from "../../../event/batch.ts";
import { eventType } from "../../../event/kind.ts";
import { asBuffer, type SliceableBuffer } from "../../../lib/bytes.ts";
import { asObject, isObject, type JsonObject } from "../../../lib/json/object.ts";
import { parseTimestamp } from "../../../lib/text/timestamp.ts";
import { hostPid, Processes, type ProcessLimits, type Running } from "./processes.ts";

/** What a {@link Tracer} is given. */
export interface TracerSettings {
  readonly encoder: RecordEncoder;
  readonly limits: ProcessLimits;
  /** Takes spans, each as a field of its scope. */
  readonly onSpan: (span: Uint8Array) => void;
}

const [EXEC, EXIT] = ["process_exec", "process_exit"];
/** What a span's events do not say again. */
const OF_PROCESS = /^(?:process|thread|user|container|k8s|host)\./;
/** Processes that were there before the agent. */
const BEFORE = /\bprocFS\b/;
const EXEC_ID = Buffer.from('"exec_id":"');
const QUOTE = 0x22;

/** Takes events in the order in which they happened. */
export class Tracer {
  readonly #settings: TracerSettings;
  readonly #processes: Processes;

  constructor(settings: TracerSettings) {
    this.#settings = settings;
    this.#processes = new Processes(settings.limits);
  }

  /** How many processes it remembers, and has forgotten for want of room. */
  get counts() {
    return { running: this.#processes.size, forgotten: this.#processes.forgotten };
  }

  /** Whether some were forgotten. */
  get hasForgotten(): boolean {
    return this.#processes.forgotten > 0;
  }

  /** Takes line `i`, an event. Never throws for what it is. @returns The span of the process that did it, where that is known. */
  add(lines: LineView, i: number): SpanContext | undefined {
    const bytes = asBuffer(lines.bufferAt(i));
    const [start, end] = [lines.startAt(i), lines.endAt(i) - 1];
    const isLife =
      bytes[start + 2] === 0x70 && /^\{"process_exi?[et]/.test(bytes.latin1Slice(start, start + 16));
    if (!isLife && !this.#isOfKnown(bytes, start, end)) return undefined;
    const text = bytes.utf8Slice(start, end);
    const event = parsed(text);
    const type = event && eventType(event);
    const payload = type === undefined ? undefined : asObject(event![type]);
    const process = asObject(payload?.process);
    if (process === undefined || typeof process.exec_id !== "string") return undefined;
    if (type === EXEC) return this.#begin(payload!, process, text, event!.node_name);
    if (type === EXIT) return this.#end(payload!, process, text);
    return this.#happen(process.exec_id, text);
  }

  /** Whether the process is known whose id is the first one in the line: what did it comes first. */
  #isOfKnown(bytes: SliceableBuffer, start: number, end: number): boolean {
    const key = bytes.indexOf(EXEC_ID, start);
    if (key < 0 || key >= end) return false;
    const from = key + EXEC_ID.length;
    const to = bytes.indexOf(QUOTE, from);
    return to > 0 && this.#processes.get(bytes.latin1Slice(from, to)) !== undefined;
  }

  #begin(payload: JsonObject, process: JsonObject, text: string, node: unknown): Running | undefined {
    const execId = String(process.exec_id);
    const own = hostPid(node, process.pid);
    const start = timeOf(process.start_time);
    if (start === undefined) return undefined;
    const before = this.#processes.ofHostPid(own);
    // An exec without a fork: nothing else ends what the process was.
    if (before !== undefined && before.execId !== execId)
      this.#finish(this.#processes.remove(before.execId)!, { text: before.text, end: start });
    this.#addForked(asObject(payload.parent), node);
    const wasBefore = BEFORE.test(String(process.flags));
    const parentId = wasBefore ? undefined : parentOf(process);
    return this.#processes.add({ execId, hostPid: own, start, parentId, text });
  }

  /** A process that runs what its parent ran, such as a subshell: nothing but its children tell of it. */
  #addForked(parent: JsonObject | undefined, node: unknown): void {
    if (parent === undefined || typeof parent.exec_id !== "string") return;
    const parentId = parentOf(parent);
    const start = timeOf(parent.start_time);
    if (this.#processes.get(parent.exec_id) !== undefined || parentId === undefined || start === undefined)
      return;
    if (this.#processes.get(parentId) === undefined) return;
    const text = JSON.stringify({ [EXEC]: { process: parent }, time: parent.start_time });
    const own = hostPid(node, parent.pid);
    this.#processes.add({ execId: parent.exec_id, hostPid: own, start, parentId, text });
  }

  #end(payload: JsonObject, process: JsonObject, text: string): Running | undefined {
    const execId = String(process.exec_id);
    const running = this.#processes.remove(execId);
    const end = this.#settings.encoder.describe(text).time;
    const failure = failureOf(payload);
    // Where its exec was lost, or forgotten, the end says all that is needed.
    const span = running ?? this.#alone(execId, process, text);
    if (span !== undefined) this.#finish(span, { text, end, failure });
    return span;
  }

  #alone(execId: string, process: JsonObject, text: string): Running | undefined {
    const start = timeOf(process.start_time);
    if (start === undefined) return undefined;
    const place = this.#processes.place({ execId, start, parentId: parentOf(process) });
    return { execId, hostPid: "", start, text, ...place, events: [], droppedEvents: 0 };
  }

  #happen(execId: string, text: string): Running | undefined {
    const running = this.#processes.get(execId);
    if (running === undefined) return undefined;
    this.#processes.addEvent(running, () => {
      const { type = "", time, attributes } = this.#settings.encoder.describe(text);
      return encodeSpanEvent({
        time,
        name: type,
        attributes: attributes.filter(([name]) => !OF_PROCESS.test(name)),
      });
    });
    return running;
  }

  /** @param text The event that says most of it. */
  #finish(
    running: Running,
    {
      text,
      end,
      failure,
    }: { readonly text: string; readonly end: bigint; readonly failure?: string | undefined },
  ): void {
    const described = this.#settings.encoder.describe(text);
    const span: Span = {
      ...running,
      name: nameOf(described),
      end: end < running.start ? running.start : end,
      attributes: described.attributes,
      failure,
    };
    this.#settings.onSpan(encodeSpan(span));
  }
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function timeOf(value: unknown): bigint | undefined {
  return typeof value === "string" ? parseTimestamp(value) : undefined;
}

function parentOf({ parent_exec_id: id }: JsonObject): string | undefined {
  return typeof id === "string" && id !== "" ? id : undefined;
}

/** What a reader of the trace sees first. */
function nameOf({ attributes }: Described): string {
  const name = attributes.find(([key]) => key === "process.executable.name")?.[1];
  return name === undefined ? "process" : String(name);
}

/** Why a process failed, as far as its end says it. */
function failureOf({ signal, status }: JsonObject): string | undefined {
  if (typeof signal === "string" && signal !== "") return signal;
  const code = Number(status ?? 0);
  return code === 0 ? undefined : `exit code ${code}`;
}
