/** @module A client of gRPC over `node:http2`, for tests: one connection, calls with protobuf's own runtime. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type SecureClientSessionOptions,
} from "node:http2";
import {
  create,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { frameMessage } from "../../src/lib/grpc/message.ts";
import { MessageReader } from "../../src/lib/grpc/message-reader.ts";
import { onEnd, until } from "./harness.ts";

/** How a call ended, and what came of it. */
export interface CallResult<M extends DescMethod> {
  readonly messages: MessageShape<M["output"]>[];
  readonly status: number;
  readonly message: string;
}

/** A call that is under way. */
export interface OpenCall<M extends DescMethod> {
  readonly messages: MessageShape<M["output"]>[];
  /** The answer's headers, once there are any. */
  readonly headers: Promise<Readonly<Record<string, unknown>>>;
  readonly end: Promise<CallResult<M>>;
  readonly stream: ClientHttp2Stream;
  cancel(): void;
}

/** What a connection is made with. */
export interface ClientOptions extends SecureClientSessionOptions {
  /** A Unix socket instead of the address. */
  readonly path?: string;
}

/** One connection. */
export class GrpcClient {
  readonly session: ClientHttp2Session;
  /** Errors of the connection. */
  readonly errors: Error[] = [];

  /** @param address `127.0.0.1:54321`. */
  constructor(address: string, { path, ...options }: ClientOptions = {}) {
    const scheme = options.ca === undefined ? "http" : "https";
    const { connect: connectSocket } = require("node:net") as typeof import("node:net");
    this.session = connect(`${scheme}://${address}`, {
      ...options,
      ...(path !== undefined && { createConnection: () => connectSocket({ path }) }),
    });
    this.session.on("error", (error: Error) => this.errors.push(error));
    onEnd(() => this.session.destroy());
  }

  /** Calls `method` with one request. */
  open<M extends DescMethod>(method: M, request: MessageInitShape<M["input"]>): OpenCall<M> {
    const bytes = toBinary(method.input, create(method.input, request));
    return this.openRaw(method, frameMessage(bytes));
  }

  /** Calls `method` with these bytes as they are. */
  openRaw<M extends DescMethod>(method: M, request: Uint8Array, headers = {}): OpenCall<M> {
    const stream = this.session.request({
      ":method": "POST",
      ":path": `/${method.parent.typeName}/${method.name}`,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    const messages: MessageShape<M["output"]>[] = [];
    const reader = new MessageReader(1 << 26);
    const answered = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    const ended = Promise.withResolvers<CallResult<M>>();
    let status: Record<string, unknown> = {};
    stream.on("response", (response) => {
      answered.resolve(response);
      if ("grpc-status" in response) status = response;
    });
    stream.on("trailers", (trailers) => {
      status = trailers;
    });
    stream.on("data", (piece: Uint8Array) => {
      for (const message of reader.add(piece)) messages.push(fromBinary(method.output, message) as never);
    });
    stream.on("error", () => {});
    stream.on("close", () => {
      answered.resolve({});
      ended.resolve({
        messages,
        // As a client has it that was given none: UNKNOWN.
        status: Number(status["grpc-status"] ?? 2),
        message: decodeURIComponent(String(status["grpc-message"] ?? "")),
      });
    });
    stream.end(request);
    return { messages, headers: answered.promise, end: ended.promise, stream, cancel: () => stream.close(8) };
  }

  /** Calls a method that answers once. @throws Error where it does not. */
  async call<M extends DescMethod>(
    method: M,
    request: MessageInitShape<M["input"]>,
  ): Promise<MessageShape<M["output"]>> {
    const { messages, status, message } = await this.open(method, request).end;
    if (status !== 0 || messages[0] === undefined) throw new Error(`status ${status}: ${message}`);
    return messages[0];
  }
}

/** The address that a server of the agent says it listens on. @param title `gRPC API` or `Health service`. */
export async function addressIn(log: () => string, title = "gRPC API"): Promise<string> {
  const pattern = new RegExp(`msg="${title} is open" address=(\\S+)`);
  await until(
    () => pattern.test(log()),
    () => `${title} to be open:\n${log()}`,
  );
  return pattern.exec(log())![1]!;
}
