/**
 * @module A metadata event: which agent, which version, on which host and kernel, is speaking, and what became of its
 * events. Field names and values: the project's agent metadata document; they are described in
 * `event/description/metadata.ts`.
 */
import type { AgentMetadata, MetadataEventName, StopReason } from "../event/description/index.ts";
import { formatHostPort } from "../os/socket-address.ts";
import type { BuildInfo } from "./build-info.ts";
import type { HostFacts } from "./host.ts";

/** What the metadata events of one start have in common, as of now. */
export interface AgentFacts {
  readonly build: BuildInfo;
  /** When the agent started. */
  readonly startedAt: Date;
  /** Names the start: no two have the same. */
  readonly startId: string;
  /** Names the agent, whenever it is started; `undefined` where the host says nothing to make it of, or nobody asks. */
  readonly agentId?: string | undefined;
  readonly pid: number;
  readonly host: HostFacts;
  /** As in the events of this agent, where it was set: `NODE_NAME`, `--cluster-name`. */
  readonly nodeName?: string | undefined;
  readonly clusterName?: string | undefined;
  /** Of the effective configuration. */
  readonly configDigest: string;
  /** How often metadata is sent again, milliseconds; 0: never. */
  readonly intervalMs: number;
  /** `--metadata-field`: none has the name of a field of ours. */
  readonly fields: ReadonlyMap<string, unknown>;
}

/** Why an agent stops. */
export interface StopFacts {
  readonly reason: StopReason;
  /** The signal, or what failed. */
  readonly detail?: string | undefined;
}

/** Where UDP goes. */
export interface UdpFacts {
  readonly address: string;
  readonly port: number;
  readonly bufferSize: number;
}

/** What an exporter has done so far for its present receiver. */
export interface Progress {
  /** Whom datagrams go to: address and port. */
  readonly receiver?: string | undefined;
  /** Datagrams that have left, those with metadata included. */
  readonly datagrams?: number | undefined;
  /** Events that have left. */
  readonly events: number;
  /** Bytes that have left: of datagrams, those with metadata included, or of events. */
  readonly bytes: number;
  /** Events that were dropped, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/** What has been done before anything has. */
export const NOTHING: Progress = {
  events: 0,
  bytes: 0,
  dropped: { queue_full: 0, send_failed: 0, too_large: 0, refused: 0 },
};

/** Why an exporter drops events; the names are those of its counters. */
export type DropReason = "queue_full" | "send_failed" | "too_large" | "refused";

/** What one metadata event is about. */
export interface DocumentSettings {
  readonly event: MetadataEventName;
  /** Events with metadata before this one, for the same reader. */
  readonly sequence: number;
  readonly udp?: UdpFacts | undefined;
  readonly progress: Progress;
  /** Of `agent_stop`. */
  readonly stop?: StopFacts | undefined;
  /** When it is made. */
  readonly now: Date;
  /** Since the start, milliseconds, by a clock that never goes back. */
  readonly uptimeMs: number;
}

/** The event, its fields in the order in which they are described; one whose value is not available is left out. */
export function createMetadata(facts: AgentFacts, settings: DocumentSettings): AgentMetadata {
  const { build, host, nodeName, clusterName, startedAt } = facts;
  const { event, sequence, udp, progress, stop, now, uptimeMs } = settings;
  const isFirst = event === "agent_init";
  const document = {
    "@timestamp": secondsOf(isFirst ? startedAt : now),
    event,
    tetragon_version: build.version,
    ...(build.commit !== undefined && { build_commit: build.commit }),
    ...(build.date !== undefined && { build_date: build.date }),
    ...(host.hostname !== undefined && { hostname: host.hostname }),
    ...(nodeName !== undefined && { node_name: nodeName }),
    ...(clusterName !== undefined && { cluster_name: clusterName }),
    os: "linux",
    ...(host.kernelVersion !== undefined && { kernel_version: host.kernelVersion }),
    pid: facts.pid,
    ...(udp !== undefined && {
      udp_destination: formatHostPort(udp.address, udp.port),
      udp_buffer_size: udp.bufferSize,
    }),
    uptime: "initialized at 0",
    started_at: secondsOf(startedAt),
    start_id: facts.startId,
    sequence,
    ...(!isFirst && { uptime_seconds: Math.floor(uptimeMs / 1000) }),
    config_digest: facts.configDigest,
    ...(host.bootId !== undefined && { boot_id: host.bootId }),
    ...(facts.intervalMs > 0 && { metadata_interval_seconds: facts.intervalMs / 1000 }),
    ...(!(isFirst && isNothing(progress)) && countsOf(progress)),
    ...(stop !== undefined && stopOf(stop)),
    ...Object.fromEntries(facts.fields),
  };
  return document as AgentMetadata;
}

/** The event as every exporter sends it: one JSON document and a newline. Encoded here and nowhere else. */
export function encodeMetadata(event: AgentMetadata): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(event)}\n`);
}

/** Whether nothing has left yet, as when `agent_init` is made: then it says no counts. */
export function isNothing({ datagrams = 0, events, bytes }: Progress): boolean {
  return datagrams === 0 && events === 0 && bytes === 0;
}

function countsOf({ receiver, datagrams, events, bytes, dropped }: Progress) {
  return {
    ...(receiver !== undefined && { udp_receiver: receiver }),
    ...(datagrams !== undefined && { datagrams_sent: datagrams }),
    events_sent: events,
    bytes_sent: bytes,
    dropped_queue_full: dropped.queue_full,
    dropped_send_failed: dropped.send_failed,
    dropped_too_large: dropped.too_large,
    dropped_refused: dropped.refused,
  };
}

function stopOf({ reason, detail }: StopFacts) {
  return { stop_reason: reason, ...(detail !== undefined && { stop_detail: detail }) };
}

/** RFC 3339 in UTC, whole seconds: the document's form. */
function secondsOf(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
