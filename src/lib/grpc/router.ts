/** @module From an HTTP/2 stream to the method that it calls. */

import { ERROR } from "../http2/protocol.ts";
import type { HeaderMap } from "../http2/request-headers.ts";
import type { ServerStream } from "../http2/server-stream.ts";
import { ServerCall } from "./call.ts";
import type { PeerLimits } from "./limits.ts";
import { frameMessage } from "./message.ts";
import { MessageReader } from "./message-reader.ts";
import { parseTimeout } from "./metadata.ts";
import { GrpcError, STATUS } from "./status.ts";
import { WaitingAnswers } from "./waiting-answers.ts";

/** Answers a request with one message, or throws {@link GrpcError}. */
export interface UnaryMethod {
  readonly kind: "unary";
  handle(request: Uint8Array, call: ServerCall): Uint8Array | Promise<Uint8Array>;
}

/** Answers a request by as many messages as it likes, and ends the call. */
export interface StreamMethod {
  readonly kind: "stream";
  /** @throws GrpcError that ends the call. */
  handle(request: Uint8Array, call: ServerCall): void | Promise<void>;
}

/** Answers each of many requests by one message. */
export interface DialogueMethod {
  readonly kind: "dialogue";
  handle(request: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

export type Method = UnaryMethod | StreamMethod | DialogueMethod;

/** What a router is given. */
export interface RouterSettings {
  readonly limits: PeerLimits;
  /** Finds the method with this path, `/package.Service/Method`. May load what answers it. */
  readonly find: (path: string) => Method | undefined | Promise<Method | undefined>;
  /** Takes an error of our own, which ended a call. */
  readonly onInternalError: (error: unknown) => void;
}

/** Requests that a peer may send ahead in a dialogue. */
const MAX_AHEAD = 16;

/** Reads requests and hands them to methods. */
export class Router {
  readonly #settings: RouterSettings;
  readonly #answers: WaitingAnswers;
  /** Bytes of requests that wait, of all calls. */
  #pendingBytes = 0;

  constructor(settings: RouterSettings) {
    this.#settings = settings;
    this.#answers = new WaitingAnswers(settings.limits);
  }

  /** Takes a new stream. @param peer Who called, for the log. */
  accept(stream: ServerStream, headers: HeaderMap, peer: string): void {
    const refusal = refusalOf(headers);
    if (refusal !== undefined) {
      stream.end([[":status", String(refusal)]]);
      // What follows of it is not wanted.
      if (!stream.hasPeerEnded) stream.reset(ERROR.none);
      return;
    }
    const call = new ServerCall(stream, { path: headers.get(":path") ?? "", peer });
    const encoding = headers.get("grpc-encoding");
    if (encoding !== undefined && encoding !== "identity") {
      // grpc/doc/compression.md: a client learns what it may send instead.
      call.begin({ "grpc-accept-encoding": "identity" });
      call.end(STATUS.unimplemented, `Cannot read messages in "${encoding}": needs "identity"`);
      return;
    }
    const timeoutMs = parseTimeout(headers.get("grpc-timeout") ?? "");
    if (timeoutMs !== undefined) call.limit(timeoutMs);
    void this.#serve(stream, call);
  }

  async #serve(stream: ServerStream, call: ServerCall): Promise<void> {
    const requests = new Requests(stream, this.#settings.limits, (bytes) => this.#takeRoom(bytes));
    call.onClose(() => requests.close());
    try {
      const method = await this.#settings.find(call.path);
      if (method === undefined)
        throw new GrpcError(STATUS.unimplemented, `There is no method "${call.path}"`);
      if (method.kind === "dialogue") await this.#converse(method, requests, call);
      else await this.#answer(method, requests, call);
    } catch (error) {
      const isOurs = error instanceof GrpcError;
      if (!isOurs) this.#settings.onInternalError(error);
      call.end(isOurs ? error.code : STATUS.internal, isOurs ? error.message : "Internal error");
    } finally {
      requests.close();
    }
    // A stream that goes on looks after itself.
    if (call.isClosed) void this.#answers.watch(call);
  }

  async #answer(method: UnaryMethod | StreamMethod, requests: Requests, call: ServerCall): Promise<void> {
    const request = await requests.next();
    if (request === undefined) throw new GrpcError(STATUS.internal, "There is no request");
    if (method.kind === "stream") {
      await method.handle(request, call);
      return;
    }
    const answer = await method.handle(request, call);
    call.write(frameMessage(answer));
    call.end();
  }

  async #converse(method: DialogueMethod, requests: Requests, call: ServerCall): Promise<void> {
    call.begin();
    for (let request = await requests.next(); request !== undefined; request = await requests.next()) {
      call.write(frameMessage(await method.handle(request)));
      // Who does not read the answers is asked no further.
      await this.#answers.watch(call);
      if (call.isClosed) return;
    }
    call.end();
  }

