/** @module Metadata through an agent's life: what it says now, and whether there is something new to say. */
import type { AgentFacts, StopFacts, UdpFacts } from "./document.ts";
import { areSameHost, type HostFacts } from "./host.ts";
import { ExporterMetadata, type FactsInUse, type MetadataProvider } from "./provider.ts";

/** What a reload may change. */
export type ReloadedFacts = Pick<AgentFacts, "configDigest" | "intervalMs" | "fields">;

/** The facts of a run and how often they were said. With an interval of 0 they are said once, and never again. */
export class MetadataLife implements FactsInUse {
  #facts: AgentFacts;
  #generation = 1;
  #stop: StopFacts | undefined;

  constructor(facts: AgentFacts) {
    this.#facts = facts;
  }

  get facts(): AgentFacts {
    return this.#facts;
  }

  get generation(): number {
    return this.#generation;
  }

  get stop(): StopFacts | undefined {
    return this.#stop;
  }

  /** For one more exporter. @param udp Where its datagrams go, or those of the agent if it sends none. */
  provide(udp: UdpFacts | undefined): MetadataProvider {
    return new ExporterMetadata(this, udp);
  }

  /** Has all exporters say it again. @returns Whether they are to: after the end, and without an interval, not. */
  refresh(): boolean {
    if (this.#facts.intervalMs === 0 || this.#stop !== undefined) return false;
    this.#generation++;
    return true;
  }

  /** Takes what the host says now. @returns Whether that is something new to say. */
  updateHost(host: HostFacts): boolean {
    return !areSameHost(host, this.#facts.host) && this.#change({ host });
  }

  /** Takes what a reload has brought. @returns Whether that is something new to say. */
  reload(reloaded: ReloadedFacts): boolean {
    const { configDigest, intervalMs, fields } = this.#facts;
    const isSame =
      configDigest === reloaded.configDigest &&
      intervalMs === reloaded.intervalMs &&
      Bun.deepEquals(fields, reloaded.fields);
    return !isSame && this.#change(reloaded);
  }

  /** The agent stops: once an exporter has nothing left to send, it says so. Only the first reason counts. */
  conclude(stop: StopFacts): void {
    this.#stop ??= stop;
  }

  #change(changed: Partial<AgentFacts>): boolean {
    this.#facts = { ...this.#facts, ...changed };
    return this.refresh();
  }
}
