/** @module OTLP over gRPC (https://opentelemetry.io/docs/specs/otlp/#otlpgrpc). */
import type { ConsolaInstance } from "consola";
import { readExportResponse, readRpcStatus } from "../../encoding/otlp/read.ts";
import { trustAdvice } from "../../lib/fetch-error.ts";
import { GrpcClient } from "../../lib/grpc/client.ts";
import { type ClientTls, ConnectionError } from "../../lib/grpc/connection.ts";
import {
  BadAnswerError,
  ForeignAnswerError,
  GrpcError,
  STATUS,
  type StatusCode,
  statusName,
} from "../../lib/grpc/status.ts";
import type { Target } from "../../lib/grpc/target.ts";
import { errorMessage } from "../../os/caught.ts";
import { type Identity, RequestIdentity } from "../request-identity.ts";
import { ownCertificateAdvice } from "../tls-files.ts";
import { compress } from "./compress.ts";
import type { OtlpValues } from "./options.ts";
import { type Signal, shownAnswer, type Transport, type Verdict } from "./transport.ts";

const METHODS: Readonly<Record<Signal, string>> = {
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
};
/** Bytes of an answer, and what a server may send ahead. */
const [ANSWER_BYTES, WINDOW_BYTES] = [256 * 1024, 1024 * 1024];
/** The codes by which the specification has a request sent again. */
const PASSING: ReadonlySet<StatusCode> = new Set([
  STATUS.cancelled,
  STATUS.deadlineExceeded,
  STATUS.aborted,
  STATUS.outOfRange,
  STATUS.unavailable,
  STATUS.dataLoss,
]);
/** Codes that are about who asks for what, and not about what was sent: events wait until that is put right. */
const OF_CONFIGURATION: ReadonlySet<StatusCode> = new Set([
  STATUS.unauthenticated,
  STATUS.permissionDenied,
  STATUS.unimplemented,
]);
/** Headers that HTTP/2 has no place for (RFC 9113, section 8.2.2), or that are the client's own: no call with them would arrive. */
const NOT_SENT =
  /^(?:connection|keep-alive|proxy-connection|transfer-encoding|upgrade|http2-settings|content-length|grpc-.*)$/;
const UNKNOWN: ReadonlySet<StatusCode> = new Set([STATUS.unauthenticated, STATUS.permissionDenied]);

/** A connection, and as whom it was opened. */
interface OpenedConnection {
  readonly client: Promise<GrpcClient>;
  readonly identity: Identity;
}

/** One server, connected to when there is something to send. */
export class GrpcTransport implements Transport {
  readonly description: string;
  readonly #method: string;
  readonly #values: OtlpValues;
  readonly #target: Target;
  readonly #isTls: boolean;
  readonly #identity: RequestIdentity;
  readonly #end = new AbortController();
  readonly #retiring = new Set<GrpcClient>();
  #connection: OpenedConnection | undefined;
  #isUnknown = false;

