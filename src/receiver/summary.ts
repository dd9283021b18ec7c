/** @module What `tetrad listen` says about all that it received. */
import { printable } from "../lib/text/printable.ts";
import type { Inspection } from "./inspect.ts";

/** Event types that are counted each by itself: whoever sends the datagrams chooses their names. */
const MAX_TYPES = 64;
const MAX_NAME = 64;
/** What is counted of all others together. */
const OTHERS = "others";

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
    if (inspection.kind === "invalid") this.invalid++;
    else if (isAgentInit(inspection)) this.agentInits++;
    else if (inspection.kind === "metadata") this.laterMetadata++;
    else this.#countType(inspection.type.slice(0, MAX_NAME));
  }

  #countType(name: string): void {
    const type = this.types.has(name) || this.types.size < MAX_TYPES ? name : OTHERS;
    this.types.set(type, (this.types.get(type) ?? 0) + 1);
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
      seconds: this.#seconds,
    };
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
    const types = [...this.types]
      .sort(([, a], [, b]) => b - a)
      .map(([type, count]) => `${printable(type)} ${count}`);
    const events = this.documents - this.invalid - this.agentInits - this.laterMetadata;
    return [
      `received      ${this.datagrams} datagrams, ${this.bytes} bytes`,
      `first         ${this.startedWithAgentInit ? "agent_init" : "not agent_init"}`,
      `agent_init    ${this.agentInits}`,
      ...(this.laterMetadata > 0 ? [`metadata      ${this.laterMetadata} more`] : []),
      `events        ${events}${types.length > 0 ? ` (${types.join(", ")})` : ""}`,
      `invalid       ${this.invalid}`,
      `rate          ${rate}over ${seconds.toFixed(3)} s`,
      `size          ${this.smallest} to ${this.largest} bytes, ${mean} on average`,
      "",
    ].join("\n");
  }
}

function isAgentInit(inspection: Inspection): boolean {
  return inspection.kind === "metadata" && inspection.event.event === "agent_init";
}
