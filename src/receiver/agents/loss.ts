/**
 * @module What the network lost of one agent's datagrams. Each metadata event says how many were sent before it; what came
 * from its address before it is subtracted.
 */
import type { AgentMetadata } from "../../event/description/index.ts";
import type { Peer } from "./peer.ts";

/** What became of an agent's datagrams. */
export interface Loss {
  /** Datagrams that were sent, as of the last metadata event that says so. */
  readonly sent: number;
  /** Of these, datagrams that came. */
  readonly received: number;
  /** Datagrams that did not come. */
  readonly lost: number;
  /** Datagrams that came although they were not sent: the network doubled them, or they are forged. */
  readonly surplus: number;
}

/** Counts for one start of an agent at one address. */
export class LossCounter {
  readonly #peer: Peer;
  /** Of the datagrams that came, those that the agent's count has no place for: copies. */
  #copies = 0;
  #sentBefore = 0;
  #receivedBefore = 0;
  #sent: number | undefined;
  #received = 0;
  /** The agent has said the last number: what still comes was under way. */
  #isFinal = false;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  /**
   * Takes the first event of a start, which has been counted by its address.
   * @param isWhole Whether all that was sent before it had to come here.
   * @param before Datagrams that had come from the address for other starts.
   */
  begin(event: AgentMetadata, { isWhole, before }: { isWhole: boolean; before: number }): void {
    this.#sentBefore = isWhole ? 0 : sentBefore(event);
    this.#receivedBefore = isWhole ? before : this.#peer.received - 1;
    this.add(event);
  }

  /** Takes an event that is later than all before it, and has been counted by its address. */
  add(event: AgentMetadata): void {
    if (event.event === "agent_stop") {
      this.#isFinal = true;
      this.#copies++;
    }
    if (event.datagrams_sent === undefined) return;
    this.#sent = sentBefore(event);
    this.#received = this.#peer.received - this.#copies - (this.#isFinal ? 0 : 1);
  }

  /** One came that the agent did not count: a copy of an event that had come before. */
  addCopy(): void {
    this.#copies++;
  }

  /** As of the last event; once the agent has stopped, as of now. `undefined` where the agent does not count. */
  get loss(): Loss | undefined {
    if (this.#sent === undefined) return undefined;
    const all = this.#isFinal ? this.#peer.received - this.#copies : this.#received;
    const sent = this.#sent - this.#sentBefore;
    const received = all - this.#receivedBefore;
    return {
      sent,
      received: Math.min(sent, received),
      lost: Math.max(0, sent - received),
      surplus: Math.max(0, received - sent),
    };
  }

  /** The last number that the agent has said. */
  get sentSoFar(): number {
    return this.#sent ?? 0;
  }
}

/** `agent_init` leaves it out where nothing was sent before. */
function sentBefore({ datagrams_sent }: AgentMetadata): number {
  return datagrams_sent ?? 0;
}
