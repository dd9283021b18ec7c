/** @module The asking side of gRPC: calls with one message, answered by one or by a stream. */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { type ConnectSettings, connect } from "./connection.ts";
import { frameMessage } from "./message.ts";
import { decodeBinary, decodeStatusMessage } from "./metadata.ts";
import { ForeignAnswerError, GrpcError, STATUS, type StatusCode } from "./status.ts";
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

/** Bytes of the headers of an answer. */
const MAX_HEADER_BYTES = 64 * 1024;

/** RFC 9113, section 7. */
const CANCEL = 8;

/** A connection and its calls. */
export class GrpcClient {
  readonly #session: ClientHttp2Session;
  readonly #messageBytes: number;
  readonly #timer: ReturnType<typeof setInterval>;
  #heardAt = performance.now();
  #pingedAt: number | undefined;
  /** Why the connection ended, as far as it is known. */
  #trouble = "the connection was lost";

  private constructor(session: ClientHttp2Session, messageBytes: number) {
    this.#session = session;
    this.#messageBytes = messageBytes;
    session.on("error", (error: Error) => {
      this.#trouble = `the connection was lost: ${error.message}`;
    });
    session.on("goaway", (code: number) => {
      this.#trouble =
        code === 0 ? "the server is going away" : `the server ended the connection (GOAWAY ${code})`;
    });
    session.on("close", () => clearInterval(this.#timer));
    this.#timer = setInterval(() => this.#checkAlive(), KEEPALIVE_TIMEOUT_MS);
    this.#timer.unref();
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
    const call = new ClientCall(stream, {
      listener,
      onHeard: () => {
        this.#heardAt = performance.now();
      },
      trouble: () => this.#trouble,
    });
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
    const timer = setTimeout(() => {
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

  /** Ends the connection and all its calls. Idempotent. */
  close(): void {
    clearInterval(this.#timer);
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
  readonly onHeard: () => void;
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
      onHeard();
      answer = headers;
      if (isRefused(headers)) stream.close(CANCEL);
      else listener.onAnswer?.(headers);
    });
    stream.on("trailers", (headers) => {
      trailers = headers;
    });
    stream.on("data", (piece: Uint8Array) => {
      onHeard();
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

/** Whether that is no answer of a gRPC server. */
function isRefused(headers: IncomingHttpHeaders): boolean {
  return Number(headers[":status"]) !== 200 || !/^application\/grpc\b/.test(headers["content-type"] ?? "");
}

/** How a call ended (grpc/grpc, doc/http-grpc-status-mapping.md). */
function endOf(
  answer: IncomingHttpHeaders | undefined,
  trailers: IncomingHttpHeaders | undefined,
  trouble: () => string,
): GrpcError | undefined {
  if (answer !== undefined && isRefused(answer)) {
    const status = Number(answer[":status"]);
    return new ForeignAnswerError(
      HTTP_STATUS[status] ?? STATUS.unknown,
      `what answers there is no gRPC server: HTTP status ${status}, content-type ${answer["content-type"] ?? "none"}`,
    );
  }
  const last = trailers ?? answer;
  const code = last?.["grpc-status"];
  if (code === undefined) return new GrpcError(STATUS.unavailable, trouble());
  if (code === "0") return undefined;
  const isKnown = /^(?:[1-9]|1[0-6])$/.test(String(code));
  return new GrpcError(
    isKnown ? (Number(code) as StatusCode) : STATUS.unknown,
    decodeStatusMessage(String(last?.["grpc-message"] ?? "").slice(0, MAX_HEADER_BYTES)),
    detailsOf(last),
  );
}

function detailsOf(headers: IncomingHttpHeaders | undefined): Uint8Array | undefined {
  const details = headers?.["grpc-status-details-bin"];
  return details === undefined ? undefined : decodeBinary(String(details).slice(0, MAX_HEADER_BYTES));
}

const HTTP_STATUS: Readonly<Record<number, StatusCode>> = {
  400: STATUS.internal,
  401: STATUS.unauthenticated,
  403: STATUS.permissionDenied,
  404: STATUS.unimplemented,
  429: STATUS.unavailable,
  502: STATUS.unavailable,
  503: STATUS.unavailable,
  504: STATUS.unavailable,
};
