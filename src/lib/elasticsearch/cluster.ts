/**
 * @module A client of Elasticsearch 7.17, 8, 9 and OpenSearch 2, 3: plain HTTP, with what all of them take. `fetch` does the
 * rest: it keeps connections, and needs half the CPU of the official clients.
 */
import { fetchTls, forgetProxyVariables } from "../client-tls.ts";
import { answerError, type ClusterAnswer, readAnswer, readJson } from "./answer.ts";
import { ClusterError, requestError } from "./error.ts";
import { type ClusterNode, Nodes } from "./nodes.ts";
import { authorizationOf, type ClusterIdentity, type ClusterSettings, secretsOf } from "./settings.ts";

/** One request. */
export interface ClusterRequest {
  /** @default GET */
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  /** From the slash on, encoded, with its query. */
  readonly path: string;
  /** It may be used for something else as soon as `request()` has returned its promise. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  /** @default application/json */
  readonly type?: "application/json" | "application/x-ndjson";
  /** Further ones; of names that others have too, these. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How the body is compressed. */
  readonly encoding?: "gzip" | undefined;
  /** @default that of the client */
  readonly timeoutMs?: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
  /** @default 16 MiB */
  readonly maxAnswerBytes?: number;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Statuses by which a node, or what stands before it, says that another one should be asked. */
const ASIDE_STATUSES = new Set([502, 503, 504]);
/** Stands in answers where a secret was. */
const MASK = "********";
/** Speaks to the nodes of one cluster. */
export class Cluster {
  readonly #settings: ClusterSettings;
  readonly #nodes: Nodes;
  #headers: Readonly<Record<string, string>> = {};
  #tls: Bun.TLSOptions | undefined;
  /** Of the credentials, and of those before: an answer may come after the change. */
  #secrets: readonly string[][] = [];

  constructor(settings: ClusterSettings) {
    this.#settings = settings;
    this.#nodes = new Nodes(settings.hosts, settings.now);
    this.use(settings);
    forgetProxyVariables();
  }

  /** Takes credentials and certificates that have been renewed, from the next request on. */
  use({ credentials, tls }: ClusterIdentity): void {
    const { userAgent = "tetrad" } = this.#settings;
    this.#headers = {
      accept: "application/json",
      "accept-encoding": "identity",
      "user-agent": userAgent,
      ...(credentials !== undefined && { authorization: authorizationOf(credentials) }),
    };
    this.#tls = tls === undefined ? undefined : fetchTls(tls);
    this.#secrets = [credentials === undefined ? [] : secretsOf(credentials), ...this.#secrets.slice(0, 1)];
  }

  /**
   * Asks a node, and the next ones as long as none takes the request.
   * @returns Its answer, whatever the status.
   * @throws ClusterError when there is none.
   */
  async request(request: ClusterRequest): Promise<ClusterAnswer> {
    for (let left = this.#nodes.count; ; left--) {
      const node = this.#nodes.take();
      try {
        return await this.#ask(node, request);
      } catch (error) {
        if (!(error instanceof ClusterError) || error.kind !== "unreachable" || left <= 1) throw error;
      }
    }
  }

  /**
   * The same for what is answered in JSON.
   * @param body Sent as JSON.
   * @param read Takes what is wanted out of it.
   * @throws ClusterError also for a status of 300 or more, and for an answer that is no JSON or that `read` cannot read.
   */
  async json<T, U = T>(
    method: ClusterRequest["method"],
    path: string,
    body?: unknown,
    read: (json: T) => U = (json) => json as unknown as U,
  ): Promise<U> {
    const answer = await this.request({
      path,
      ...(method !== undefined && { method }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.status >= 300) throw answerError(answer);
    return readJson(answer, read);
  }

  /** What stands before a server may answer with the request that it did not like. */
  #masked(text: string): string {
    let masked = text;
    for (const secret of this.#secrets.flat()) masked = masked.replaceAll(secret, MASK);
    return masked;
  }

  /** Does not reject for a body: `fetch` has taken a copy of it when this returns its promise. */
  async #ask(node: ClusterNode, request: ClusterRequest): Promise<ClusterAnswer> {
    const { method = "GET", path, body, type, headers, encoding, signal, maxAnswerBytes } = request;
    const { timeoutMs, proxy } = this.#settings;
    const url = node.url + path;
    const late = AbortSignal.timeout(request.timeoutMs ?? timeoutMs);
    try {
      const response = await fetch(url, {
        method,
        // Another server must not get the credentials, nor the events.
        redirect: "manual",
        headers: {
          ...this.#headers,
          ...(body !== undefined && { "content-type": type ?? "application/json" }),
          ...(encoding !== undefined && { "content-encoding": encoding }),
          ...headers,
        },
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
        ...(body !== undefined && { body }),
        ...(this.#tls !== undefined && { tls: this.#tls }),
        ...(proxy !== undefined && { proxy }),
      });
      const answer = await readAnswer(response, node.url, maxAnswerBytes ?? MAX_ANSWER_BYTES);
      if (ASIDE_STATUSES.has(answer.status)) this.#nodes.failed(node);
      else this.#nodes.worked(node);
      // One that says yes is read, not shown.
      return answer.status < 300 ? answer : { ...answer, text: this.#masked(answer.text) };
    } catch (cause) {
      const error = requestError(node.url, cause, signal);
      if (error.kind !== "aborted") this.#nodes.failed(node);
      throw error;
    }
  }
}
