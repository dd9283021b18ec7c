/**
 * @module The policies of a cluster: objects of both kinds, watched at the API server, and loaded as they come, change and go. What was
 * missed while the server was away the next list says.
 */
import type { ConsolaInstance } from "consola";
import * as v from "valibot";
import {
  type ApiClient,
  ObjectMeta,
  pathOf,
  Watcher,
  type WatcherSettings,
} from "../../../kubernetes/index.ts";
import { errorMessage } from "../../../os/caught.ts";
import type { NodeLabels } from "../../../pipeline/enrich/container.ts";
import {
  POLICY_GROUP,
  POLICY_RESOURCES,
  POLICY_VERSION,
  type PolicyResource,
} from "../../../policy/document/crd/resource.ts";
import { objectName, type PolicyRegistry } from "../../../policy/registry/index.ts";

/** How long policies wait for the labels of the node, and how often somebody looks, milliseconds. */
const [LABELS_WAIT_MS, LABELS_LOOK_MS] = [5000, 50];

/** An object, of which the rest is looked at by who reads policies. */
const PolicyObject = v.object({ metadata: ObjectMeta, spec: v.optional(v.unknown()) });

type PolicyObject = v.InferOutput<typeof PolicyObject>;

/** What {@link ClusterPolicies} is given. */
export interface ClusterPoliciesSettings {
  readonly client: ApiClient;
  readonly registry: Pick<PolicyRegistry, "setObjects">;
  readonly log: ConsolaInstance;
  /** Labels of this node, which a policy may ask for. @default nobody knows */
  readonly nodeLabels?: NodeLabels | undefined;
  /** @default that of the watcher */
  readonly backoff?: WatcherSettings<PolicyObject>["backoff"];
}

/** Follows the policies of a cluster from {@link start} on. */
export class ClusterPolicies {
  readonly #settings: ClusterPoliciesSettings;
  readonly #watchers: readonly Watcher<PolicyObject>[];
  /** What was taken of each object, by its name. */
  readonly #known = new Map<string, string>();
  /** What has changed and was not taken yet; `undefined` for what is gone. */
  readonly #pending = new Map<string, string | undefined>();
  #applying: Promise<void> | undefined;
  #isStopped = false;

  constructor(settings: ClusterPoliciesSettings) {
    this.#settings = settings;
    this.#watchers = POLICY_RESOURCES.map((resource) => this.#watcher(resource));
  }

  /** Begins, in the background. */
  start(): void {
    for (const watcher of this.#watchers) watcher.start();
  }

  /** Ends, and resolves when nothing is under way. Policies stay as they are. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#watchers.map((watcher) => watcher.stop()));
    await this.#applying;
  }

  #watcher(resource: PolicyResource): Watcher<PolicyObject> {
    const { client, log, backoff } = this.#settings;
    const nameOf = ({ metadata: { namespace, name } }: PolicyObject) =>
      objectName(resource.kind, { namespace: namespace ?? "", name });
    return new Watcher<PolicyObject>({
      client,
      what: resource.plural,
      path: pathOf(`${POLICY_GROUP}/${POLICY_VERSION}`, resource.plural),
      schema: PolicyObject,
      log,
      ...(backoff === undefined ? {} : { backoff }),
      listener: {
        onList: (objects) => {
          const names = new Set(objects.map(nameOf));
          const ofKind = (name: string) => name.startsWith(`${resource.kind}/`);
          for (const name of [...this.#known.keys(), ...this.#pending.keys()])
            if (ofKind(name) && !names.has(name)) this.#set(name, undefined);
          for (const object of objects) this.#set(nameOf(object), textOf(resource, object));
        },
        onChange: (object) => this.#set(nameOf(object), textOf(resource, object)),
        onDelete: (object) => this.#set(nameOf(object), undefined),
      },
    });
  }

  /** Most changes of an object are none of the policy: of labels, of who manages it. */
  #set(name: string, text: string | undefined): void {
    const before = this.#pending.has(name) ? this.#pending.get(name) : this.#known.get(name);
    if (text === before) return;
    this.#pending.set(name, text);
    this.#applying ??= this.#apply();
  }

  /** Policies and labels of the node come at the same time: what asks for the latter waits for them, for a while. */
  async #nodeKnown(): Promise<void> {
    const { nodeLabels } = this.#settings;
    if (nodeLabels === undefined) return;
    const asks = () => [...this.#pending.values()].some((text) => text?.includes('"nodeSelector":{'));
    const end = performance.now() + LABELS_WAIT_MS;
    while (asks() && nodeLabels.current === undefined && !this.#isStopped && performance.now() < end)
      await Bun.sleep(LABELS_LOOK_MS);
  }

  async #apply(): Promise<void> {
    // What comes together, as all that there are at first, is loaded together.
    await Promise.resolve();
    const { registry, log } = this.#settings;
    await this.#nodeKnown();
    while (this.#pending.size > 0) {
      const changes = [...this.#pending];
      this.#pending.clear();
      for (const [name, text] of changes)
        if (text === undefined) this.#known.delete(name);
        else this.#known.set(name, text);
      try {
        const outcomes = await registry.setObjects(changes.map(([file, text]) => ({ file, text })));
        for (const { problems, warnings } of outcomes)
          for (const each of [...problems, ...warnings]) log.warn(each);
        log.info("Policies of the cluster changed", { objects: changes.map(([name]) => name).join(",") });
      } catch (error) {
        // The next list says it again, of those that are gone as well.
        for (const [name] of changes) this.#known.set(name, "");
        log.error("Cannot load policies of the cluster", { error: errorMessage(error) });
      }
    }
    this.#applying = undefined;
  }
}

/** What of an object is a policy: the rest is the API server's own. */
function textOf({ kind }: PolicyResource, { metadata, spec }: PolicyObject): string {
  const { name, namespace } = metadata;
  return JSON.stringify({
    apiVersion: `${POLICY_GROUP}/${POLICY_VERSION}`,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
    spec,
  });
}
