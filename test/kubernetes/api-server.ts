/**
 * @module An API server of the tests' own: keeps objects, answers lists and watches of them as Kubernetes does, and does all that
 * may go wrong when it is asked to: cuts connections, forgets versions, is slow, away, overloaded, or says nonsense.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** An object as it is sent. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** One request that has come. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

interface Stored {
  readonly path: string;
  readonly object: ApiObject;
  readonly version: number;
}

interface OpenWatch {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
}

/** TLS of the server, PEM. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Then clients need a certificate of this authority. */
  readonly ca?: string;
}

/** Says what a request is answered with, in place of the server itself; `undefined` leaves it to that. */
export type Interceptor = (
  request: SeenRequest,
) =>
  | { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | undefined;

/** The server. Paths are those of collections over all namespaces: `/api/v1/pods`. */
export class FakeApiServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  intercept: Interceptor | undefined;
  /** Waited for before each answer. */
  pause: Promise<void> | undefined;
  /** Objects of a page at most, whatever the client asks for. */
  pageSize = Number.POSITIVE_INFINITY;
  readonly #tls: ServerTls | undefined;
  readonly #objects = new Map<string, Stored>();
  readonly #log: { readonly type: string; readonly stored: Stored }[] = [];
  readonly #watches = new Set<OpenWatch>();
  readonly #sockets = new Set<{ destroy(): void }>();
  #server: Server | undefined;
  #port = 0;
  #version = 1000;
  #oldest = 0;

  constructor(tls?: ServerTls) {
    this.#tls = tls;
  }

  /** Begins to listen; after {@link stop} on the same port. */
  async start(): Promise<this> {
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#handle(request, response);
    const tls = this.#tls;
    const server =
      tls === undefined
        ? createServer(handle)
        : (createTlsServer(
            { ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: tls.ca !== undefined },
            handle,
          ) as Server);
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(this.#port, "127.0.0.1", resolve);
    await promise;
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  get url(): string {
    return `${this.#tls === undefined ? "http" : "https"}://127.0.0.1:${this.#port}`;
  }

  get version(): number {
    return this.#version;
  }

  get watchCount(): number {
    return this.#watches.size;
  }

  /** Adds an object or puts it in the place of one of the same name. */
  put(path: string, object: ApiObject): void {
    const key = keyOf(path, object.metadata);
    const type = this.#objects.has(key) ? "MODIFIED" : "ADDED";
    const stored = this.#stamp(path, object);
    this.#objects.set(key, stored);
    this.#note(type, stored);
  }

  /** Takes an object away. */
  delete(path: string, name: string, namespace?: string): void {
    const key = keyOf(path, { name, ...(namespace !== undefined && { namespace }) });
    const stored = this.#objects.get(key);
    if (stored === undefined) throw new RangeError(`There is no ${key}`);
    this.#objects.delete(key);
    this.#note("DELETED", this.#stamp(path, stored.object));
  }

  /** The object of that name as it is now. */
  get(path: string, name: string, namespace?: string): ApiObject | undefined {
    return this.#objects.get(keyOf(path, { name, ...(namespace !== undefined && { namespace }) }))?.object;
  }

  /** Has all watches say how far they are. */
  bookmark(): void {
    const metadata = { resourceVersion: String(this.#version) };
    this.send(`${JSON.stringify({ type: "BOOKMARK", object: { kind: "Pod", metadata } })}\n`);
  }

  /** Sends text to all watches as it is. */
  send(text: string): void {
    for (const { response } of this.#watches) response.write(text);
  }

  /** Ends all watches, as a server does after their time. */
  endWatches(): void {
    for (const { response } of this.#watches) response.end();
  }

  /** Cuts all connections in the middle of what they are at. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Forgets what happened so far: a watch from there on is told 410. */
  compact(): void {
    this.#oldest = ++this.#version;
    this.#log.length = 0;
  }

  /** Has versions of another time, as a cluster that was made anew has. */
  restore(version: number): void {
    this.#version = version;
    this.#log.length = 0;
    this.#oldest = version;
    for (const [key, { path, object }] of this.#objects) this.#objects.set(key, { path, object, version });
  }

  /** Is away: nothing listens any more. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    this.cut();
    await closed.promise;
    this.#watches.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #stamp(path: string, object: ApiObject): Stored {
    const version = ++this.#version;
    return {
      path,
      version,
      object: { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } },
    };
  }

  #note(type: string, stored: Stored): void {
    this.#log.push({ type, stored });
    for (const watch of this.#watches) sendTo(watch, type, stored);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, "http://server");
    const text = await readBody(request);
    const seen: SeenRequest = {
      method: request.method!,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    this.requests.push(seen);
    await this.pause;
    if (response.destroyed) return;
    const instead = this.intercept?.(seen);
    if (instead !== undefined) answer(response, instead.status, instead.body, instead.headers);
    else if (seen.method === "GET") this.#get(seen, response);
    else this.#change(seen, response);
  }

  #get(request: SeenRequest, response: ServerResponse): void {
    const { path, query } = request;
    const own = splitName(path);
    if (query.get("watch") === "true") this.#watch(request, response);
    else if (own !== undefined) {
      const stored = this.#objects.get(own);
      if (stored === undefined) answer(response, 404, status(404, "NotFound", `${path} not found`));
      else answer(response, 200, stored.object);
    } else this.#list(request, response);
  }

  #list({ path, query }: SeenRequest, response: ServerResponse): void {
    const wanted = Number(query.get("resourceVersion") ?? 0);
    if (wanted > this.#version) {
      const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
      answer(response, 504, { ...status(504, "Timeout", "Too large resource version"), details: { causes } });
      return;
    }
    const bare = path.replace(/\/namespaces\/[^/]+/, "");
    const namespace = /\/namespaces\/([^/]+)/.exec(path)?.[1];
    const found = [...this.#objects.values()].filter(
      ({ path: of, object }) =>
        of === bare &&
        (namespace === undefined || object.metadata.namespace === namespace) &&
        selects(query, object),
    );
    const from = Number(query.get("continue") ?? 0);
    const limit = Math.min(this.pageSize, Number(query.get("limit") ?? Number.POSITIVE_INFINITY));
    const items = found.slice(from, from + limit).map(({ object }) => object);
    const isLast = from + limit >= found.length;
    answer(response, 200, {
      kind: "List",
      apiVersion: "v1",
      metadata: {
        resourceVersion: String(this.#version),
        ...(!isLast && { continue: String(from + limit) }),
      },
      items,
    });
  }

  #watch({ path, query }: SeenRequest, response: ServerResponse): void {
    const since = Number(query.get("resourceVersion") ?? 0);
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    if (since < this.#oldest || since > this.#version) {
      const object = status(410, "Expired", `too old resource version: ${since} (${this.#oldest})`);
      response.end(`${JSON.stringify({ type: "ERROR", object })}\n`);
      return;
    }
    const watch: OpenWatch = { path, query, response };
    this.#watches.add(watch);
    response.on("close", () => this.#watches.delete(watch));
    for (const { type, stored } of this.#log) if (stored.version > since) sendTo(watch, type, stored);
  }

  /** `POST` to a collection, `PATCH` (merge) and `PUT` of an object or its status. */
  #change({ method, path, body }: SeenRequest, response: ServerResponse): void {
    const bare = path.replace(/\/namespaces\/[^/]+/, "");
    const namespace = /\/namespaces\/([^/]+)/.exec(path)?.[1];
    if (method === "POST") {
      const object = body as ApiObject;
      const metadata = { ...object.metadata, ...(namespace !== undefined && { namespace }) };
      if (this.#objects.has(keyOf(bare, metadata))) {
        answer(response, 409, status(409, "AlreadyExists", `${metadata.name} already exists`));
        return;
      }
      this.put(bare, { ...object, metadata });
      answer(response, 201, this.#objects.get(keyOf(bare, metadata))!.object);
      return;
    }
    const key = splitName(path.replace(/\/status$/, ""));
    const stored = key === undefined ? undefined : this.#objects.get(key);
    if (stored === undefined) answer(response, 404, status(404, "NotFound", `${path} not found`));
    else {
      this.put(stored.path, (method === "PUT" ? body : merge(stored.object, body)) as ApiObject);
      answer(response, 200, this.#objects.get(key!)!.object);
    }
  }
}

function sendTo({ path, query, response }: OpenWatch, type: string, { path: of, object }: Stored): void {
  if (of === path && selects(query, object)) response.write(`${JSON.stringify({ type, object })}\n`);
}

function keyOf(
  path: string,
  { name, namespace = "" }: { readonly name: string; readonly namespace?: string },
): string {
  return `${path} ${namespace}/${name}`;
}

/** The key of the object that a path names; `undefined` for a collection. */
function splitName(path: string): string | undefined {
  const parts =
    /^(?<root>\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)\/(?<name>[^/]+)$/.exec(
      path,
    )?.groups;
  if (parts === undefined) return undefined;
  const { root, namespace, plural, name } = parts;
  return keyOf(`${root}/${plural}`, { name: name!, ...(namespace !== undefined && { namespace }) });
}

function selects(query: URLSearchParams, object: ApiObject): boolean {
  for (const part of (query.get("fieldSelector") ?? "").split(",").filter(Boolean)) {
    const [path = "", value] = part.split("=");
    const found = path
      .split(".")
      .reduce<unknown>((at, field) => (at as Record<string, unknown> | undefined)?.[field], object);
    if (found !== value) return false;
  }
  const labels = (object.metadata.labels ?? {}) as Record<string, string>;
  const wanted = (query.get("labelSelector") ?? "").split(",").filter(Boolean);
  return wanted.every((part) => labels[part.split("=")[0]!] === part.split("=")[1]);
}

function status(code: number, reason: string, message: string): object {
  return { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message };
}

function answer(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString("utf8");
}

/** RFC 7386. */
function merge(target: unknown, change: unknown): unknown {
  if (typeof change !== "object" || change === null || Array.isArray(change)) return change;
  const result: Record<string, unknown> = typeof target === "object" && target !== null ? { ...target } : {};
  for (const [key, value] of Object.entries(change))
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  return result;
}
