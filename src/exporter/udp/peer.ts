/**
 * @module Connects the socket to the receiver while that does no harm: the kernel then keeps the route, which it otherwise
 * looks up for each datagram, a quarter of what a short one costs.
 *
 * A connected socket keeps its source address and whatever a load balancer chose for it, so it is connected anew when
 * routes or addresses change, and every few seconds; and it hears of ICMP errors, which the shield of `local-errors.ts` keeps
 * away. Where one comes through, or the kernel refuses anything, each datagram names its destination again.
 */
import { connectPeer, disconnectPeer } from "../../os/udp-peer.ts";
import type { LocalErrors } from "./local-errors.ts";

/** How long a connection is kept, milliseconds. */
const RENEW_MS = 5000;
/** How long there is none after a failure, milliseconds. */
const LEFT_MS = 60_000;

/** What {@link Peer} is given. */
export interface PeerSettings {
  readonly fd: number;
  /** As `encodeSocketAddress` makes it. */
  readonly receiver: Uint8Array;
  readonly localErrors: LocalErrors;
}

/** The other end of the socket. */
export class Peer {
  readonly #settings: PeerSettings;
  #isConnected = false;
  #since = Number.NEGATIVE_INFINITY;
  #leftAt = Number.NEGATIVE_INFINITY;

  constructor(settings: PeerSettings) {
    this.#settings = settings;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Connects, or connects anew. @param isStale Whether the way there may be another one. @param now Milliseconds. */
  keep(isStale: boolean, now: number): void {
    if (this.#isConnected && !isStale && now - this.#since < RENEW_MS) return;
    if (now - this.#leftAt < LEFT_MS) return;
    const { fd, receiver, localErrors } = this.#settings;
    if (this.#isConnected) this.#disconnect();
    this.#since = now;
    this.#isConnected = connectPeer(fd, receiver);
    // The kernel gives an answer to the socket that was connected last.
    localErrors.renew();
    if (!this.#isConnected || !localErrors.areReported) this.leave(now);
  }

  /** Ends it, for a while. */
  leave(now: number): void {
    this.#leftAt = now;
    if (!this.#isConnected) return;
    this.#disconnect();
    this.#settings.localErrors.renew();
  }

  #disconnect(): void {
    this.#isConnected = false;
    // The shield has the same port, and the socket may have to be bound to it again.
    this.#settings.localErrors[Symbol.dispose]();
    disconnectPeer(this.#settings.fd);
  }
}
