/** @module The index that documents go to: which documents are in it. */
import { answerError, type ClusterAnswer, readJson } from "../../lib/elasticsearch/answer.ts";
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { isForbidden } from "../../lib/elasticsearch/error.ts";

/** Ids of one question. */
const IDS_AT_ONCE = 1000;

/** The target of an exporter. */
export class Target {
  readonly name: string;
  /** Path of the name. */
  readonly path: string;
  readonly #cluster: Cluster;
  readonly #onHidden: (error: Error) => void;
  #isChecked = false;
  #isHidden = false;

  /** @param onHidden Called once when the agent has no right to look. */
  constructor(cluster: Cluster, name: string, onHidden: (error: Error) => void) {
    this.#cluster = cluster;
    this.name = name;
    this.path = `/${encodeURIComponent(name)}`;
    this.#onHidden = onHidden;
  }

  /** Whether the agent has no right to look. */
  get isHidden(): boolean {
    return this.#isHidden;
  }

  /** Finds out, once, whether the agent may look: a missing right is seen before it is needed. @throws ClusterError */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#isChecked) return;
    await this.find([], signal);
    this.#isChecked = true;
  }

  /** Which of the ids are in any index behind the name. @throws ClusterError */
  async find(ids: readonly string[], signal: AbortSignal): Promise<Set<string>> {
    const found = new Set<string>();
    if (this.#isHidden) return found;
    try {
      await this.#ask(`${this.path}/_refresh`, undefined, signal);
      let at = 0;
      do {
        for (const id of await this.#search(ids.slice(at, at + IDS_AT_ONCE), signal)) found.add(id);
        at += IDS_AT_ONCE;
      } while (at < ids.length);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      this.#isHidden = true;
      this.#onHidden(error);
    }
    return found;
  }

  async #search(values: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const body = {
      size: values.length,
      _source: false,
      track_total_hits: false,
      query: { ids: { values } },
    };
    const path = `${this.path}/_search?allow_partial_search_results=false&filter_path=hits.hits._id`;
    const answer = await this.#ask(path, body, signal);
    if (answer === undefined) return [];
    return readJson(answer, ({ hits }: Found) => (hits?.hits ?? []).map(({ _id }) => _id));
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