  constructor(signal: Signal, values: OtlpValues, log: ConsolaInstance) {
    const url = new URL(values[`otlp-${signal}-endpoint`] || values["otlp-endpoint"]);
    this.#isTls = url.protocol === "https:";
    const port = url.port === "" ? (this.#isTls ? 443 : 80) : Number(url.port);
    this.#target = { kind: "tcp", host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port };
    this.description = url.origin;
    this.#method = METHODS[signal];
    this.#values = values;
    this.#identity = new RequestIdentity({
      prefix: "otlp",
      values,
      log,
      to: this.description,
      always: { "user-agent": "tetrad" },
      notSent: NOT_SENT,
    });
  }

  async open(): Promise<void> {
    await this.#identity.open();
  }

  async send(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Verdict> {
    const compression = this.#values["otlp-compression"];
    const packed = await compress(body, compression);
    const identity = await this.#identity.now(this.#isUnknown);
    const timeoutMs = this.#values["otlp-timeout"];
    const { connection, client } = await this.#connected(identity, timeoutMs, signal);
    try {
      const answer = await abortable(
        client.unary(this.#method, packed, timeoutMs, {
          metadata: identity.headers,
          encoding: compression === "none" ? undefined : compression,
        }),
        signal,
      );
      this.#isUnknown = false;
      const { rejected, message } = readExportResponse(answer);
      return { kind: "taken", rejected, message: shownAnswer(this.#identity.masked(message)) };
    } catch (error) {
      // What does not answer may be at the other end of a way that is no more: the next call finds the way anew.
      if (client.isClosed || client.isSilent) this.#retire(connection);
      if (!(error instanceof GrpcError)) throw error;
      return this.#judge(error);
    }
  }

  close(): void {
    this.#end.abort();
    this.#connection?.client.then(
      (client) => client.close(),
      () => {},
    );
    this.#connection = undefined;
    for (const client of this.#retiring) client.close();
  }

  /** @throws Error that says why there is no connection. */
  async #connected(identity: Identity, timeoutMs: number, signal: AbortSignal) {
    const open = async () => {
      const connection = this.#connect(identity, timeoutMs);
      const opened = abortable(connection.client, signal);
      return { connection, client: await opened.catch((error) => withAdvice(error, identity.tls)) };
    };
    const present = await open();
    if (!present.client.isLeft) return present;
    this.#retire(present.connection);
    return await open();
  }

  #connect(identity: Identity, timeoutMs: number): OpenedConnection {
    if (this.#connection?.identity === identity) return this.#connection;
    if (this.#connection !== undefined) this.#retire(this.#connection);
    const client = GrpcClient.connect({
      target: this.#target,
      tls: this.#isTls ? tlsOf(identity) : undefined,
      windowBytes: WINDOW_BYTES,
      messageBytes: ANSWER_BYTES,
      timeoutMs,
      signal: this.#end.signal,
    });
    const connection = { client, identity };
    this.#connection = connection;
    client.catch(() => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    return connection;
  }

  /** The next call goes over another one. Those that are under way go on. */
  #retire(connection: OpenedConnection): void {
    if (this.#connection === connection) this.#connection = undefined;
    connection.client.then(
      async (client) => {
        this.#retiring.add(client);
        await client.retire();
        this.#retiring.delete(client);
      },
      () => {},
    );
  }

  #judge(cause: GrpcError): Verdict {
    const { code, message, details } = cause;
    const status = details && readRpcStatus(details);
    this.#isUnknown = UNKNOWN.has(code);
    const cure = this.#isUnknown ? ": give the right --otlp-headers" : "";
    const text = shownAnswer(this.#identity.masked(message));
    const error = new Error(`${this.description}: ${statusName(code)}, ${text}${cure}`, { cause });
    const isExhausted = code === STATUS.resourceExhausted;
    if (PASSING.has(code) || (isExhausted && status?.retryDelayMs !== undefined))
      return { kind: "later", error, retryAfterMs: status?.retryDelayMs };
    const isAnswered = !(cause instanceof ForeignAnswerError || cause instanceof BadAnswerError);
    if (OF_CONFIGURATION.has(code) || !isAnswered) return { kind: "later", error };
    // What is too large is said to exhaust something, too.
    return { kind: "refused", error, isTooLarge: isExhausted };
  }
}

/** @throws the error, with what to change where that is known. */
async function withAdvice(error: unknown, own: Identity["tls"]): Promise<never> {
  if (!(error instanceof ConnectionError)) throw error;
  const advice = trustAdvice(error.message, "otlp") + (await ownCertificateAdvice("otlp", own));
  if (advice === "") throw error;
  throw new Error(`${errorMessage(error)}${advice}`, { cause: error });
}

function tlsOf({ tls: { ca, cert, key, verification } }: Identity): ClientTls {
  return {
    ...(ca !== undefined && ca.length > 0 && { ca: ca.map((pem) => Buffer.from(pem)) }),
    ...(cert !== undefined && { cert: Buffer.from(cert) }),
    ...(key !== undefined && { key: Buffer.from(key) }),
    ...(verification === "none" && { skipsVerification: true }),
    ...(verification === "certificate" && { skipsName: true }),
  };
}

/** @throws Error once the signal aborts, whatever becomes of the rest. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new Error("given up"));
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    promise.catch(() => {});
  }
}
