/** A receiver of OTLP over gRPC: node:http2, and requests decoded by the published proto files. */
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { decodeLogs, type Received, takenBytes } from "./receiver.ts";

/** How a call ends. */
export interface GrpcReply {
  /** @default 0 */
  readonly status?: number;
  readonly message?: string;
  /** A `google.rpc.Status`. */
  readonly details?: Uint8Array;
  /** @default that of a Collector that has taken all */
  readonly answer?: Uint8Array;
  /** By which the answer is compressed. */
  readonly encoding?: string;
  /** It is the last one that is taken on its connection. */
  readonly isLast?: true;
  /** Nothing is answered. */
  readonly isSilent?: true;
  /** The stream is reset without an answer. */
  readonly isLost?: true;
}

/** Takes log records. */
export class GrpcReceiver implements AsyncDisposable {
  readonly requests: (Omit<Received, "headers"> & { readonly headers: Record<string, unknown> })[] = [];
  readonly bodies: string[] = [];
  /** Set for other answers. @param connection Number of the connection, from 1 on. */
  reply: (connection: number) => GrpcReply = () => ({});
  readonly port: number;
  readonly #server: Http2Server;
  readonly #streams = new Set<ServerHttp2Stream>();
  readonly #connections = new Map<unknown, number>();

  private constructor(server: Http2Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on("stream", (opened, headers) => {
      const stream = opened as ServerHttp2Stream;
      this.#streams.add(stream);
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("error", () => {});
      stream.on("end", () => this.#take(stream, headers as Record<string, unknown>, Buffer.concat(pieces)));
    });
  }

  static async open(tls?: {
    key: string;
    cert: string;
    ca?: string;
    requestCert?: boolean;
  }): Promise<GrpcReceiver> {
    const server = (
      tls === undefined
        ? createServer()
        : createSecureServer({ ...tls, rejectUnauthorized: tls.requestCert === true })
    ) as Http2Server;
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    return new GrpcReceiver(server, (server.address() as { port: number }).port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  #take(stream: ServerHttp2Stream, headers: Record<string, unknown>, bytes: Buffer): void {
    const message = bytes.subarray(5);
    if (bytes.readUInt32BE(1) !== message.length) throw new Error("found a message of another length");
    const encoding = bytes[0] === 1 ? String(headers["grpc-encoding"]) : "";
    const body =
      encoding === "gzip"
        ? Bun.gunzipSync(Buffer.from(message))
        : encoding === "zstd"
          ? Bun.zstdDecompressSync(message)
          : message;
    const received = { path: String(headers[":path"]), headers, bytes: bytes.length, ...decodeLogs(body) };
    this.requests.push(received);
    const {
      status = 0,
      message: text = "",
      details,
      answer = takenBytes(),
      encoding: packing,
      isLost,
      isSilent,
      isLast,
    } = this.reply(this.#numberOf(stream.session));
    if (isSilent === true) return;
    if (isLast === true) stream.session?.goaway(0, stream.id);
    if (isLost === true) return void stream.close(2);
    if (status === 0) this.bodies.push(...received.records.map((record) => String(record.body?.value.value)));
    stream.respond(
      {
        ":status": 200,
        "content-type": "application/grpc",
        ...(packing !== undefined && { "grpc-encoding": packing }),
      },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () =>
      stream.sendTrailers({
        "grpc-status": String(status),
        ...(text !== "" && { "grpc-message": text }),
        ...(details !== undefined && { "grpc-status-details-bin": Buffer.from(details).toString("base64") }),
      }),
    );
    if (status !== 0) return void stream.end();
    const prefix = Buffer.alloc(5);
    prefix[0] = Number(packing !== undefined);
    prefix.writeUInt32BE(answer.length, 1);
    stream.end(Buffer.concat([prefix, answer]));
  }

  #numberOf(session: unknown): number {
    const number = this.#connections.get(session) ?? this.#connections.size + 1;
    this.#connections.set(session, number);
    return number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) stream.session?.destroy();
    this.#server.close();
  }
}
