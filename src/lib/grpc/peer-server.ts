/**
 * @module Listens for HTTP/2, plain or within TLS, and bounds what strangers can take: connections, handshakes that never
 * end, peers that have gone silently. What a connection may send, `http2/` bounds.
 */
import type { Socket, SocketHandler, SocketListener } from "bun";
import { PeerSession, peerOf } from "./peer-session.ts";
import type { PeerServerSettings, PeerTls } from "./peer-settings.ts";
import { secureSocket } from "./peer-tls.ts";

/** A place to listen on. */
export type ListenPlace =
  | { readonly host: string; readonly port: number }
  /** Made with permissions for owner and group. */
  | { readonly path: string };

/** What the types of a socket lack. */
interface PausableSocket {
  pause(): void;
  resume(): void;
}

/** The kernel asks a peer that is silent for so long whether it is there, milliseconds. */
const TCP_KEEPALIVE_MS = 30_000;

/** A server of HTTP/2. Made once, opened once. */
export class PeerServer {
  readonly #settings: PeerServerSettings;
  readonly #sessions = new Map<Socket<undefined>, PeerSession>();
  /** Connections that came before {@link open}: nothing of them is read. */
  readonly #waiting = new Set<Socket<undefined>>();
  #tls: PeerTls | undefined;
  #listener: SocketListener<undefined> | undefined;
  #isOpen = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(settings: PeerServerSettings) {
    this.#settings = settings;
    this.#tls = settings.tls;
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#sessions.size;
  }

  /**
   * Listens. Peers wait until {@link open}.
   * @returns The port, where there is one.
   * @throws The system's error, such as `EADDRINUSE`.
   */
  async listen(place: ListenPlace): Promise<number | undefined> {
    const socket: SocketHandler<undefined> = {
      open: (peer) => this.#take(peer),
      data: (peer, bytes) => {
        if (this.#tls === undefined) this.#sessions.get(peer)?.receive(bytes);
      },
      drain: (peer) => this.#sessions.get(peer)?.drained(),
      close: (peer) => this.#forget(peer),
      error: (_, error) => this.#settings.onInternalError(error),
    };
    if ("path" in place) {
      this.#listener = Bun.listen<undefined>({ unix: place.path, socket });
      return undefined;
    }
    const { host: hostname = "::", port } = place;
    const listener = Bun.listen<undefined>({ hostname, port, socket });
    this.#listener = listener;
    return listener.port;
  }

  /** Lets peers in. */
  open(): void {
    this.#isOpen = true;
    for (const socket of this.#waiting) {
      this.#admit(socket);
      pausable(socket).resume();
    }
    this.#waiting.clear();
    const { keepaliveMs, keepaliveTimeoutMs } = this.#settings.limits;
    this.#timer = setInterval(() => {
      const now = performance.now();
      for (const session of this.#sessions.values()) session.checkAlive(now);
    }, Math.min(keepaliveMs, keepaliveTimeoutMs) / 4);
    this.#timer.unref();
  }

  /** Shows this certificate from now on; connections that there are go on. */
  useTls(tls: PeerTls): void {
    this.#tls = tls;
  }

  /** Takes no new connections and calls, and tells peers so. */
  leave(): void {
    this.#listener?.stop(false);
    for (const session of this.#sessions.values()) session.leave();
  }

  /** Closes everything. Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#listener?.stop(false);
    for (const socket of this.#waiting) socket.terminate();
    for (const session of this.#sessions.values()) session.end();
  }

  #take(socket: Socket<undefined>): void {
    if (this.#isOpen) this.#admit(socket);
    else if (this.#waiting.size >= this.#settings.limits.connections) socket.terminate();
    else {
      pausable(socket).pause();
      this.#waiting.add(socket);
    }
  }

  #admit(socket: Socket<undefined>): void {
    const { limits, onTrouble, onInternalError } = this.#settings;
    if (this.#sessions.size >= limits.connections && !this.#evict()) {
      onTrouble(peerOf(socket), `more than ${limits.connections} connections`);
      socket.terminate();
      return;
    }
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    const session = new PeerSession(socket, this.#settings);
    this.#sessions.set(socket, session);
    if (this.#tls === undefined) session.begin();
    else secureSocket(socket, this.#tls, { session, onInternalError });
  }

  #forget(socket: Socket<undefined>): void {
    this.#waiting.delete(socket);
    this.#sessions.get(socket)?.closed();
    this.#sessions.delete(socket);
  }

  /** Makes room: the connection goes that has had no call for longest. @returns Whether there was one. */
  #evict(): boolean {
    let oldest: [Socket<undefined>, PeerSession] | undefined;
    for (const entry of this.#sessions) {
      const [, session] = entry;
      if (session.calls > 0) continue;
      if (oldest === undefined || session.idleSince < oldest[1].idleSince) oldest = entry;
    }
    if (oldest === undefined) return false;
    this.#sessions.delete(oldest[0]);
    oldest[1].destroy();
    return true;
  }
}

function pausable(socket: Socket<undefined>): PausableSocket {
  return socket as unknown as PausableSocket;
}
