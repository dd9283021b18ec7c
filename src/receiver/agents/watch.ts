/**
 * @module Tells what happens to agents from the metadata that they send: restarts, other versions, configurations and
 * systems, silence; and counts what the network lost of their datagrams.
 */
import type { AgentMetadata } from "../../event/description/index.ts";
import {
  configurationChanges,
  type Facts,
  factsOf,
  receiverChanges,
  systemChanges,
  versionChanges,
} from "./facts.ts";
import { type Happening, type Notice, reason } from "./notice.ts";
import type { Peer } from "./peer.ts";
import { AgentRecord, hostOf, keyOf, startIdOf } from "./record.ts";
import { AgentTable } from "./table.ts";

/** What {@link AgentWatch} is given. */
export interface WatchSettings {
  /** Agents that are kept. */
  readonly maxAgents: number;
  /** How long an agent may be silent, milliseconds; 0: three times its own interval. */
  readonly silenceMs: number;
  /** When the receiver began to listen, milliseconds of the clock of all other times. */
  readonly startedAt: number;
  readonly onNotice: (notice: Notice) => void;
}

/** Intervals without a word after which an agent is silent. */
const SILENT_INTERVALS = 3;
/** Somebody else may have the address of an agent that has not been heard of for so long. Milliseconds. */
const OWNER_PATIENCE_MS = 60_000;
/** Seconds by which the whole seconds of an agent's uptime may be short. */
const ROUNDING_S = 1;

/** Watches all agents whose datagrams come. */
export class AgentWatch {
  readonly agents: AgentTable;
  /** Events of agents for which there was no room. */
  refused = 0;
  readonly #settings: WatchSettings;

  constructor(settings: WatchSettings) {
    this.#settings = settings;
    this.agents = new AgentTable(settings.maxAgents);
  }

  /** Counts a datagram by where it came from. To be called before what is in it is looked at. */
  count(address: string, port: number, now: number): Peer {
    return this.agents.peers.count(address, port, now);
  }

  /** Takes a datagram that was no metadata. */
  onEvent(peer: Peer, now: number): void {
    const owner = this.agents.ownerOf(peer);
    if (owner !== undefined) this.#hear(owner, now);
  }

  /** Takes a metadata event. @param peer Where it came from: see {@link count}. */
  onMetadata(event: AgentMetadata, peer: Peer, now: number): void {
    const record = this.agents.get(keyOf(startIdOf(event), peer));
    if (record === undefined) this.#begin(event, peer, now);
    else this.#go(record, event, now);
  }

  /** To be called about once a second: looks who is silent. */
  tick(now: number): void {
    for (const record of this.agents) {
      const { intervalMs, peer } = record;
      const limit = this.#settings.silenceMs || Math.max(1000, intervalMs * SILENT_INTERVALS);
      const silence = now - peer.lastSeenAt;
      const isExpected = intervalMs > 0 || this.#settings.silenceMs > 0;
      if (!isExpected || record.isSilent || silence <= limit) continue;
      if (record.stop !== undefined || record.hasSuccessor || record.hasMoved) continue;
      record.isSilent = true;
      record.silentSince = peer.lastSeenAt;
      this.#say(record, { what: "silent", seconds: silence / 1000 });
    }
  }

  #begin(event: AgentMetadata, peer: Peer, now: number): void {
    const { agents } = this;
    const owner = agents.ownerOf(peer);
    const record = new AgentRecord(event, peer, now);
    const isOwner = owner === undefined || owner.stop !== undefined || this.#isGone(owner, now);
    record.isRelayed = !isOwner;
    const isShared = peer.users > 0;
    const sameStart = agents.ofStart(record.startId);
    const before = agents.ofHost(record.host);
    if (!agents.add(record, now)) {
      this.refused++;
      return;
    }
    if (isOwner) agents.own(record);
    record.loss.begin(event, {
      isWhole: this.#isWhole(event, now),
      before: isShared ? peer.received - 1 : 0,
    });
    if (sameStart !== undefined) this.#comeFromElsewhere(record, sameStart, event);
    else if (before !== undefined) this.#follow(record, before);
    else this.#say(record, { what: event.event === "agent_init" ? "started" : "joined" });
    this.#stopped(record);
  }

  /** Nothing of what the address is known for has come for long; the datagram at hand has. */
  #isGone({ intervalMs, isSilent, lastMetadataAt }: AgentRecord, now: number): boolean {
    return isSilent || (intervalMs > 0 && now - lastMetadataAt > Math.max(OWNER_PATIENCE_MS, 3 * intervalMs));
  }

  /** Whether the receiver has listened for as long as the agent has run, so that all it sent had to come. */
  #isWhole(event: AgentMetadata, now: number): boolean {
    if ((event.datagrams_sent ?? 0) === 0) return true;
    const uptime = "uptime_seconds" in event ? event.uptime_seconds + ROUNDING_S : 0;
    return uptime <= (now - this.#settings.startedAt) / 1000;
  }

  /** The same start at another address: it has moved, or has more than one exporter. */
  #comeFromElsewhere(record: AgentRecord, other: AgentRecord, event: AgentMetadata): void {
    if (other.isContinuedBy(event)) {
      other.hasMoved = true;
      this.#say(record, { what: "moved", from: other.peer.name });
    } else this.#say(record, { what: event.event === "agent_init" ? "started" : "joined" });
    this.#compare(record, other.facts, record.facts);
  }

  /** Another start on the host of one that is known. */
  #follow(record: AgentRecord, before: AgentRecord): void {
    before.hasSuccessor = true;
    this.#say(record, { what: "restarted", after: before.stop && reason(before.stop) });
    this.#compare(record, before.facts, record.facts);
  }

  #go(record: AgentRecord, event: AgentMetadata, now: number): void {
    const fate = record.take(event);
    if (fate === "odd") return;
    this.#hear(record, now);
    if (fate !== "new") return;
    record.lastMetadataAt = now;
    record.hasMoved = false;
    if (record.hasSuccessor && record.stop === undefined) {
      record.hasSuccessor = false;
      this.#say(record, { what: "beside" });
    }
    const host = record.host;
    const facts = withoutGaps(factsOf(event), record.facts);
    const before = record.facts;
    record.facts = facts;
    if (hostOf(facts, record.peer) !== host) this.agents.index(record, host);
    this.#compare(record, before, facts);
    this.#stopped(record);
  }

  #compare(record: AgentRecord, before: Facts, now: Facts): void {
    const say = (what: "version" | "configuration" | "system" | "receiver", find: typeof versionChanges) => {
      const changes = find(before, now);
      if (changes.length > 0) this.#say(record, { what, changes });
    };
    say("version", versionChanges);
    say("configuration", configurationChanges);
    say("system", systemChanges);
    say("receiver", receiverChanges);
  }

  #stopped(record: AgentRecord): void {
    if (record.stop !== undefined) this.#say(record, { what: "stopped", ...record.stop });
  }

  /** Something came from the agent. */
  #hear(record: AgentRecord, now: number): void {
    this.agents.touch(record, now);
    if (!record.isSilent) return;
    record.isSilent = false;
    this.#say(record, { what: "heard", seconds: (now - record.silentSince) / 1000 });
  }

  #say(agent: AgentRecord, happening: Happening): void {
    this.#settings.onNotice({ agent, ...happening });
  }
}

/** What an event leaves out, because it was shortened, is as it was. */
function withoutGaps(now: Facts, before: Facts): Facts {
  const facts: Record<string, string> = { ...before };
  for (const [field, text] of Object.entries(now)) if (text !== "") facts[field] = text;
  return facts as unknown as Facts;
}
