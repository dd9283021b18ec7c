/**
 * @module Bulk requests that the cluster still works on, and that nobody waits for any more: their sender was killed, or has
 * given up. What such a request writes cannot be found in the index yet, so it must be over before anybody looks there.
 *
 * Each request says whose it is by the header `X-Opaque-Id`; the task management API of Elasticsearch and OpenSearch shows it
 * with each task: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-tasks-list
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { answerError, readJson } from "../../lib/elasticsearch/answer.ts";
import type { Cluster } from "../../lib/elasticsearch/cluster.ts";
import { ClusterError, isForbidden } from "../../lib/elasticsearch/error.ts";

const HEADER = "X-Opaque-Id";
const PATH =
  "/_tasks?actions=indices:data/write/bulk*&filter_path=nodes.*.tasks.*.headers,node_failures,task_failures";
/** How long is waited at most: a bulk request waits a minute for a shard, and is then done soon. Milliseconds. */
const MOST_MS = 120_000;
/** How often the cluster is asked: at first, and in the end. Milliseconds. */
const [SOONEST_MS, LATEST_MS] = [50, 1000];

/** What is said of what was found out. */
export interface OpenRequestsLog {
  /** The agent has no right to see tasks. Called once. */
  onHidden(error: Error): void;
  onWait(): void;
  /** They did not end in time. */
  onLeft(): void;
}

/** The requests of one queue. */
export class OpenRequests {
  readonly #cluster: Cluster;
  readonly #log: OpenRequestsLog;
  /** What the ids of all requests of this queue begin with, also those of earlier runs. */
  readonly #queue: string;
  /** The same for those of this run. */
  readonly #run: string;
  #bulks = 0;
  #isChecked = false;
  #isHidden = false;

  /** @param queueId Of the queue, the same in each run. */
  constructor(cluster: Cluster, queueId: bigint, log: OpenRequestsLog) {
    this.#cluster = cluster;
    this.#log = log;
    this.#queue = `tetrad-${queueId.toString(16).padStart(16, "0")}-`;
    this.#run = `${this.#queue}${randomBytes(4).toString("hex")}-`;
  }

  /** The headers of all requests of one more bulk, which has one request at a time. */
  nextHeaders(): Readonly<Record<string, string>> {
    return { [HEADER]: `${this.#run}${++this.#bulks}` };
  }

  /** Finds out, once, whether the agent may look. @throws ClusterError */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#isChecked) return;
    await this.#hasOpen("", signal);
    this.#isChecked = true;
  }

  /**
   * Resolves when the cluster works on no request of earlier runs any more, nor on one of the bulk whose headers are given.
   * @throws ClusterError when it does not say.
   */
  async ended(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void> {
    const own = headers[HEADER]!;
    const until = performance.now() + MOST_MS;
    for (let waitMs = SOONEST_MS; await this.#hasOpen(own, signal); waitMs *= 2) {
      if (performance.now() > until) return this.#log.onLeft();
      this.#log.onWait();
      await sleep(Math.min(waitMs, LATEST_MS), undefined, { signal });
    }
  }

  async #hasOpen(own: string, signal: AbortSignal): Promise<boolean> {
    if (this.#isHidden) return false;
    const answer = await this.#cluster.request({ path: PATH, signal });
    if (answer.status < 300) return readJson(answer, (tasks: Tasks) => this.#isOneOpen(tasks, own));
    const error = answerError(answer);
    // What is no node may not know the path at all.
    if (!isForbidden(error) && answer.status !== 404 && answer.status !== 400) throw error;
    this.#isHidden = true;
    this.#log.onHidden(error);
    return false;
  }

  #isOneOpen({ nodes = {}, node_failures: failures = [], task_failures: others = [] }: Tasks, own: string) {
    if (failures.length > 0 || others.length > 0)
      throw new ClusterError("answer", "Not all nodes say what they are working on");
    return Object.values(nodes)
      .flatMap(({ tasks = {} }) => Object.values(tasks))
      .some(({ headers }) => {
        const id = headers?.[HEADER] ?? "";
        return id === own || (id.startsWith(this.#queue) && !id.startsWith(this.#run));
      });
  }
}

interface Tasks {
  readonly nodes?: Readonly<Record<string, { readonly tasks?: Readonly<Record<string, Task>> }>>;
  readonly node_failures?: readonly unknown[];
  readonly task_failures?: readonly unknown[];
}

interface Task {
  readonly headers?: Readonly<Record<string, string>>;
}
