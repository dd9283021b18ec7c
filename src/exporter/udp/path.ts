/**
 * @module Whether datagrams may leave for a receiver as runs (`os/datagram-sender.ts`), and how large they may be then.
 * The kernel is asked before the first run, and again when routes, interfaces or queues have changed.
 *
 * What carries a run must take all of it or none. Most queueing disciplines do; some cut it into its datagrams first, and
 * drop some of them without a word. Then, and wherever the kernel does not say, each datagram walks alone.
 */
import { CHANGES, RouteSocket } from "../../os/netlink.ts";
import { cutsMessages, findRoute } from "../../os/route.ts";
import { type AddressFamily, AF_INET } from "../../os/socket-address.ts";
import type { RunPath } from "./messages.ts";

/** Queueing disciplines that queue a run as one packet (net/sched/). Not `tbf`, `cake`, `netem`, `taprio`, `etf`. */
const WHOLE: ReadonlySet<string> = new Set([
  ...[
    "noqueue",
    "pfifo_fast",
    "pfifo",
    "bfifo",
    "pfifo_head_drop",
    "fq",
    "fq_codel",
    "codel",
    "fq_pie",
    "pie",
  ],
  ...["mq", "mqprio", "multiq", "prio", "htb", "hfsc", "drr", "ets", "sfq", "red", "clsact", "ingress"],
]);
/** Bytes of IP and UDP header. */
const HEADERS = { ipv4: 28, ipv6: 48 } as const;
/** How long the kernel is not asked again after it refused a run, milliseconds. */
const REFUSED_MS = 60_000;

/** A way for which runs are asked about. */
export interface PathSettings {
  readonly family: AddressFamily;
  /** As `encodeSocketAddress` makes it. */
  readonly receiver: Uint8Array;
  /** Bytes of an IP packet that the socket keeps to, whatever the path takes. */
  readonly largestPacket: number;
}

/** The way of one socket to one receiver. */
export class Path implements RunPath, Disposable {
  readonly #settings: PathSettings;
  /** Tells of changes; without it nothing is known. */
  readonly #changes: RouteSocket | undefined;
  #datagramBytes: number | undefined;
  #refusedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: PathSettings) {
    this.#settings = settings;
    this.#changes = cutsMessages(settings.family) ? RouteSocket.open(CHANGES) : undefined;
  }

  datagramBytes(now: number): number {
    if (this.#changes === undefined) return 0;
    if (this.#changes.hasChanged()) this.#forget();
    if (now - this.#refusedAt < REFUSED_MS) return 0;
    this.#datagramBytes ??= this.#find();
    return this.#datagramBytes;
  }

  #forget(): void {
    this.#datagramBytes = undefined;
    this.#refusedAt = Number.NEGATIVE_INFINITY;
  }

  #find(): number {
    const { receiver, family, largestPacket } = this.#settings;
    using socket = RouteSocket.open();
    const route = socket && findRoute(socket, receiver, family);
    if (route === undefined || !route.disciplines.isSubsetOf(WHOLE)) return 0;
    const headers = family === AF_INET ? HEADERS.ipv4 : HEADERS.ipv6;
    return Math.max(0, Math.min(route.mtu, largestPacket) - headers);
  }

  /** Until something changes, or for a while, there are no runs. */
  refuse(now: number): void {
    this.#forget();
    this.#refusedAt = now;
  }

  [Symbol.dispose](): void {
    this.#changes?.[Symbol.dispose]();
  }
}
