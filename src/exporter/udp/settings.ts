/** @module What the UDP exporter is given. */
import type { ConsolaInstance } from "consola";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { ExporterCounters } from "../../telemetry/counters.ts";
import type { QueueLimits } from "../queue.ts";
import type { Lookup } from "./resolver.ts";

/** Options of the UDP exporter, checked. */
export interface UdpSettings {
  /** `--udp-output-address`: IP literal or host name. */
  readonly host: string;
  /** `--udp-output-port`. */
  readonly port: number;
  /** `--udp-buffer-size`: `SO_SNDBUF`, bytes. */
  readonly sendBufferBytes: number;
  /** `--udp-max-datagram-size`: payload of one datagram, newline included, bytes. */
  readonly maxDatagramBytes: number;
  /** `--udp-resolve-interval`, milliseconds. */
  readonly resolveIntervalMs: number;
  /** `--udp-multicast-ttl`, 0 to 255. */
  readonly multicastTtl: number;
  /** `--udp-multicast-interface`: name or address of the interface that multicast leaves by, or `""`. */
  readonly multicastInterface: string;
  /** `--event-queue-size`, `--event-queue-bytes`. */
  readonly queue: QueueLimits;
  /** The cached `agent_init` line. */
  readonly agentInit: Uint8Array;
  /** Where the kernel notes which datagrams of a call have left, and how far each stream has been exported. */
  readonly checkpoint: Checkpoint;
  readonly counters: ExporterCounters;
  readonly log: ConsolaInstance;
  readonly lookup: Lookup;
}
