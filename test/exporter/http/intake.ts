/** A receiver of HTTP requests: takes bodies apart as the published interfaces of intakes say. */
import type { Server } from "bun";
import type { HttpFormat } from "../../../src/exporter/http/format-names.ts";

/** One request. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** What is answered; taken where the status is 2xx. */
export type Reply = (request: Received, events: readonly string[]) => Response | Promise<Response>;

/** Takes requests in one format. */
export class Intake implements AsyncDisposable {
  readonly requests: Received[] = [];
  /** Of requests that were answered with 2xx, in order: the text of each event. */
  readonly taken: string[] = [];
  /** Set for other answers than 200. */
  reply: Reply = () => new Response();
  readonly #format: HttpFormat;
  readonly #server: Server<undefined>;

  constructor(format: HttpFormat = "ndjson", tls?: { cert: string; key: string }) {
    this.#format = format;
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

  /** Where it listens, without a path. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async #take(request: Request): Promise<Response> {
    const bytes = Buffer.from(await request.arrayBuffer());
    const body = unpacked(bytes, request.headers.get("content-encoding"));
    const received = {
      method: request.method,
      path: new URL(request.url).pathname,
      headers: request.headers,
      body,
    };
    this.requests.push(received);
    const events = eventsIn(body.toString(), this.#format);
    const response = await this.reply(received, events);
    if (response.ok) this.taken.push(...events);
    return response;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }
}

function unpacked(bytes: Buffer<ArrayBuffer>, encoding: string | null): Buffer {
  if (encoding === "gzip") return Buffer.from(Bun.gunzipSync(bytes));
  if (encoding === "zstd") return Buffer.from(Bun.zstdDecompressSync(bytes));
  return bytes;
}

/** @throws Error for what the intake would not take. */
function eventsIn(text: string, format: HttpFormat): string[] {
  if (format === "ndjson") {
    if (!text.endsWith("\n")) throw new Error("the last line has no end");
    return text.slice(0, -1).split("\n");
  }
  if (format === "json") return itemsOf(text).map((item) => JSON.stringify(item));
  if (format === "splunk-hec")
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.stringify(JSON.parse(line).event));
  if (format === "loki")
    return (JSON.parse(text).streams as { values: [string, string][] }[]).flatMap(({ values }) =>
      values.map(([time, line]) => {
        if (!/^\d{19}$/.test(time)) throw new Error(`found time "${time}", expected nanoseconds`);
        return line;
      }),
    );
  return (itemsOf(text) as { message: string }[]).map(({ message }) => message);
}

function itemsOf(text: string): unknown[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new Error("found no list");
  return list;
}
