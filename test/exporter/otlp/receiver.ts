/** A receiver of OTLP over HTTP: decodes requests by the published proto files. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Server } from "bun";
import {
  ExportLogsPartialSuccessSchema,
  ExportLogsServiceRequestSchema,
  ExportLogsServiceResponseSchema,
} from "../../../src/encoding/protobuf/generated/opentelemetry/proto/collector/logs/v1/logs_service_pb.ts";
import { ExportTraceServiceRequestSchema } from "../../../src/encoding/protobuf/generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts";
import type {
  AnyValue,
  KeyValue,
} from "../../../src/encoding/protobuf/generated/opentelemetry/proto/common/v1/common_pb.ts";
import {
  type LogRecord,
  ScopeLogsSchema,
} from "../../../src/encoding/protobuf/generated/opentelemetry/proto/logs/v1/logs_pb.ts";
import type { Span } from "../../../src/encoding/protobuf/generated/opentelemetry/proto/trace/v1/trace_pb.ts";
import { until } from "../support.ts";

/** One request. */
export interface Received {
  readonly path: string;
  readonly headers: Headers;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly records: readonly LogRecord[];
  readonly spans: readonly Span[];
  /** As it was sent. */
  readonly bytes: number;
}

/** What is answered; taken where the status is 2xx. */
export type Reply = (request: Received) => Response | Promise<Response>;

/** Takes log records. */
export class Receiver implements AsyncDisposable {
  readonly requests: Received[] = [];
  /** Of requests that were answered with 2xx, in order. */
  readonly records: LogRecord[] = [];
  /** The same of spans. */
  readonly spans: Span[] = [];
  /** Set for other answers than that of a Collector. */
  reply: Reply = () => taken();
  readonly #server: Server<undefined>;

  constructor(tls?: Bun.TLSOptions) {
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      ...(tls !== undefined && { tls }),
      fetch: (request) => this.#take(request),
    });
  }

  get port(): number {
    return this.#server.port!;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The events of all records that were taken. */
  get bodies(): string[] {
    return this.records.map(({ body }) => String(body?.value.value));
  }

  async #take(request: Request): Promise<Response> {
    const bytes = Buffer.from(await request.arrayBuffer());
    const received = {
      path: new URL(request.url).pathname,
      headers: request.headers,
      bytes: bytes.length,
      ...decode(new URL(request.url).pathname, unpacked(bytes, request.headers.get("content-encoding"))),
    };
    this.requests.push(received);
    const response = await this.reply(received);
    if (response.ok) {
      this.records.push(...received.records);
      this.spans.push(...received.spans);
    }
    return response;
  }

  /** Waits for something to arrive. */
  until(condition: () => boolean): Promise<void> {
    return until(condition, "it had arrived");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

/** As Collectors answer: `partial_success` is there, and empty. */
export function takenBytes(rejected: number | bigint = 0, errorMessage = ""): Uint8Array<ArrayBuffer> {
  const partialSuccess = create(ExportLogsPartialSuccessSchema, {
    rejectedLogRecords: BigInt(rejected),
    errorMessage,
  });
  return toBinary(
    ExportLogsServiceResponseSchema,
    create(ExportLogsServiceResponseSchema, { partialSuccess }),
  );
}

/** The same over HTTP. */
export function taken(rejected: number | bigint = 0, errorMessage = ""): Response {
  const headers = { "content-type": "application/x-protobuf" };
  return new Response(takenBytes(rejected, errorMessage), { headers });
}

/** @param path Of the request. */
function decode(path: string, bytes: Uint8Array): Pick<Received, "resource" | "scope" | "records" | "spans"> {
  if (!path.endsWith("/traces")) return decodeLogs(bytes);
  const { resourceSpans } = fromBinary(ExportTraceServiceRequestSchema, bytes);
  const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans));
  return {
    resource: attributesOf(resourceSpans[0]?.resource?.attributes ?? []),
    scope: "",
    records: [],
    spans,
  };
}

/** The one resource, the one scope and the records of a request. */
export function decodeLogs(bytes: Uint8Array): Pick<Received, "resource" | "scope" | "records" | "spans"> {
  const { resourceLogs } = fromBinary(ExportLogsServiceRequestSchema, bytes);
  if (resourceLogs.length !== 1 || resourceLogs[0]!.scopeLogs.length !== 1)
    throw new Error("found several resources or scopes");
  const [{ resource, scopeLogs }] = resourceLogs as [(typeof resourceLogs)[0]];
  const [{ scope, logRecords }] = scopeLogs as [(typeof scopeLogs)[0]];
  return {
    resource: attributesOf(resource?.attributes ?? []),
    scope: `${scope?.name} ${scope?.version}`,
    records: logRecords,
    spans: [],
  };
}

/** A record as `RecordEncoder` writes it: a field of its scope. */
export function decodeRecord(bytes: Uint8Array): LogRecord {
  const { logRecords } = fromBinary(ScopeLogsSchema, bytes);
  if (logRecords.length !== 1) throw new Error("found no record, or several");
  return logRecords[0]!;
}

/** Attributes as plain values. */
export function attributesOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  const entries = attributes.map(({ key, value }) => [key, plainValue(value)] as const);
  const object = Object.fromEntries(entries);
  if (Object.keys(object).length < entries.length) throw new Error("found an attribute twice");
  return object;
}

function plainValue(value: AnyValue | undefined): unknown {
  if (value?.value.case === "arrayValue") return value.value.value.values.map(plainValue);
  const inner = value?.value.value;
  return typeof inner === "bigint" ? Number(inner) : inner;
}

function unpacked(bytes: Buffer<ArrayBuffer>, encoding: string | null): Uint8Array {
  if (encoding === "gzip") return Bun.gunzipSync(bytes);
  if (encoding === "zstd") return Bun.zstdDecompressSync(bytes);
  return bytes;
}