  #takeRoom(bytes: number): boolean {
    if (bytes > 0 && this.#pendingBytes + bytes > this.#settings.limits.pendingBytes) return false;
    this.#pendingBytes += bytes;
    return true;
  }
}

/** The HTTP status for what is no gRPC. */
function refusalOf(headers: HeaderMap): number | undefined {
  if (headers.get(":method") !== "POST") return 405;
  return /^application\/grpc(?:$|[+;])/.test(headers.get("content-type") ?? "") ? undefined : 415;
}

/** The requests of one call, in order. */
class Requests {
  readonly #reader: MessageReader;
  readonly #takeRoom: (bytes: number) => boolean;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #ready: Uint8Array[] = [];
  #readyBytes = 0;
  #room = 0;
  #hasEnded = false;
  #error: GrpcError | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: ServerStream, limits: PeerLimits, takeRoom: (bytes: number) => boolean) {
    this.#reader = new MessageReader(limits.messageBytes);
    this.#takeRoom = takeRoom;
    this.#timer = setTimeout(() => {
      this.#fail(new GrpcError(STATUS.deadlineExceeded, "The request took too long"));
    }, limits.requestMs);
    this.#timer.unref();
    stream.onData = (piece) => this.#add(piece);
    stream.onEnd = () => this.#finish();
    if (stream.hasPeerEnded) this.#finish();
  }

  /** The next request; `undefined` after the last one. @throws GrpcError for one that cannot be read. */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#ready.length === 0 && !this.#hasEnded && this.#error === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    const request = this.#ready.shift();
    if (request !== undefined) this.#giveBack(request.length);
    if (request === undefined && this.#error !== undefined) throw this.#error;
    return request;
  }

  /** Lets go of everything. Idempotent. */
  close(): void {
    clearTimeout(this.#timer);
    this.#ready.length = 0;
    this.#readyBytes = 0;
    this.#takeRoom(-this.#room);
    this.#room = 0;
    this.#finish();
  }

  #add(piece: Uint8Array): void {
    if (this.#hasEnded || this.#error !== undefined) return;
    try {
      const messages = this.#reader.add(piece);
      if (messages.length > 0) clearTimeout(this.#timer);
      if (this.#ready.length + messages.length > MAX_AHEAD)
        throw new GrpcError(STATUS.resourceExhausted, "Too many requests at once");
      const readyBytes = messages.reduce((sum, { length }) => sum + length, this.#readyBytes);
      const held = this.#reader.pendingBytes + readyBytes;
      if (!this.#takeRoom(held - this.#room))
        throw new GrpcError(STATUS.resourceExhausted, "Too many requests are under way");
      this.#room = held;
      this.#readyBytes = readyBytes;
      this.#ready.push(...messages);
    } catch (error) {
      this.#fail(error as GrpcError);
      return;
    }
    if (this.#ready.length > 0) this.#wakeUp();
  }

  #giveBack(bytes: number): void {
    this.#takeRoom(-bytes);
    this.#room -= bytes;
    this.#readyBytes -= bytes;
  }

  #fail(error: GrpcError): void {
    if (this.#hasEnded) return;
    // What follows is of no use: it is read and forgotten until the call has ended.
    this.#error = error;
    this.#wakeUp();
  }

  #finish(): void {
    this.#hasEnded = true;
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
