/** A small server that takes bulk requests as Elasticsearch does, and does as a test says in between. */
import { gunzipSync } from "node:zlib";

/** What was asked with a bulk request. */
export interface BulkRequest {
  readonly ids: readonly string[];
  readonly documents: readonly string[];
  readonly headers: Headers;
  /** Puts the documents into the index that was written to when the request came. @returns The answer that says so. */
  take(): Response;
}

/** Its own certificate, and whether it asks for one. */
export interface TlsOfCluster {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
}

/** Answers one bulk request in place of {@link BulkRequest.take}. */
export type Answer = (request: BulkRequest) => Response | Promise<Response>;

/** A search by ids. */
interface Question {
  readonly query: { readonly ids: { readonly values: readonly string[] } };
}

const NO_INDEX = { error: { type: "index_not_found_exception", reason: "no such index" }, status: 404 };

/** One data stream, whose documents are kept by the index that they are in. */
export class FakeCluster implements AsyncDisposable {
  /** By generation, then by id. */
  readonly indices: Map<string, string>[] = [new Map()];
  /** What is done with the next bulk requests, one each; then they are taken. */
  readonly answers: Answer[] = [];
  /** What is done with each further one. */
  always: Answer | undefined;
  /** Paths of all requests. */
  readonly asked: string[] = [];
  bulks = 0;
  /** Paths that the client has no right to, by their ends. */
  readonly forbidden: string[] = [];
  /** What requests say that they are, while they are worked on. */
  readonly #tasks = new Set<{ readonly headers: { readonly "X-Opaque-Id": string | null } }>();
  readonly #server: Bun.Server<undefined>;

  constructor(port = 0, tls?: TlsOfCluster) {
    this.#server = Bun.serve({
      port,
      hostname: "127.0.0.1",
      maxRequestBodySize: 1024 ** 3,
      idleTimeout: 0,
      ...(tls !== undefined && { tls }),
      fetch: (request) => this.#answer(request),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get port(): number {
    return this.#server.port!;
  }

  /** All documents, by id; one that is there twice is there twice. */
  get documents(): string[] {
    return this.indices
      .flatMap((index) => [...index])
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, document]) => document);
  }

  /** The events of all documents as they came, in the order of their ids. */
  get messages(): string[] {
    return this.documents.map((document) => (JSON.parse(document) as { message: string }).message);
  }

  /** What comes from now on goes into another index. */
  rollOver(): void {
    this.indices.push(new Map());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.asked.push(`${request.method} ${pathname}`);
    if (this.forbidden.some((end) => pathname.endsWith(end)))
      return Response.json({ error: { type: "security_exception", reason: "no" } }, { status: 403 });
    if (pathname === "/_tasks") return Response.json({ nodes: { n: { tasks: { ...[...this.#tasks] } } } });
    if (pathname.endsWith("/_refresh")) return Response.json({});
    if (pathname.endsWith("/_search")) return this.#search((await request.json()) as Question);
    if (!pathname.endsWith("/_bulk")) return Response.json(NO_INDEX, { status: 404 });
    this.bulks++;
    const raw = Buffer.from(await request.arrayBuffer());
    const isPacked = request.headers.get("content-encoding") === "gzip";
    const text = (isPacked ? gunzipSync(raw) : raw).toString();
    if (!text.endsWith("\n")) return Response.json({ error: "no newline at the end" }, { status: 400 });
    const lines = text.split("\n");
    const [ids, documents]: [string[], string[]] = [[], []];
    for (let i = 0; i + 1 < lines.length; i += 2) {
      ids.push((JSON.parse(lines[i]!) as { create: { _id: string } }).create._id);
      documents.push(lines[i + 1]!);
    }
    const { headers } = request;
    const index = this.indices.at(-1)!;
    const bulk: BulkRequest = { ids, documents, headers, take: () => this.#take(index, bulk) };
    const task = { headers: { "X-Opaque-Id": headers.get("x-opaque-id") } };
    this.#tasks.add(task);
    try {
      return await (this.answers.shift() ?? this.always ?? (({ take }: BulkRequest) => take()))(bulk);
    } finally {
      this.#tasks.delete(task);
    }
  }

  #take(index: Map<string, string>, { ids, documents }: BulkRequest): Response {
    let errors = false;
    const items = ids.map((id, i) => {
      const status = index.has(id) ? 409 : 201;
      errors ||= status === 409;
      if (status === 201) index.set(id, documents[i]!);
      return { create: { status } };
    });
    return Response.json({ errors, items });
  }

  #search({ query }: Question): Response {
    const found = query.ids.values.filter((id) => this.indices.some((index) => index.has(id)));
    return Response.json({ hits: { hits: found.map((_id) => ({ _id })) } });
  }
}

/** An answer that says a status of each document. */
export function statuses(
  list: readonly (number | { status: number; type: string; reason?: string })[],
): Response {
  const items = list.map((item) => {
    const { status, ...error } = typeof item === "number" ? { status: item } : item;
    return { create: { status, ...("type" in error && { error: { reason: "a reason", ...error } }) } };
  });
  return Response.json({ errors: list.some((item) => typeof item !== "number" || item >= 300), items });
}
