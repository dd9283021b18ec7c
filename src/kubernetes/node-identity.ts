/** @module What the API server, the container runtime or both say of the pods of this node, as events need it. */
import * as v from "valibot";
import type { ContainerWait, NodeLabels, PodIdentity, WaitFigures } from "../pipeline/enrich/container.ts";
import { type ApiClient, pathOf } from "./api/client.ts";
import { ObjectMeta } from "./api/object.ts";
import { Watcher } from "./api/watcher.ts";
import { METADATA_ONLY, type WatcherLog } from "./api/watcher-settings.ts";
import type { CriClient } from "./cri/client.ts";
import type { RuntimePods, RuntimePodsSettings } from "./cri/runtime-pods.ts";
import type { IdentityFigures } from "./figures.ts";
import type { KnownPods } from "./pod/known-pods.ts";
import { PodObject } from "./pod/object.ts";
import { PodStore } from "./pod/store.ts";

/** What {@link NodeIdentity} is given. */
export interface NodeIdentitySettings {
  /** The API server and the name of this node there; `undefined` where it is not to be asked. */
  readonly api: { readonly client: ApiClient; readonly nodeName: string } | undefined;
  /** The container runtime; `undefined` where it is not to be asked. */
  readonly runtime: RuntimeAccess | undefined;
  readonly withAnnotations: boolean;
  readonly deletedSize: number;
  /** How long an event waits for its pod, milliseconds. */
  readonly timeoutMs: number;
  readonly log: WatcherLog;
}

/** A container runtime, and what asks it: a run that does not use it does not load it. */
export interface RuntimeAccess {
  readonly client: CriClient;
  create(settings: RuntimePodsSettings): RuntimePods;
}

/** Events that wait at most, and what they may take. A burst of a thousand containers that start at once fits. */
const MAX_WAITING = 16_384;
const MAX_WAITING_BYTES = 64 << 20;

/** What happens meanwhile waits in the kernel. */
const FIRST_WAIT_MS = 1000;

type Api = NonNullable<NodeIdentitySettings["api"]>;

const Node = v.object({ metadata: ObjectMeta });

/** Keeps up with the pods of a node. */
export class NodeIdentity implements PodIdentity {
  readonly client: ApiClient | undefined;
  readonly containers: PodStore;
  readonly pods: KnownPods;
  readonly wait: ContainerWait;
  readonly figures: IdentityFigures;
  readonly #watchers: readonly { start(): void; readonly synced: Promise<void>; stop(): Promise<void> }[];
  readonly #runtime: RuntimePods | undefined;
  #labels: Readonly<Record<string, string>> | undefined;
  readonly nodeLabels: NodeLabels;

  constructor(settings: NodeIdentitySettings) {
    const { api, runtime, withAnnotations, deletedSize, timeoutMs, log } = settings;
    this.client = api?.client;
    const store = new PodStore({ withAnnotations, deletedSize, timeoutMs });
    this.containers = store;
    this.pods = store.known;
    this.#watchers = api === undefined ? [] : [this.#watchPods(api, log), this.#watchNode(api, log)];
    this.#runtime = runtime?.create({ client: runtime.client, store, isAlone: api === undefined, log });
    const self = this;
    this.nodeLabels = {
      get current() {
        return self.#labels;
      },
    };
    const figures: WaitFigures = { waiting: 0, waited: 0, timeout: 0, full: 0 };
    this.wait = { timeoutMs, maxEvents: MAX_WAITING, maxBytes: MAX_WAITING_BYTES, figures };
    this.figures = {
      pods: store.figures,
      wait: figures,
      ...(this.#runtime !== undefined && { runtime: this.#runtime.figures }),
    };
  }

  /** Begins to ask. Resolves when all that there is has come, or after {@link FIRST_WAIT_MS}: the rest is there when it comes. */
  async start(): Promise<void> {
    for (const watcher of this.#watchers) watcher.start();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, FIRST_WAIT_MS);
    await Promise.race([
      promise,
      Promise.all([...this.#watchers.map(({ synced }) => synced), this.#runtime?.start()]),
    ]);
    clearTimeout(timer);
  }

  /** Idempotent. Nobody waits any more. */
  async stop(): Promise<void> {
    this.containers[Symbol.dispose]();
    await Promise.all([...this.#watchers.map((watcher) => watcher.stop()), this.#runtime?.stop()]);
  }

  #watchPods({ client, nodeName }: Api, log: WatcherLog): Watcher<PodObject> {
    return new Watcher({
      client,
      what: "pods",
      path: pathOf("", "pods"),
      query: { fieldSelector: `spec.nodeName=${nodeName}` },
      schema: PodObject,
      listener: this.containers,
      log,
    });
  }

  #watchNode({ client, nodeName }: Api, log: WatcherLog): Watcher<v.InferOutput<typeof Node>> {
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
