/** @module What the API server says of the pods of this node and of the node itself, as events need it. */
import * as v from "valibot";
import type { ContainerWait, NodeLabels, PodIdentity, WaitFigures } from "../pipeline/enrich/container.ts";
import { type ApiClient, pathOf } from "./api/client.ts";
import { ObjectMeta } from "./api/object.ts";
import { Watcher } from "./api/watcher.ts";
import { METADATA_ONLY, type WatcherLog } from "./api/watcher-settings.ts";
import type { IdentityFigures } from "./figures.ts";
import type { KnownPods } from "./pod/known-pods.ts";
import { PodObject } from "./pod/object.ts";
import { PodStore } from "./pod/store.ts";

/** What {@link NodeIdentity} is given. */
export interface NodeIdentitySettings {
  readonly client: ApiClient;
  readonly nodeName: string;
  readonly withAnnotations: boolean;
  readonly deletedSize: number;
  /** How long an event waits for its pod, milliseconds. */
  readonly timeoutMs: number;
  readonly log: WatcherLog;
}

/** Events that wait at most, and what they may take. A burst of a thousand containers that start at once fits. */
const MAX_WAITING = 16_384;
const MAX_WAITING_BYTES = 64 << 20;

/** What happens meanwhile waits in the kernel. */
const FIRST_WAIT_MS = 1000;

const Node = v.object({ metadata: ObjectMeta });

/** Keeps up with the pods of a node. */
export class NodeIdentity implements PodIdentity {
  readonly client: ApiClient;
  readonly containers: PodStore;
  readonly pods: KnownPods;
  readonly wait: ContainerWait;
  readonly figures: IdentityFigures;
  readonly #podWatcher: Watcher<PodObject>;
  readonly #nodeWatcher: Watcher<v.InferOutput<typeof Node>>;
  #labels: Readonly<Record<string, string>> | undefined;
  readonly nodeLabels: NodeLabels;

  constructor(settings: NodeIdentitySettings) {
    const { client, nodeName, withAnnotations, deletedSize, timeoutMs, log } = settings;
    this.client = client;
    this.containers = new PodStore({ withAnnotations, deletedSize, timeoutMs });
    this.pods = this.containers.known;
    this.#podWatcher = new Watcher({
      client,
      what: "pods",
      path: pathOf("", "pods"),
      query: { fieldSelector: `spec.nodeName=${nodeName}` },
      schema: PodObject,
      listener: this.containers,
      log,
    });
    this.#nodeWatcher = this.#watchNode(client, nodeName, log);
    const self = this;
    this.nodeLabels = {
      get current() {
        return self.#labels;
      },
    };
    const figures: WaitFigures = { waiting: 0, waited: 0, timeout: 0, full: 0 };
    this.wait = { timeoutMs, maxEvents: MAX_WAITING, maxBytes: MAX_WAITING_BYTES, figures };
    this.figures = { pods: this.containers.figures, wait: figures };
  }

  /** Begins to ask. Resolves when all that there is has come, or after {@link FIRST_WAIT_MS}: the rest is there when it comes. */
  async start(): Promise<void> {
    const watchers = [this.#podWatcher, this.#nodeWatcher];
    for (const watcher of watchers) watcher.start();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FIRST_WAIT_MS);
    await Promise.race([promise, Promise.all(watchers.map(({ synced }) => synced))]);
    clearTimeout(timer);
  }

  /** Idempotent. Nobody waits any more. */
  async stop(): Promise<void> {
    this.containers[Symbol.dispose]();
    await Promise.all([this.#podWatcher.stop(), this.#nodeWatcher.stop()]);
  }

  #watchNode(client: ApiClient, nodeName: string, log: WatcherLog): Watcher<v.InferOutput<typeof Node>> {
    const take = ({ metadata }: v.InferOutput<typeof Node>): void => {
      const labels = metadata.labels ?? {};
      // Its heartbeats change nothing of interest.
      if (!Bun.deepEquals(labels, this.#labels ?? {}))
        this.#labels = Object.keys(labels).length === 0 ? undefined : labels;
    };
    return new Watcher({
      client,
      what: "this node",
      path: pathOf("", "nodes"),
      query: { fieldSelector: `metadata.name=${nodeName}` },
      accept: METADATA_ONLY,
      schema: Node,
      listener: {
        onList: (nodes) => {
          for (const node of nodes) take(node);
        },
        onChange: take,
        onDelete: () => {},
      },
      log,
    });
  }
}
