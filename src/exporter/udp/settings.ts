/** @module What the UDP exporter is given. */
import type { Inflight } from "../../checkpoint/inflight.ts";
import type { ValuesOf } from "../../config/option.ts";
import type { ExporterSettings } from "../delivery/settings.ts";
import type { Framer } from "./framer.ts";
import type { udpRows } from "./options.ts";
import type { Packer } from "./packer.ts";
import type { Lookup } from "./resolver.ts";

/** Options of the UDP exporter, checked. */
export interface UdpSettings extends ExporterSettings {
  /** `--udp-output-address`: IP literal or host name. */
  readonly host: string;
  /** `--udp-output-port`. */
  readonly port: number;
  /** `--udp-buffer-size`: `SO_SNDBUF`, bytes. */
  readonly sendBufferBytes: number;
  /** `--udp-max-datagram-size`: payload of one datagram, newline included, bytes. */
  readonly maxDatagramBytes: number;
  /** `--udp-pad`, percent. */
  readonly padPercent: number;
  /** Joins and compresses events, where that is asked for. */
  readonly packer?: Packer | undefined;
  /** Puts events into the envelope of `--udp-format`, unless that is JSON. */
  readonly framer?: Framer | undefined;
  /** `--udp-linger`: how long events wait for others to share a datagram with, milliseconds. */
  readonly lingerMs?: number;
  /** `--udp-resolve-interval`, milliseconds. */
  readonly resolveIntervalMs: number;
  /** Of all options, for those that act on the socket. */
  readonly values: ValuesOf<ReturnType<typeof udpRows>>;
  /** Where the kernel notes which datagrams of a call have left, and how far each stream has been exported. */
  readonly inflight: Inflight;
  readonly lookup: Lookup;
}
