/**
 * @module The way to the receiver, as far as the kernel says: whether datagrams may leave as runs (`os/datagram-sender.ts`),
 * how large they may be then, and whether the socket may be connected. The kernel is asked again when routes, interfaces
 * or queues have changed.
 *
 * What carries a run must take all of it or none. Most queueing disciplines do; some cut it into its datagrams first, and
 * drop some of them without a word. Then, and wherever the kernel does not say, each datagram walks alone.
 */
import { CHANGES, RouteSocket } from "../../os/netlink.ts";
import { cutsMessages, findRoute, type Route } from "../../os/route.ts";
import { type AddressFamily, AF_INET } from "../../os/socket-address.ts";
import type { SendPath } from "./messages.ts";
import { Peer, type PeerSettings } from "./peer.ts";

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
/** How long there are no runs after the kernel refused one, milliseconds. */
const REFUSED_MS = 60_000;

/** A way that is asked about. */
export interface PathSettings extends PeerSettings {
  readonly family: AddressFamily;
  /** Bytes of an IP packet that the socket keeps to, whatever the path takes. */
  readonly largestPacket: number;
  /** `--udp-segmentation`: whether runs are wanted. */
  readonly wantsRuns: boolean;
}

/** The way of one socket to one receiver. */
export class Path implements SendPath, Disposable {
  readonly #settings: PathSettings;
  /** Tells of changes; without it nothing is known. */
  readonly #changes: RouteSocket | undefined = RouteSocket.open(CHANGES);
  readonly #peer: Peer;
  readonly #mayCut: boolean;
  #isAsked = false;
  #route: Route | undefined;
  #refusedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: PathSettings) {
    this.#settings = settings;
    this.#peer = new Peer(settings);
    this.#mayCut = settings.wantsRuns && cutsMessages(settings.family);
  }

  look(now: number): void {
    if (this.#changes === undefined) return;
    const hasChanged = this.#changes.hasChanged();
    if (hasChanged) this.#refusedAt = Number.NEGATIVE_INFINITY;
    if (hasChanged || !this.#isAsked) this.#ask();
    if (this.#route !== undefined) this.#peer.keep(hasChanged, now);
    else if (this.#peer.isConnected) this.#peer.leave(now);
  }

  #ask(): void {
    this.#isAsked = true;
    using socket = RouteSocket.open();
    this.#route = socket && findRoute(socket, this.#settings.receiver, this.#settings.family);
  }

  get isConnected(): boolean {
    return this.#peer.isConnected;
  }

  disconnect(now: number): void {
    this.#peer.leave(now);
  }

  datagramBytes(now: number): number {
    if (!this.#mayCut || this.#route === undefined || now - this.#refusedAt < REFUSED_MS) return 0;
    const { mtu, disciplines } = this.#route;
    if (!disciplines.isSubsetOf(WHOLE)) return 0;
    const headers = this.#settings.family === AF_INET ? HEADERS.ipv4 : HEADERS.ipv6;
    return Math.max(0, Math.min(mtu, this.#settings.largestPacket) - headers);
  }

  refuse(now: number): void {
    this.#refusedAt = now;
    this.#isAsked = false;
  }

  [Symbol.dispose](): void {
    this.#changes?.[Symbol.dispose]();
  }
}
