/** @module What `tetrad listen` says about all that it received. */
import { printable } from "../lib/text/printable.ts";
import type { Inspection } from "./inspect.ts";

/** Event types, and reasons, that are counted each by itself: whoever sends the datagrams chooses them. */
const MAX_TYPES = 64;
const MAX_REASONS = 64;
const MAX_NAME = 64;
const MAX_REASON = 256;
/** Reasons that the report for people names: the most frequent. */
const SHOWN_REASONS = 5;
/** What is counted of all others together. */
const OTHERS = "others";

/** Counts by name, of a bounded number of names. */
function countOne(counts: Map<string, number>, name: string, max: number): void {
  const key = counts.has(name) || counts.size < max ? name : OTHERS;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Counts, the largest first. */
function ranked(counts: ReadonlyMap<string, number>): [name: string, count: number][] {
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Totals over the datagrams of one run. */
export class ReceiverSummary {
  datagrams = 0;
  /** Events, metadata, and what is neither. */
  documents = 0;
  bytes = 0;
  smallest = Number.POSITIVE_INFINITY;
  largest = 0;
  invalid = 0;
  agentInits = 0;
  /** `agent_refresh` and `agent_stop`. */
  laterMetadata = 0;
  /** Whether the very first datagram was `agent_init`; `undefined` before it came. */
  startedWithAgentInit: boolean | undefined;
  /** Events by type. */
  readonly types: Map<string, number> = new Map();
  /** What is invalid by why it is. */
  readonly reasons: Map<string, number> = new Map();
  /** When the first and the latest datagram came, milliseconds of one clock. */
  #firstAt = 0;
  #lastAt = 0;

  /** Counts one datagram, before what it holds. @param now Milliseconds. */
  addDatagram(bytes: number, now: number): void {
    if (this.datagrams++ === 0) this.#firstAt = now;
    this.#lastAt = now;
    this.bytes += bytes;
    this.smallest = Math.min(this.smallest, bytes);
    this.largest = Math.max(this.largest, bytes);
  }

  /** Counts one document. */
  add(inspection: Inspection): void {
    this.documents++;
    this.startedWithAgentInit ??= isAgentInit(inspection);
    if (inspection.kind === "invalid") {
      this.invalid++;
      countOne(this.reasons, inspection.reason.slice(0, MAX_REASON), MAX_REASONS);
    } else if (isAgentInit(inspection)) this.agentInits++;
    else if (inspection.kind === "metadata") this.laterMetadata++;
    else countOne(this.types, inspection.type.slice(0, MAX_NAME), MAX_TYPES);
  }

  /** The same as a value that JSON can write. */
  toObject(): object {
    return {
      datagrams: this.datagrams,
      documents: this.documents,
      bytes: this.bytes,
      invalid: this.invalid,
      agent_init: this.agentInits,
      later_metadata: this.laterMetadata,
      ...(this.startedWithAgentInit !== undefined && { started_with_agent_init: this.startedWithAgentInit }),
      types: Object.fromEntries(this.types),
      reasons: Object.fromEntries(this.reasons),
      seconds: this.#seconds,
    };
  }

  *#reasonLines(): Generator<string> {
    const all = ranked(this.reasons);
    for (const [reason, count] of all.slice(0, SHOWN_REASONS))
      yield `              ${count} ${printable(reason)}`;
    if (all.length > SHOWN_REASONS) yield `              and ${all.length - SHOWN_REASONS} more reasons`;
  }

  get #seconds(): number {
    return (this.#lastAt - this.#firstAt) / 1000;
  }

  /** The report, one fact a line. */
  render(): string {
    if (this.datagrams === 0) return "received      0 datagrams\n";
    const seconds = this.#seconds;
    const rate = seconds > 0 ? `${Math.round((this.datagrams - 1) / seconds)} datagrams/s, ` : "";
    const mean = Math.round(this.bytes / this.datagrams);
    const types = ranked(this.types).map(([type, count]) => `${printable(type)} ${count}`);
    const events = this.documents - this.invalid - this.agentInits - this.laterMetadata;
    return [
      `received      ${this.datagrams} datagrams, ${this.bytes} bytes`,
      `first         ${this.startedWithAgentInit ? "agent_init" : "not agent_init"}`,
      `agent_init    ${this.agentInits}`,
      ...(this.laterMetadata > 0 ? [`metadata      ${this.laterMetadata} more`] : []),
      `events        ${events}${types.length > 0 ? ` (${types.join(", ")})` : ""}`,
      `invalid       ${this.invalid}`,
      ...this.#reasonLines(),
      `rate          ${rate}over ${seconds.toFixed(3)} s`,
      `size          ${this.smallest} to ${this.largest} bytes, ${mean} on average`,
      "",
    ].join("\n");
  }
}

function isAgentInit(inspection: Inspection): boolean {
  return inspection.kind === "metadata" && inspection.event.event === "agent_init";
}
