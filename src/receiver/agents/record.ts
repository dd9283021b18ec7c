/** @module One start of one agent at one address. */
import type { AgentMetadata } from "../../event/description/index.ts";
import { type Facts, factsOf, kept } from "./facts.ts";
import { LossCounter } from "./loss.ts";
import type { Peer } from "./peer.ts";

/** Sequence numbers below the highest that are told from copies. */
const WINDOW = 31;

/** What became of a metadata event. */
export type Fate = "new" | "late" | "copy" | "odd";

/** What is known of it. */
export class AgentRecord {
  readonly key: string;
  /** Names the start; made up where the agent does not say. */
  readonly startId: string;
  readonly peer: Peer;
  readonly firstSeenAt: number;
  readonly loss: LossCounter;
  facts: Facts;
  pid: number;
  /** Whether it has gone on for long enough that it is no newcomer. */
  isKnown = false;
  isSilent = false;
  /** When the last datagram before the silence came, milliseconds. */
  silentSince = 0;
  /** When the last metadata event that was new came, milliseconds. */
  lastMetadataAt: number;
  /** Another start that seemed to follow this one. */
  hasSuccessor = false;
  /** The start has gone on at another address. */
  hasMoved = false;
  /** Whether its datagrams are those of somebody else who passes them on: then nothing is said of losses. */
  isRelayed = false;
  /** Why it stopped, once it has. */
  stop: { readonly reason: string; readonly detail: string } | undefined;
  /** How often it sends metadata, milliseconds; 0: never again. */
  intervalMs = 0;
  /** Events that the agent itself dropped. */
  dropped = 0;
  #highest = -1;
  /** Bit n: the event n + 1 below the highest one has come. */
  #seen = 0;

  constructor(event: AgentMetadata, peer: Peer, now: number) {
    this.startId = startIdOf(event);
    this.key = keyOf(this.startId, peer);
    this.peer = peer;
    this.firstSeenAt = now;
    this.lastMetadataAt = now;
    this.facts = factsOf(event);
    this.pid = event.pid;
    this.loss = new LossCounter(peer);
    this.#note(event);
  }

  /** By what an agent is known when it starts again: its host, at the address where that is. */
  get host(): string {
    return hostOf(this.facts, this.peer);
  }

  /** Whether an event of the same start at another address goes on where this one has come to. */
  isContinuedBy(event: AgentMetadata): boolean {
    return (event.sequence ?? 0) > this.#highest;
  }

  /** Takes a further event of the same start. @returns Whether it says something new. */
  take(event: AgentMetadata): Fate {
    const sequence = event.sequence ?? 0;
    const below = this.#highest - sequence;
    if (below === 0 || (below > 0 && (below > WINDOW || (this.#seen & (1 << (below - 1))) !== 0))) {
      this.loss.addCopy();
      return "copy";
    }
    if (below > 0) {
      this.#seen |= 1 << (below - 1);
      return "late";
    }
    // Counts never go back; who says so is not the agent.
    if ((event.datagrams_sent ?? 0) < this.loss.sentSoFar) {
      this.loss.addCopy();
      return "odd";
    }
    this.#note(event);
    this.loss.add(event);
    return "new";
  }

  #note(event: AgentMetadata): void {
    const sequence = event.sequence ?? 0;
    const step = sequence - this.#highest;
    this.#seen = step > WINDOW || this.#highest < 0 ? 0 : (this.#seen << step) | (1 << (step - 1));
    this.#highest = sequence;
    this.intervalMs = (event.metadata_interval_seconds ?? 0) * 1000;
    this.dropped = droppedBy(event);
    if (event.event === "agent_stop")
      this.stop = { reason: kept(event.stop_reason), detail: kept(event.stop_detail) };
  }
}

/** Which start an event is of. */
export function startIdOf(event: AgentMetadata): string {
  return kept(event.start_id) || `${kept(event["@timestamp"])}/${event.pid}`;
}

/** Which start at which address. */
export function keyOf(startId: string, peer: Peer): string {
  return `${peer.name} ${startId}`;
}

/** Which host at which address. */
export function hostOf({ hostname, node_name }: Facts, { address }: Peer): string {
  return JSON.stringify([address, hostname, node_name]);
}

function droppedBy(event: AgentMetadata): number {
  const { dropped_queue_full = 0, dropped_send_failed = 0 } = event;
  const { dropped_too_large = 0, dropped_refused = 0 } = event;
  return dropped_queue_full + dropped_send_failed + dropped_too_large + dropped_refused;
}
