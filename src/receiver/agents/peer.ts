/** @module Addresses that datagrams come from, and how many came from each. */

/** Where datagrams come from. */
export interface Peer {
  /** Address and port, as they are written together. */
  readonly name: string;
  readonly address: string;
  /** Datagrams that came. */
  received: number;
  /** When the last one came, milliseconds. */
  lastSeenAt: number;
  /** Records of agents that count by it. */
  users: number;
}

/** Addresses that no agent counts by: so many are remembered, those that were heard of last. */
const MAX_UNUSED = 4096;

/** All addresses. */
export class Peers {
  readonly #used = new Map<string, Peer>();
  readonly #unused = new Map<string, Peer>();
  #last: Peer | undefined;
  #lastAddress = "";
  #lastPort = 0;

  /** Counts a datagram. @param now Milliseconds. */
  count(address: string, port: number, now: number): Peer {
    const isSame = this.#last !== undefined && port === this.#lastPort && address === this.#lastAddress;
    const peer = isSame ? this.#last! : this.#find(address, port);
    this.#last = peer;
    this.#lastAddress = address;
    this.#lastPort = port;
    peer.received++;
    peer.lastSeenAt = now;
    return peer;
  }

  /** One more agent counts by it. */
  use(peer: Peer): void {
    peer.users++;
    this.#unused.delete(peer.name);
    this.#used.set(peer.name, peer);
  }

  /** One agent less counts by it. */
  release(peer: Peer): void {
    if (--peer.users > 0) return;
    this.#used.delete(peer.name);
    this.#remember(peer);
  }

  #find(address: string, port: number): Peer {
    const name = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
    const used = this.#used.get(name);
    if (used !== undefined) return used;
    const peer = this.#unused.get(name) ?? { name, address, received: 0, lastSeenAt: 0, users: 0 };
    this.#remember(peer);
    return peer;
  }

  #remember(peer: Peer): void {
    this.#unused.delete(peer.name);
    this.#unused.set(peer.name, peer);
    if (this.#unused.size <= MAX_UNUSED) return;
    for (const oldest of this.#unused.keys()) {
      this.#unused.delete(oldest);
      return;
    }
  }
}
