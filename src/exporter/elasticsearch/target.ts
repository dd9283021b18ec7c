/** @module The index that documents go to: which one a name means at present, and which documents are in it. */
import { answerError, type ClusterAnswer, readJson } from "../../lib/elasticsearch/answer.ts";
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { ClusterError } from "../../lib/elasticsearch/error.ts";
import { writeIndexOf } from "../../lib/elasticsearch/server.ts";

/** Nobody knows. */
export const UNKNOWN = 0n;
/** The agent has no right to know, and never will. */
const HIDDEN = 1n;
/** Ids of one question. */
const IDS_AT_ONCE = 1000;

/** The target of an exporter. */
export class Target {
  readonly name: string;
  /** Path of the name. */
  readonly path: string;
  readonly #cluster: Cluster;
  readonly #onHidden: (error: Error) => void;
  #generation = UNKNOWN;

  /** @param onHidden Called once when the cluster does not say, for want of a right. */
  constructor(cluster: Cluster, name: string, onHidden: (error: Error) => void) {
    this.#cluster = cluster;
    this.name = name;
    this.path = `/${encodeURIComponent(name)}`;
    this.#onHidden = onHidden;
  }

  /** Stands for the index that is written to, as it was when it was looked at last: another number after a rollover. */
  get generation(): bigint {
    return this.#generation;
  }

  /** Looks. @throws ClusterError when nobody answers. */
  async look(signal: AbortSignal): Promise<bigint> {
    if (this.#generation === HIDDEN) return HIDDEN;
    try {
      const index = await writeIndexOf(this.#cluster, this.name, signal);
      this.#generation = Bun.hash.xxHash64(index) | 2n;
    } catch (error) {
      const isForbidden = error instanceof ClusterError && (error.status === 401 || error.status === 403);
      // A 401 passes with the key; a 403 is a key without that right.
      if (!isForbidden || error.status === 401) throw error;
      this.#generation = HIDDEN;
      this.#onHidden(error);
    }
    return this.#generation;
  }

  /** Which of the ids are in any index behind the name. @throws ClusterError */
  async find(ids: readonly string[], signal: AbortSignal): Promise<Set<string>> {
    const found = new Set<string>();
    if (this.#generation === HIDDEN) return found;
    await this.#ask(`${this.path}/_refresh`, undefined, signal);
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const values = ids.slice(at, at + IDS_AT_ONCE);
      const body = {
        size: values.length,
        _source: false,
        track_total_hits: false,
        query: { ids: { values } },
      };
      const path = `${this.path}/_search?allow_partial_search_results=false&filter_path=hits.hits._id`;
      const answer = await this.#ask(path, body, signal);
      if (answer === undefined) continue;
      const there = readJson(answer, ({ hits }: Found) => (hits?.hits ?? []).map(({ _id }) => _id));
      for (const id of there) found.add(id);
    }
    return found;
  }

  /** @returns `undefined` where there is no such index. */
  async #ask(path: string, body: unknown, signal: AbortSignal): Promise<ClusterAnswer | undefined> {
    const answer = await this.#cluster.request({
      method: "POST",
      path,
      signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw answerError(answer);
    return answer;
  }
}

interface Found {
  readonly hits?: { readonly hits?: readonly { readonly _id: string }[] };
}
