/** @module Agents that send metadata to a watch, and what it says of them. */
import type { AgentMetadata } from "../../../src/event/description/index.ts";
import { formatNotice, type Notice } from "../../../src/receiver/agents/notice.ts";
import type { AgentRecord } from "../../../src/receiver/agents/record.ts";
import { AgentWatch } from "../../../src/receiver/agents/watch.ts";

/** A watch, a clock, and what was said. */
export class Scene {
  now = 1000;
  readonly notices: Notice[] = [];
  readonly watch: AgentWatch;

  constructor({ maxAgents = 100, silenceMs = 0 } = {}) {
    this.watch = new AgentWatch({
      maxAgents,
      silenceMs,
      startedAt: this.now,
      onNotice: (notice) => this.notices.push(notice),
    });
  }

  /** What was said since the last call, without who it is about. */
  said(): string[] {
    return this.notices.splice(0).map((notice) => formatNotice(notice).replace(/^.*?: /, ""));
  }

  /** The record of an agent. */
  record(agent: TestAgent): AgentRecord | undefined {
    return [...this.watch.agents].find(({ startId }) => startId === agent.facts.start_id);
  }

  /** Lets a datagram of an agent arrive. */
  arrive({ datagram: { event, address, port } }: { readonly datagram: Datagram }): void {
    const peer = this.watch.count(address, port, this.now);
    if (event === undefined) this.watch.onEvent(peer, this.now);
    else this.watch.onMetadata(event, peer, this.now);
  }
}

/** One datagram. */
export interface Datagram {
  readonly event: AgentMetadata | undefined;
  readonly address: string;
  readonly port: number;
}

let starts = 0;

/** Makes datagrams as an agent does. */
export class TestAgent {
  facts: Record<string, unknown> & { start_id: string } = {
    tetragon_version: "v1",
    hostname: "web-1",
    os: "linux",
    kernel_version: "6.1",
    pid: 7,
    uptime: "initialized at 0",
    started_at: "2026-11-30T04:00:00Z",
    start_id: `start-${starts++}`,
    config_digest: "d1",
    boot_id: "b1",
    metadata_interval_seconds: 1,
  };
  sent = 0;
  sequence = 0;
  uptimeSeconds = 0;
  readonly address: string;
  readonly port: number;

  constructor({ address = "10.0.0.1", port = 40_000 + (starts % 20_000) } = {}) {
    this.address = address;
    this.port = port;
  }

  /** An event. */
  event(): { datagram: Datagram } {
    this.sent++;
    return { datagram: { event: undefined, address: this.address, port: this.port } };
  }

  /** Metadata. Each call is the next of the start; a stop may arrive more than once. */
  metadata(event: AgentMetadata["event"], more: object = {}): { datagram: Datagram } {
    const says = {
      "@timestamp": "2026-11-30T04:00:00Z",
      event,
      ...this.facts,
      sequence: this.sequence++,
      ...(event !== "agent_init" && { uptime_seconds: this.uptimeSeconds, datagrams_sent: this.sent }),
      ...(event === "agent_stop" && { stop_reason: "signal", stop_detail: "SIGTERM" }),
      ...more,
    };
    if (event !== "agent_stop") this.sent++;
    return { datagram: { event: says as never, address: this.address, port: this.port } };
  }
}
