/** @module One connection of a server: how far its handshake is, and whether its peer is still there. */
import type { Socket } from "bun";
import { ServerConnection } from "../http2/server-connection.ts";
import type { PeerServerSettings } from "./peer-settings.ts";

/** Header fields of one call. */
const MAX_HEADERS = 64;
/** How long a peer may take to close its side of a connection that is over, milliseconds. */
const LINGER_MS = 1000;

const now = () => performance.now();

/** A connection, from its first byte on. */
export class PeerSession {
  /** Who it is, for the log: `127.0.0.1:40112`, or `unix`. */
  readonly peer: string;
  /** The connection, or TLS on it. */
  #socket: Socket<unknown>;
  readonly #settings: PeerServerSettings;
  #timer: ReturnType<typeof setTimeout>;
  #http2: ServerConnection | undefined;
  #isClosed = false;
  #idleSince = now();
  #nextPing: number;
  /** When the peer has to have answered. */
  #answerDue = Number.POSITIVE_INFINITY;

  constructor(socket: Socket<unknown>, settings: PeerServerSettings) {
    const { limits } = settings;
    this.peer = peerOf(socket);
    this.#socket = socket;
    this.#settings = settings;
    this.#nextPing = now() + limits.keepaliveMs;
    this.#timer = setTimeout(() => this.refuse("handshake took too long"), limits.handshakeMs);
    this.#timer.unref();
  }

  /** Calls that are under way. */
  get calls(): number {
    return this.#http2?.streams ?? 0;
  }

  /** Since when there has been no call: `performance.now()`. */
  get idleSince(): number {
    return this.#idleSince;
  }

  /** TLS begins. */
  secured(socket: Socket<unknown>): void {
    this.#socket = socket;
  }

  /** HTTP/2 begins. */
  begin(): void {
    const socket = this.#socket;
    const { limits, onStream } = this.#settings;
    this.#http2 = new ServerConnection({
      transport: {
        write: (bytes, from, length) => socket.write(bytes, from, length),
        end: () => this.#endSocket(),
      },
      headers: { bytes: limits.headerBytes, fields: MAX_HEADERS },
      streams: limits.callsPerConnection,
      onStream: (stream, headers) => onStream(stream, headers, this.peer),
      onReady: () => clearTimeout(this.#timer),
      onIdle: () => {
        this.#idleSince = now();
      },
      onEnd: (reason) => {
        if (reason !== undefined) this.#settings.onTrouble(this.peer, reason);
      },
      now,
    });
  }

  receive(piece: Uint8Array): void {
    this.#http2?.receive(piece);
  }

  drained(): void {
    this.#http2?.drained();
  }

  /** The socket is closed. */
  closed(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#http2?.closed();
  }

  /** Asks the peer for a sign of life, or ends the connection that has not given one. @param time `performance.now()`. */
  checkAlive(time: number): void {
    if (time >= this.#answerDue) {
      this.refuse("peer is silent");
      return;
    }
    if (time < this.#nextPing || this.#http2 === undefined || this.#http2.isOver) return;
    const { keepaliveMs, keepaliveTimeoutMs } = this.#settings.limits;
    this.#nextPing = time + keepaliveMs + keepaliveTimeoutMs;
    this.#answerDue = time + keepaliveTimeoutMs;
    this.#http2.ping(() => {
      this.#answerDue = Number.POSITIVE_INFINITY;
    });
  }

  /** Tells the peer that no more calls are taken. */
  leave(): void {
    if (this.#http2 === undefined) this.destroy();
    else this.#http2.leave();
  }

  /** Ends the connection. @param reason For the log. */
  refuse(reason: string): void {
    if (this.#isClosed) return;
    this.#settings.onTrouble(this.peer, reason);
    this.destroy();
  }

  /** Closes the connection at once. Idempotent. */
  destroy(): void {
    if (this.#isClosed) return;
    this.closed();
    this.#socket.terminate();
  }

  /** Closes the connection. What was sent arrives if the peer reads it before long. Idempotent. */
  end(): void {
    if (this.#http2 === undefined) this.destroy();
    else this.#http2.closed();
  }

  #endSocket(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#socket.end();
    this.#timer = setTimeout(() => this.#socket.terminate(), LINGER_MS);
    this.#timer.unref();
  }
}

/** Who is at the other end, for the log. */
export function peerOf({ remoteAddress, remotePort }: Socket<unknown>): string {
  return remoteAddress === undefined ? "unix" : `${remoteAddress}:${remotePort}`;
}
