/** @module The asking side of gRPC: calls with one message, answered by one or by a stream. */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { AnswerGuard } from "./answer-guard.ts";
import { endOf, isRefused } from "./call-end.ts";
import { type Connection, type ConnectSettings, connect } from "./connection.ts";
import { frameMessage } from "./message.ts";
import { GrpcError, STATUS } from "./status.ts";
import { UnaryAnswer } from "./unary-answer.ts";

/** Takes what comes of a call. */
export interface CallListener {
  /** The server has begun to answer. */
  onAnswer?(headers: IncomingHttpHeaders): void;
  /** The next bytes of the answer: messages with their prefixes, cut anywhere. They are the listener's. */
  onPiece(piece: Uint8Array): void;
  /** The call is over: `undefined` for a good end. Called once, last. */
  onEnd(error: GrpcError | undefined): void;
}

/** How a call is made. */
export interface CallOptions {
  /** Further metadata; names in lower case. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** How the request has been compressed. @default it has not */
  readonly encoding?: "gzip" | "zstd" | undefined;
}

/** What a {@link GrpcClient} is given. */
export interface ClientSettings extends ConnectSettings {
  /** Bytes of one message at most. */
  readonly messageBytes: number;
}

/**
 * Silence after which the server is asked for a sign of life. Go's gRPC servers end connections that ask more often than
 * every five minutes (`keepalive.EnforcementPolicy.MinTime`).
 */
const KEEPALIVE_MS = 5 * 60_000 + 10_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** How often it is looked at what a server sends beside its answers. */
const FLOOD_CHECK_MS = 500;
/** A server that goes says so twice. */
const MOST_GOODBYES = 8;

/** RFC 9113, section 7. */
const CANCEL = 8;

/** A connection and its calls. */
export class GrpcClient {
  readonly #session: ClientHttp2Session;
  readonly #takenBytes: Connection["takenBytes"];
  readonly #guard = new AnswerGuard(performance.now());
  readonly #messageBytes: number;
  readonly #timers: readonly ReturnType<typeof setInterval>[];
  #heardAt = performance.now();
  #pingedAt: number | undefined;
  #isSilent = false;
  /** The server takes no more calls; those that are under way may end well. */
  #isGoing = false;
  /** Calls that have not ended, and who waits for their end. */
  #calls = 0;
  #onIdle: (() => void) | undefined;
  /** Why the connection ended, as far as it is known. */
  #trouble = "the connection was lost";

