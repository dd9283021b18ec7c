/**
 * @module Who is speaking, as everything that carries events says it first, and again whenever there is something new to
 * say.
 */
import type { MetadataEventName } from "../event/description/index.ts";
import {
  type AgentFacts,
  createMetadata,
  encodeMetadata,
  isNothing,
  type Progress,
  type StopFacts,
  type UdpFacts,
} from "./document.ts";

/** The metadata of a run, as one exporter sends it: before its first event, and again for each new generation. */
export interface MetadataProvider {
  /** From 1 on; another number means that there is something new to say. */
  readonly generation: number;
  /** Which event {@link lineAfter} makes. */
  readonly event: MetadataEventName;
  /** The line to be sent now, newline included. @param progress What has been done for the reader before it. */
  lineAfter(progress: Progress): Uint8Array;
  /** The last line has left, whole. */
  noteSent(): void;
  /** The exporter has nothing left to send. @returns Whether that is to be said, by one more line. */
  conclude(): boolean;
}

/** Facts of a run, shared by all of its {@link MetadataProvider}s. */
export interface FactsInUse {
  readonly facts: AgentFacts;
  readonly generation: number;
  /** Why the agent stops, once it does. */
  readonly stop: StopFacts | undefined;
}

/** The metadata of a run for one exporter. */
export class ExporterMetadata implements MetadataProvider {
  readonly #shared: FactsInUse;
  readonly #udp: UdpFacts | undefined;
  /** Lines that have left. */
  #sent = 0;
  #isConcluded = false;
  /** `agent_init`, encoded once, and the facts that it says. */
  #first: { readonly facts: AgentFacts; readonly line: Uint8Array } | undefined;

  constructor(shared: FactsInUse, udp: UdpFacts | undefined) {
    this.#shared = shared;
    this.#udp = udp;
  }

  get generation(): number {
    return this.#shared.generation + Number(this.#isConcluded);
  }

  /** A receiver that alerts on `agent_init` sees starts and nothing else, unless later events were not asked for. */
  get event(): MetadataEventName {
    if (this.#sent === 0 || this.#shared.facts.intervalMs === 0) return "agent_init";
    return this.#isConcluded ? "agent_stop" : "agent_refresh";
  }

  lineAfter(progress: Progress): Uint8Array {
    const { event } = this;
    const { facts } = this.#shared;
    const isCached = event === "agent_init" && (facts.intervalMs === 0 || isNothing(progress));
    if (!isCached) return this.#encode(event, progress);
    if (this.#first?.facts !== facts) this.#first = { facts, line: this.#encode(event, progress) };
    return this.#first.line;
  }

  noteSent(): void {
    this.#sent++;
  }

  conclude(): boolean {
    const { stop, facts } = this.#shared;
    // Nobody who has not heard who was speaking has to hear that it stops.
    this.#isConcluded = stop !== undefined && facts.intervalMs > 0 && this.#sent > 0;
    return this.#isConcluded;
  }

  #encode(event: MetadataEventName, progress: Progress): Uint8Array {
    const sequence = event === "agent_init" ? 0 : this.#sent;
    const clock = { now: new Date(), uptimeMs: performance.now() };
    const stop = event === "agent_stop" ? this.#shared.stop : undefined;
    const settings = { event, sequence, udp: this.#udp, progress, stop, ...clock };
    return encodeMetadata(createMetadata(this.#shared.facts, settings));
  }
}
