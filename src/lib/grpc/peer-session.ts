/** @module One connection of a server: how far its handshake is, and whether its peer is still there. */
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { PeerLimits } from "./limits.ts";

/** A connection, from its first byte on. */
export class PeerSession {
  /** Who it is, for the log: `127.0.0.1:40112`, or `unix`. */
  readonly peer: string;
  readonly #socket: Socket;
  readonly #limits: PeerLimits;
  readonly #onTrouble: (reason: string) => void;
  readonly #handshake: ReturnType<typeof setTimeout>;
  #http2: ServerHttp2Session | undefined;
  #calls = 0;
  #idleSince = performance.now();
  #nextPing: number;
  /** When the peer has to have answered. */
  #answerDue = Number.POSITIVE_INFINITY;

  /** @param onTrouble Takes why the connection was ended, for the log. */
  constructor(socket: Socket, limits: PeerLimits, onTrouble: (reason: string) => void) {
    this.peer = socket.remoteAddress === undefined ? "unix" : `${socket.remoteAddress}:${socket.remotePort}`;
    this.#socket = socket;
    this.#limits = limits;
    this.#onTrouble = onTrouble;
    this.#nextPing = performance.now() + limits.keepaliveMs;
    this.#handshake = setTimeout(() => this.#end("handshake took too long"), limits.handshakeMs);
    this.#handshake.unref();
    socket.on("close", () => clearTimeout(this.#handshake));
  }

  /** Calls that are under way. */
  get calls(): number {
    return this.#calls;
  }

  /** Since when there has been no call: `performance.now()`. */
  get idleSince(): number {
    return this.#idleSince;
  }

  /** HTTP/2 begins. */
  attach(http2: ServerHttp2Session): void {
    this.#http2 = http2;
    http2.on("error", (error) => this.#onTrouble(error.message));
    // The peer's settings are the first that it says.
    http2.once("remoteSettings", () => clearTimeout(this.#handshake));
  }

  /** A call begins. */
  note(stream: ServerHttp2Stream): void {
    this.#calls++;
    stream.on("close", () => {
      this.#calls--;
      this.#idleSince = performance.now();
    });
  }

  /** Asks the peer for a sign of life, or ends the connection that has not given one. @param now `performance.now()`. */
  checkAlive(now: number): void {
    if (now >= this.#answerDue) {
      this.#end("peer is silent");
      return;
    }
    if (now < this.#nextPing || this.#http2 === undefined || this.#http2.destroyed) return;
    const { keepaliveMs, keepaliveTimeoutMs } = this.#limits;
    this.#nextPing = now + keepaliveMs + keepaliveTimeoutMs;
    this.#answerDue = now + keepaliveTimeoutMs;
    this.#http2.ping(() => {
      this.#answerDue = Number.POSITIVE_INFINITY;
    });
  }

  /** Tells the peer that no more calls are taken. */
  leave(): void {
    if (this.#http2 === undefined) this.destroy();
    else if (!this.#http2.closed && !this.#http2.destroyed) this.#http2.close();
  }

  /** Closes the connection at once. Idempotent. */
  destroy(): void {
    clearTimeout(this.#handshake);
    this.#http2?.destroy();
    this.#socket.destroy();
  }

  #end(reason: string): void {
    this.#onTrouble(reason);
    this.destroy();
  }
}