  private constructor({ session, takenBytes }: Connection, messageBytes: number) {
    this.#session = session;
    this.#takenBytes = takenBytes;
    this.#messageBytes = messageBytes;
    session.on("error", (error: Error) => {
      this.#trouble = `the connection was lost: ${error.message}`;
    });
    let goodbyes = 0;
    session.on("goaway", (code: number) => {
      if (++goodbyes > MOST_GOODBYES) return this.#endFlood();
      this.#isGoing = true;
      this.#trouble =
        code === 0 ? "the server is going away" : `the server ended the connection (GOAWAY ${code})`;
    });
    session.on("close", () => this.#stopTimers());
    this.#timers = [
      setInterval(() => this.#checkAlive(), KEEPALIVE_TIMEOUT_MS),
      setInterval(() => this.#checkFlood(), FLOOD_CHECK_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** @throws ConnectionError as {@link connect}. */
  static async connect(settings: ClientSettings): Promise<GrpcClient> {
    return new GrpcClient(await connect(settings), settings.messageBytes);
  }

  /**
   * Calls a method with one message.
   * @param path `/tetragon.FineGuidanceSensors/GetEvents`.
   * @param request Without prefix.
   */
  call(
    path: string,
    request: Uint8Array,
    listener: CallListener,
    { metadata = {}, encoding }: CallOptions = {},
  ): ClientCall {
    const stream = this.#session.request(
      {
        ...metadata,
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc",
        te: "trailers",
        "grpc-accept-encoding": "identity",
        ...(encoding !== undefined && { "grpc-encoding": encoding }),
      },
      { endStream: false },
    );
    this.#calls++;
    stream.on("close", () => {
      if (--this.#calls === 0) this.#onIdle?.();
    });
    const call = new ClientCall(stream, {
      listener,
      onHeard: (bytes) => {
        this.#heardAt = performance.now();
        this.#guard.noteData(bytes);
        this.#isSilent = false;
      },
      trouble: () => this.#trouble,
    });
    this.#guard.noteCall(request.length);
    const framed = frameMessage(request);
    framed[0] = Number(encoding !== undefined);
    stream.end(framed);
    return call;
  }

  /**
   * Calls a method that answers once.
   * @returns The message.
   * @throws GrpcError where it does not: `DEADLINE_EXCEEDED` after `timeoutMs` milliseconds.
   */
  async unary(
    path: string,
    request: Uint8Array,
    timeoutMs: number,
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const answer = new UnaryAnswer(this.#messageBytes, options.encoding !== undefined);
    const listener: CallListener = {
      onAnswer: (headers) => answer.begin(headers),
      onPiece(piece) {
        try {
          answer.add(piece);
        } catch (error) {
          reject(error);
          call.cancel();
        }
      },
      onEnd(error) {
        if (error !== undefined) return reject(error);
        try {
          resolve(answer.message());
        } catch (cause) {
          reject(cause);
        }
      },
    };
    const call = this.call(path, request, listener, options);
    const calledAt = performance.now();
    const timer = setTimeout(() => {
      this.#isSilent = this.#heardAt < calledAt;
      reject(new GrpcError(STATUS.deadlineExceeded, `no answer for ${timeoutMs / 1000} s`));
      call.cancel();
    }, timeoutMs);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether no more calls can be made. */
  get isClosed(): boolean {
    return this.#session.destroyed || this.#session.closed;
  }

  /** Whether another connection is better for the next call: this one has ended, or the server has said that it goes. */
  get isLeft(): boolean {
    return this.isClosed || this.#isGoing;
  }

  /** Whether a call has run out of time, and nothing was heard while it lasted: there may be nobody any more. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Ends the connection as soon as its calls have ended. Nobody may make another one. */
  async retire(): Promise<void> {
    if (this.#calls > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onIdle = resolve;
      await promise;
    }
    this.close();
  }

  /** Ends the connection and all its calls. Idempotent. */
  close(): void {
    this.#stopTimers();
    this.#session.destroy();
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #checkFlood(): void {
    const taken = this.#session.destroyed ? undefined : this.#takenBytes();
    if (taken !== undefined && this.#guard.isFlood(taken, performance.now())) this.#endFlood();
  }

  #endFlood(): void {
    this.#trouble = "the connection was ended: the server floods it with what is no answer";
    this.#session.destroy();
  }

  /** A peer that is gone without a word never ends a call by itself. */
  #checkAlive(): void {
    const now = performance.now();
    if (this.#pingedAt !== undefined) {
      if (now - this.#pingedAt < KEEPALIVE_TIMEOUT_MS) return;
      this.#trouble = "the server is silent";
      this.#session.destroy();
      return;
    }
    if (now - this.#heardAt < KEEPALIVE_MS || this.#session.destroyed) return;
    this.#pingedAt = now;
    this.#session.ping(() => {
      this.#pingedAt = undefined;
      this.#heardAt = performance.now();
    });
  }
}

/** What a call knows of its connection. */
interface CallSettings {
  readonly listener: CallListener;
  /** @param bytes Of the answer's data. */
  readonly onHeard: (bytes: number) => void;
  readonly trouble: () => string;
}

/** A call that is under way. */
export class ClientCall {
  readonly #stream: ClientHttp2Stream;

  constructor(stream: ClientHttp2Stream, { listener, onHeard, trouble }: CallSettings) {
    this.#stream = stream;
    let answer: IncomingHttpHeaders | undefined;
    let trailers: IncomingHttpHeaders | undefined;
    stream.on("response", (headers) => {
      onHeard(0);
      answer = headers;
      if (isRefused(headers)) stream.close(CANCEL);
      else listener.onAnswer?.(headers);
    });
    stream.on("trailers", (headers) => {
      trailers = headers;
    });
    stream.on("data", (piece: Uint8Array) => {
      onHeard(piece.length);
      listener.onPiece(piece);
    });
    // The end says it.
    stream.on("error", () => {});
    stream.on("close", () => listener.onEnd(endOf(answer, trailers, trouble)));
  }

  /** Takes no more than the window allows to come. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Ends the call. Idempotent. */
  cancel(): void {
    if (!this.#stream.closed) this.#stream.close(CANCEL);
  }
}
