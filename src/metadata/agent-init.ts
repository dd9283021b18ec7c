/**
 * @module The `agent_init` metadata event: which agent, which version, on which host and kernel, is speaking.
 * Field names and values: the project's agent metadata document; they are described in `event/description/additions.ts`.
 */
import { hostname, release } from "node:os";
import type { AgentInit } from "../event/description/index.ts";
import { formatHostPort } from "../os/socket-address.ts";
import type { BuildInfo } from "./build-info.ts";

/** What the event says about this run. */
export interface AgentInitSettings {
  readonly build: BuildInfo;
  /** When the agent started. */
  readonly startedAt: Date;
  readonly pid: number;
  /** Host and kernel; see {@link readHostFacts}. */
  readonly host: HostFacts;
  /** As in the events of this agent, where it was set: `NODE_NAME`, `--cluster-name`. */
  readonly nodeName?: string | undefined;
  readonly clusterName?: string | undefined;
  /** Where UDP goes, if it does. */
  readonly udp?: UdpFacts | undefined;
}

/** Where UDP goes. */
export interface UdpFacts {
  readonly address: string;
  readonly port: number;
  readonly bufferSize: number;
}

/** Facts about the host that do not change while the agent runs. */
export interface HostFacts {
  readonly hostname: string | undefined;
  readonly kernelVersion: string | undefined;
}

function nonEmpty(read: () => string): string | undefined {
  try {
    return read() || undefined;
  } catch {
    return undefined;
  }
}

/** Reads host name and kernel release by uname(2). */
export function readHostFacts(): HostFacts {
  return { hostname: nonEmpty(hostname), kernelVersion: nonEmpty(release) };
}

/** The event, its fields in the document's order; a field whose value is not available is left out. */
export function createAgentInit(settings: AgentInitSettings): AgentInit {
  const { build, host, udp, nodeName, clusterName } = settings;
  return {
    "@timestamp": `${settings.startedAt.toISOString().slice(0, 19)}Z`,
    event: "agent_init",
    tetragon_version: build.version,
    ...(build.commit !== undefined && { build_commit: build.commit }),
    ...(build.date !== undefined && { build_date: build.date }),
    ...(host.hostname !== undefined && { hostname: host.hostname }),
    ...(nodeName !== undefined && { node_name: nodeName }),
    ...(clusterName !== undefined && { cluster_name: clusterName }),
    os: "linux",
    ...(host.kernelVersion !== undefined && { kernel_version: host.kernelVersion }),
    pid: settings.pid,
    ...(udp !== undefined && {
      udp_destination: formatHostPort(udp.address, udp.port),
      udp_buffer_size: udp.bufferSize,
    }),
    uptime: "initialized at 0",
  };
}

/** The event as every exporter sends it: one JSON document and a newline. Encoded here and nowhere else. */
export function encodeAgentInit(event: AgentInit): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(event)}\n`);
}
