/**
 * @module A client of the Kubernetes API: JSON over `fetch`, which keeps connections. Files of tokens and certificates are read
 * again for each request: those are few, and what is renewed counts at once.
 */
import { readBody } from "../../lib/fetch-answer.ts";
import { errorMessage } from "../../os/caught.ts";
import { type ApiAccess, readMaterial, readPem } from "../access/access.ts";
import { ApiError, requestError, statusError } from "./error.ts";
import { Lines } from "./lines.ts";

/** What a query may say; what is `undefined` is left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** How a change of an object is written (RFC 7386, RFC 6902, and Kubernetes' server-side apply). */
export type PatchType =
  | "application/merge-patch+json"
  | "application/json-patch+json"
  | "application/apply-patch+yaml";

/** One request. */
export interface ApiRequest {
  /** @default GET */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the slash on: `/api/v1/pods`. {@link pathOf} makes one. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** @default application/json */
  readonly contentType?: string;
  /** @default application/json */
  readonly accept?: string;
  /** @default 30 s */
  readonly timeoutMs?: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** One watch. */
export interface WatchRequest {
  readonly path: string;
  readonly query: Query;
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** Silence after which the connection counts as dead, milliseconds. */
  readonly silenceMs: number;
  /** Called when the server has begun to answer. @default nobody wants to know */
  onOpen?(): void;
  /** Takes each line of the answer. What it throws ends the watch. */
  onLine(line: string): void;
  /** Takes how many lines were left out, being too long. @default nobody wants to know */
  onTooLong?(count: number): void;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 << 20;
/** An object has at most 1.5 MB in etcd; as JSON it may be longer. */
const MAX_LINE_BYTES = 16 << 20;

/** Speaks to one API server. */
export class ApiClient {
  readonly access: ApiAccess;
  readonly #userAgent: string;

  constructor(access: ApiAccess, userAgent = "tetrad") {
    this.access = access;
    this.#userAgent = userAgent;
  }

  /**
   * Asks for something.
   * @returns What the server answers, parsed.
   * @throws ApiError when it refuses or does not answer.
   */
  async request(request: ApiRequest): Promise<unknown> {
    return parseAnswer(this.access.server, await this.text(request));
  }

  /** The same of what is no JSON. @returns The answer as it is. @throws ApiError */
  async text(request: ApiRequest): Promise<string> {
    const { timeoutMs = TIMEOUT_MS, signal } = request;
    const late = AbortSignal.timeout(timeoutMs);
    const ended = signal === undefined ? late : AbortSignal.any([late, signal]);
    const { server } = this.access;
    try {
      const response = await this.#fetch(request, ended);
      const text = await readText(response, server);
      if (response.status >= 300) throw statusError(server, response.status, text, retryAfter(response));
      return text;
    } catch (cause) {
      throw requestError(server, cause, signal);
    }
  }

  /** Makes an object. @param path Of its kind: `/apis/events.k8s.io/v1/namespaces/default/events`. @throws ApiError */
  create(path: string, object: unknown, signal?: AbortSignal): Promise<unknown> {
    return this.request({ method: "POST", path, body: object, signal });
  }

  /** Changes an object, or its `/status`. @param path Of the object. @throws ApiError */
  patch(
    path: string,
    change: unknown,
    type: PatchType,
    options: Pick<ApiRequest, "query" | "signal"> = {},
  ): Promise<unknown> {
    return this.request({ method: "PATCH", path, body: change, contentType: type, ...options });
  }

  /**
   * Follows changes until the server ends the answer, which it does after the query's `timeoutSeconds`.
   * @throws ApiError when it refuses, is silent for too long, or the connection is lost.
   */
  async watch(request: WatchRequest): Promise<void> {
    const { signal, silenceMs, onLine, onTooLong } = request;
    const { server } = this.access;
    const silent = new AbortController();
    const onSilence = () => silent.abort();
    let timer = setTimeout(onSilence, silenceMs);
    timer.unref();
    const ended = AbortSignal.any([signal, silent.signal]);
    const lines = new Lines(MAX_LINE_BYTES);
    try {
      const response = await this.#fetch(request, ended);
      if (response.status >= 300)
        throw statusError(server, response.status, await readText(response, server), retryAfter(response));
      request.onOpen?.();
      let tooLong = 0;
      for await (const piece of response.body ?? []) {
        clearTimeout(timer);
        timer = setTimeout(onSilence, silenceMs);
        timer.unref();
        lines.add(piece, onLine);
        if (lines.tooLong === tooLong) continue;
        onTooLong?.(lines.tooLong - tooLong);
        tooLong = lines.tooLong;
      }
    } catch (cause) {
      if (silent.signal.aborted && !signal.aborted)
        throw new ApiError("timeout", `${server}: no word for ${silenceMs / 1000} s`, { cause });
      throw requestError(server, cause, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(
    { method = "GET", path, query = {}, body, contentType, accept }: ApiRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    const { server } = this.access;
    const identity = this.#identity();
    return await fetch(`${server}${path}${queryText(query)}`, {
      method,
      // Another server must not get the token.
      redirect: "manual",
      headers: {
        accept: accept ?? "application/json",
        "accept-encoding": "identity",
        "user-agent": this.#userAgent,
        ...identity.headers,
        ...(body !== undefined && { "content-type": contentType ?? "application/json" }),
      },
      signal,
      // A watch lasts for minutes; there are times of our own.
      timeout: false,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(identity.tls !== undefined && { tls: identity.tls }),
    } as RequestInit);
  }

  #identity(): { readonly headers: Readonly<Record<string, string>>; readonly tls?: Bun.TLSOptions } {
    const { ca, serverName, skipsVerification, credentials, server } = this.access;
    const { token, basic, cert, key } = credentials;
    try {
      const authorization =
        token !== undefined
          ? `Bearer ${readMaterial(token).trim()}`
          : basic !== undefined &&
            `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString("base64")}`;
      const headers = authorization === false ? {} : { authorization };
      if (server.startsWith("http:")) return { headers };
      const tls: Bun.TLSOptions = {
        ...(ca !== undefined && { ca: readPem(ca, "certificate") }),
        ...(cert !== undefined && { cert: readPem(cert, "certificate") }),
        ...(key !== undefined && { key: readPem(key, "key") }),
        ...(serverName !== undefined && { serverName }),
        ...(skipsVerification && { rejectUnauthorized: false }),
      };
      return { headers, tls };
    } catch (error) {
      throw new ApiError("access", errorMessage(error), { cause: error });
    }
  }
}

/**
 * The path of a kind of objects, or of one of them.
 * @param group `""` for the core group; with its version: `apps/v1`.
 */
export function pathOf(
  group: string,
  plural: string,
  { namespace, name, subresource }: { namespace?: string; name?: string; subresource?: string } = {},
): string {
  const parts = [group.includes("/") ? `apis/${group}` : `api/${group || "v1"}`];
  if (namespace !== undefined) parts.push("namespaces", encodeURIComponent(namespace));
  parts.push(plural);
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return `/${parts.join("/")}`;
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.append(name, String(value));
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

async function readText(response: Response, server: string): Promise<string> {
  const text = await readBody(response, MAX_ANSWER_BYTES);
  if (text !== undefined) return text;
  throw new ApiError("answer", `${server}: the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
}

function parseAnswer(server: string, text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError(
      "answer",
      `${server}: the answer is no JSON: that is no Kubernetes API server, or a proxy answers for it`,
      { cause },
    );
  }
}

/** `Retry-After` in milliseconds: API servers say seconds. */
function retryAfter({ headers }: Response): number | undefined {
  const text = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}
