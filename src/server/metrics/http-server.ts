/**
 * @module HTTP/1.1 for a page that anybody may ask for: a request on each connection, GET or HEAD, and nothing else. Whoever
 * connects is a stranger, so everything is bounded: connections, bytes and time of a request, bytes that wait to be read.
 *
 * The runtime's own HTTP servers let a peer that sends a header every few seconds stay for ever, and any number of them.
 */
import type { Socket, SocketListener } from "bun";
import type { ListenPlace } from "../../lib/grpc/peer-server.ts";
import type { Listener } from "../listen.ts";
import { type FindPage, readRequest, responseTo } from "./http-message.ts";

/** Limits of a server. */
export interface HttpLimits {
  /** Connections at once: the oldest goes when there is one more. */
  readonly connections: number;
  /** Bytes of a request, its headers included. */
  readonly requestBytes: number;
  /** Until a request is whole, and then until its answer has been taken. Milliseconds. */
  readonly requestMs: number;
  readonly responseMs: number;
  /** Bytes of all answers that wait to be read. */
  readonly waitingBytes: number;
}

export const HTTP_LIMITS: HttpLimits = {
  connections: 32,
  requestBytes: 8 * 1024,
  requestMs: 5_000,
  responseMs: 15_000,
  waitingBytes: 16 * 1024 * 1024,
};

/** What {@link HttpServer} is given. */
export interface HttpServerSettings {
  readonly limits?: HttpLimits;
  readonly find: FindPage;
}

/** One connection. */
interface Peer {
  request: string;
  /** The answer, as far as it has not left; `undefined` before there is one. */
  answer: Uint8Array | undefined;
  deadline: number;
}

/** How often is looked for peers whose time is over, milliseconds. */
const LOOK_MS = 500;

/** Listens, and answers once {@link open} was called. */
export class HttpServer implements Listener {
  readonly #limits: HttpLimits;
  readonly #find: HttpServerSettings["find"];
  /** In the order in which they came. */
  readonly #peers = new Map<Socket<undefined>, Peer>();
  #listener: SocketListener<undefined> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isOpen = false;

  constructor({ limits = HTTP_LIMITS, find }: HttpServerSettings) {
    this.#limits = limits;
    this.#find = find;
  }

  async listen(place: ListenPlace): Promise<number | undefined> {
    const socket = {
      open: (peer: Socket<undefined>) => this.#take(peer),
      data: (peer: Socket<undefined>, bytes: Buffer) => this.#read(peer, bytes),
      drain: (peer: Socket<undefined>) => this.#write(peer),
      close: (peer: Socket<undefined>) => this.#forget(peer),
      end: (peer: Socket<undefined>) => this.#hearEnd(peer),
      error: (peer: Socket<undefined>) => peer.terminate(),
    };
    if ("path" in place) {
      this.#listener = Bun.listen<undefined>({ unix: place.path, socket, allowHalfOpen: true });
      return undefined;
    }
    const { host: hostname = "::", port } = place;
    const listener = Bun.listen<undefined>({ hostname, port, socket, allowHalfOpen: true });
    this.#listener = listener;
    return listener.port;
  }

  /** Answers those who have asked, and everybody from now on. */
  open(): void {
    this.#isOpen = true;
    for (const [socket, peer] of this.#peers) this.#answer(socket, peer);
  }

  /** Closes everything. Idempotent. */
  close(): void {
    this.#listener?.stop(true);
    for (const socket of this.#peers.keys()) socket.terminate();
    this.#peers.clear();
    this.#stopLooking();
  }

  get connections(): number {
    return this.#peers.size;
  }

  #take(socket: Socket<undefined>): void {
    if (this.#peers.size >= this.#limits.connections) this.#dropOldest();
    this.#peers.set(socket, {
      request: "",
      answer: undefined,
      deadline: performance.now() + this.#limits.requestMs,
    });
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  #read(socket: Socket<undefined>, bytes: Buffer): void {
    const peer = this.#peers.get(socket);
    // What comes behind a request is not read: there is one on each connection.
    if (peer === undefined || peer.answer !== undefined) return;
    const room = this.#limits.requestBytes - peer.request.length;
    peer.request += bytes.toString("latin1", 0, room + 1);
    this.#answer(socket, peer);
  }

  #answer(socket: Socket<undefined>, peer: Peer): void {
    if (!this.#isOpen || peer.answer !== undefined) return;
    const request = readRequest(peer.request, this.#limits.requestBytes);
    if (request === undefined) return;
    peer.answer = responseTo(request, this.#find);
    peer.request = "";
    peer.deadline = performance.now() + this.#limits.responseMs;
    this.#write(socket);
    this.#boundWaiting();
  }

  #write(socket: Socket<undefined>): void {
    const peer = this.#peers.get(socket);
    if (peer?.answer === undefined) return;
    if (peer.answer.length > 0) {
      const written = socket.write(peer.answer);
      if (written < 0) return void socket.terminate();
      peer.answer = peer.answer.subarray(written);
    }
    if (peer.answer.length === 0) socket.end();
  }

  #boundWaiting(): void {
    let sum = 0;
    for (const { answer } of this.#peers.values()) sum += answer?.length ?? 0;
    while (sum > this.#limits.waitingBytes) {
      const [oldest] = [...this.#peers].filter(([, { answer }]) => (answer?.length ?? 0) > 0);
      if (oldest === undefined) return;
      sum -= oldest[1].answer!.length;
      this.#drop(oldest[0]);
    }
  }

  /** One that sends no more still gets its answer. */
  #hearEnd(socket: Socket<undefined>): void {
    const peer = this.#peers.get(socket);
    const isDone = peer?.answer === undefined ? this.#isOpen : peer.answer.length === 0;
    if (isDone) this.#drop(socket);
  }

  #dropOldest(): void {
    const [oldest] = this.#peers.keys();
    if (oldest !== undefined) this.#drop(oldest);
  }

  #drop(socket: Socket<undefined>): void {
    this.#forget(socket);
    socket.terminate();
  }

  #look(): void {
    const now = performance.now();
    for (const [socket, { deadline }] of this.#peers) if (now > deadline) this.#drop(socket);
  }

  #forget(socket: Socket<undefined>): void {
    this.#peers.delete(socket);
    if (this.#peers.size === 0) this.#stopLooking();
  }

  #stopLooking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
