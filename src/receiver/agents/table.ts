/**
 * @module The agents that a receiver knows: a bounded number, whatever is sent to it. A newcomer pushes out newcomers,
 * and agents that have stopped or not been heard of for long; one that goes on speaking is pushed out by nobody.
 */
import { type Peer, Peers } from "./peer.ts";
import type { AgentRecord } from "./record.ts";

/** How long after its first event something must come from an agent for it not to be a newcomer. Milliseconds. */
export const PROOF_MS = 10_000;
/** After so long without a word an agent may be forgotten for another one. Milliseconds. */
const FORGET_MS = 600_000;
/** Newcomers from one address. */
const MAX_NEW_PER_ADDRESS = 64;
/** Part of the room that stays for newcomers. */
const NEWCOMERS = 1 / 8;

/** Records by key, host and start. */
export class AgentTable {
  /** Records that were pushed out. */
  forgotten = 0;
  readonly peers = new Peers();
  readonly #max: number;
  /** Least recently changed first. */
  readonly #new = new Map<string, AgentRecord>();
  readonly #known = new Map<string, AgentRecord>();
  /** The newest record of a host, and of a start. */
  readonly #byHost = new Map<string, AgentRecord>();
  readonly #byStart = new Map<string, AgentRecord>();
  /** Whose datagrams those of an address are. */
  readonly #byPeer = new Map<Peer, AgentRecord>();
  /** Newcomers by address, oldest first. */
  readonly #newByAddress = new Map<string, Set<AgentRecord>>();

  /** @param max Records that are kept. */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#new.size + this.#known.size;
  }

  get(key: string): AgentRecord | undefined {
    return this.#known.get(key) ?? this.#new.get(key);
  }

  /** The newest record of that host. */
  ofHost(host: string): AgentRecord | undefined {
    return this.#byHost.get(host);
  }

  /** The newest record of that start, at whatever address. */
  ofStart(startId: string): AgentRecord | undefined {
    return this.#byStart.get(startId);
  }

  /** The agent whose datagrams those of an address are. */
  ownerOf(peer: Peer): AgentRecord | undefined {
    return peer.users === 0 ? undefined : this.#byPeer.get(peer);
  }

  /** The datagrams of the record's address are its own from now on. */
  own(record: AgentRecord): void {
    this.#byPeer.set(record.peer, record);
  }

  /** All records. */
  *[Symbol.iterator](): Iterator<AgentRecord> {
    yield* this.#known.values();
    yield* this.#new.values();
  }

  /** Takes a newcomer. @returns Whether there is room. */
  add(record: AgentRecord, now: number): boolean {
    const { address } = record.peer;
    const own = this.#newByAddress.get(address) ?? new Set();
    if (own.size >= MAX_NEW_PER_ADDRESS) this.#forget(first(own)!);
    else if (this.size >= this.#max) {
      const victim = first(this.#new.values()) ?? this.#gone(now);
      if (victim === undefined) return false;
      this.#forget(victim);
    }
    this.#new.set(record.key, record);
    this.#newByAddress.set(address, own.add(record));
    this.peers.use(record.peer);
    this.index(record);
    return true;
  }

  /** The record is the newest of its host and start. @param before Its host until now, if it was another one. */
  index(record: AgentRecord, before?: string): void {
    if (before !== undefined && this.#byHost.get(before) === record) this.#byHost.delete(before);
    this.#byHost.set(record.host, record);
    this.#byStart.set(record.startId, record);
  }

  /** Something came from the agent. A newcomer that was proven is known from then on, where there is room for it. */
  touch(record: AgentRecord, now: number): void {
    if (record.isKnown) return;
    this.#new.delete(record.key);
    this.#new.set(record.key, record);
    if (now - record.firstSeenAt < PROOF_MS) return;
    if (this.#known.size >= Math.max(1, Math.floor(this.#max * (1 - NEWCOMERS)))) {
      const gone = this.#gone(now);
      if (gone === undefined) return;
      this.#forget(gone);
    }
    this.#removeNew(record);
    record.isKnown = true;
    this.#known.set(record.key, record);
  }

  /** A known agent that is gone, if there is one. */
  #gone(now: number): AgentRecord | undefined {
    for (const record of this.#known.values()) {
      if (record.stop !== undefined || now - record.peer.lastSeenAt > FORGET_MS) return record;
    }
    return undefined;
  }

  #forget(record: AgentRecord): void {
    this.forgotten++;
    if (record.isKnown) this.#known.delete(record.key);
    else this.#removeNew(record);
    if (this.#byHost.get(record.host) === record) this.#byHost.delete(record.host);
    if (this.#byStart.get(record.startId) === record) this.#byStart.delete(record.startId);
    if (this.#byPeer.get(record.peer) === record) this.#byPeer.delete(record.peer);
    this.peers.release(record.peer);
  }

  #removeNew(record: AgentRecord): void {
    const { address } = record.peer;
    const own = this.#newByAddress.get(address);
    own?.delete(record);
    if (own?.size === 0) this.#newByAddress.delete(address);
    this.#new.delete(record.key);
  }
}

function first<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item;
  return undefined;
}
