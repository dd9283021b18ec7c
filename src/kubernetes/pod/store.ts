/**
 * @module The pods of this node and their containers. Who asks for a container that is not known yet gets one that becomes known
 * later, and may wait for that, for a bounded time. Pods that are gone are remembered for a while: their last events come late.
 */
import type { ContainerSource } from "../../pipeline/enrich/container.ts";
import type { ObjectListener } from "../api/watcher-settings.ts";
import { AwaitedContainer } from "./awaited-container.ts";
import { DeletedContainers } from "./deleted-containers.ts";
import { containerFacts, ID_LENGTH, identityOf, shortId } from "./identity.ts";
import { KnownPods, mirroredUid } from "./known-pods.ts";
import { type PodName, type PodObject, statusesOf } from "./object.ts";
import type { PodFigures, PodStoreSettings } from "./store-settings.ts";

export type { PodFigures, PodStoreSettings } from "./store-settings.ts";

interface PodEntry {
  /** As it was last, without what is told of its containers. */
  readonly object: PodObject;
  /** Of its containers, those that it had before included. */
  readonly ids: readonly string[];
  /** Whether the container runtime has said it, and the API server not yet. */
  readonly isOfRuntime: boolean;
  /** Of a static pod, the uid by which the runtime knows it. */
  readonly mirrored: string | undefined;
}

/** Containers that nobody knows are remembered so many at most. */
const MAX_UNKNOWN = 4096;
/** A pod that fails on and on has had many containers. */
const MAX_EARLIER = 64;
const CHECK_MS = 1000;

/** Knows pods. */
export class PodStore implements ContainerSource, ObjectListener<PodObject>, Disposable {
  readonly figures: PodFigures = {
    found: 0,
    missed: 0,
    givenUp: 0,
    deletedHits: 0,
    deletedEvictions: 0,
    unknownEvictions: 0,
  };
  /** The same pods as policies ask for them. */
  readonly known = new KnownPods();
  readonly #settings: PodStoreSettings;
  readonly #now: () => number;
  readonly #containers = new Map<string, AwaitedContainer>();
  /** Ids of those whose pod has not come yet, the oldest first. */
  readonly #unknown = new Set<string>();
  /** Those whose pod is gone. */
  readonly #deleted = new DeletedContainers();
  readonly #pods = new Map<string, PodEntry>();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Called when somebody asks for a container that is not known, with its id as events print it. @default nobody is */
  onUnknown: (id: string) => void = () => {};

  constructor(settings: PodStoreSettings) {
    this.#settings = settings;
    this.#now = settings.now ?? (() => performance.now());
  }

  /** Pods that there are. */
  get size(): number {
    return this.#pods.size;
  }

  /** Containers of pods that are gone. */
  get deletedCount(): number {
    return this.#deleted.size;
  }

  find(id: string): AwaitedContainer {
    const known = this.#containers.get(id);
    if (known?.identity === undefined) this.figures.missed++;
    else {
      this.figures.found++;
      if (this.#deleted.touch(id)) this.figures.deletedHits++;
    }
    return known ?? this.#addUnknown(id);
  }

  /** Whether there is something to say of a container. @param id The whole, or as events print it. */
  isKnown(id: string): boolean {
    return this.#containers.get(id.slice(0, ID_LENGTH))?.identity !== undefined;
  }

  /** Whether somebody may wait for a container. @param id As events print it. */
  isAwaited(id: string): boolean {
    return this.#unknown.has(id) && this.#containers.get(id)!.isAwaited;
  }

  /** Nobody is to wait for a container: it is none of a pod's. @param id The whole, or as events print it. */
  giveUp(id: string): void {
    const short = id.slice(0, ID_LENGTH);
    if (this.#unknown.has(short)) this.#containers.get(short)!.giveUp();
  }

  onList(objects: readonly PodObject[]): void {
    const names = new Set(objects.map(({ metadata }) => keyOf(metadata)));
    for (const [key, { object, isOfRuntime }] of this.#pods)
      if (!isOfRuntime && !names.has(key)) this.onDelete(object);
    for (const object of objects) this.onChange(object);
  }

  onChange(object: PodObject): void {
    const mirrored = mirroredUid(object);
    const other = mirrored === undefined ? undefined : this.#pods.get(mirrored);
    if (other?.isOfRuntime === true && haveOneName(other.object, object)) {
      this.#pods.delete(mirrored!);
      this.known.delete(other.object);
    }
    this.#set(object, false);
  }

  onDelete({ metadata }: { readonly metadata: PodName }): void {
    const key = keyOf(metadata);
    const entry = this.#pods.get(key);
    if (entry === undefined) return;
    this.#pods.delete(key);
    for (const id of entry.ids) this.#retire(id, entry.object.metadata.namespace);
    this.known.delete(entry.object);
  }

  /** Whether there are pods that the container runtime alone has said. */
  get hasRuntimePods(): boolean {
    return this.#pods.values().some(({ isOfRuntime }) => isOfRuntime);
  }

  /**
   * Takes what the container runtime says of a pod and some of its containers. What the API server has said stays; of a pod that it
   * has described it is the containers that it has not told of yet which are added.
   */
  fill(object: PodObject): void {
    const entry = this.#described(object);
    if (entry === undefined) {
      this.#set(object, true);
      return;
    }
    const ids = new Set(entry.ids);
    for (const status of statusesOf(object)) {
      const id = shortId(status.containerID);
      if (id === "" || this.isKnown(id)) continue;
      this.#learn(id, entry.object, status);
      ids.add(id);
    }
    this.#pods.set(keyOf(entry.object.metadata), { ...entry, ids: [...ids] });
  }

  /** Forgets pods that the container runtime alone has said, but for these. */
  keepRuntimePods(uids: ReadonlySet<string>): void {
    for (const { object, isOfRuntime } of this.#pods.values())
      if (isOfRuntime && !uids.has(object.metadata.uid ?? "")) this.onDelete(object);
  }

  /** Lets go of everything; nobody waits any more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const id of this.#unknown) this.#containers.get(id)?.giveUp();
    this.known.close();
  }

  #addUnknown(id: string): AwaitedContainer {
    if (this.#unknown.size >= MAX_UNKNOWN) this.#forgetOldest();
    const deadline = this.#now() + this.#settings.timeoutMs;
    const container = new AwaitedContainer(deadline);
    this.#containers.set(id, container);
    this.#unknown.add(id);
    this.onUnknown(id);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#check(), Math.min(CHECK_MS, this.#settings.timeoutMs));
      this.#timer.unref();
    }
    return container;
  }

  #forgetOldest(): void {
    const [oldest] = this.#unknown;
    if (oldest === undefined) return;
    this.figures.unknownEvictions++;
    this.#containers.get(oldest)?.giveUp();
    this.#containers.delete(oldest);
    this.#unknown.delete(oldest);
  }

  /** Gives up those whose time is over. */
  #check(): void {
    const now = this.#now();
    let isAwaiting = false;
    for (const id of this.#unknown) {
      const container = this.#containers.get(id)!;
      if (container.question === undefined) continue;
      if (now < container.deadline) isAwaiting = true;
      else {
        this.figures.givenUp++;
        container.giveUp();
      }
    }
    if (isAwaiting) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** What the API server says of the pod that the runtime speaks of. Anybody may claim to mirror another one. */
  #described(object: PodObject): PodEntry | undefined {
    const entry = this.#pods.get(keyOf(object.metadata));
    if (entry !== undefined) return entry.isOfRuntime ? undefined : entry;
    const { uid } = object.metadata;
    return this.#pods.values().find((each) => each.mirrored === uid && haveOneName(each.object, object));
  }

  #set(object: PodObject, isOfRuntime: boolean): void {
    const key = keyOf(object.metadata);
    const ids = new Set(this.#pods.get(key)?.ids);
    const current = new Set<string>();
    for (const status of statusesOf(object)) {
      const id = shortId(status.containerID);
      const earlier = shortId(status.lastState?.terminated?.containerID);
      if (id !== "") {
        ids.add(id);
        current.add(id);
        this.#learn(id, object, status);
      }
      // One that has begun again under another id still has late events.
      if (earlier !== "" && earlier !== id && !ids.has(earlier)) {
        ids.add(earlier);
        const { startedAt } = status.lastState!.terminated!;
        this.#learn(earlier, object, {
          ...status,
          containerID: status.lastState!.terminated!.containerID,
          state: { running: { startedAt } },
        });
      }
    }
    const { annotations: _, ...metadata } = object.metadata;
    this.#pods.set(key, {
      // Annotations may be long.
      object: { metadata: this.#settings.withAnnotations ? object.metadata : metadata, spec: object.spec },
      ids: this.#newest(ids, current, metadata.namespace),
      isOfRuntime,
      mirrored: isOfRuntime ? undefined : mirroredUid(object),
    });
    // The runtime speaks of one container at a time.
    if (isOfRuntime) this.known.add(object);
    else this.known.set(object);
  }

  #learn(id: string, object: PodObject, status: Parameters<typeof containerFacts>[1]): void {
    let container = this.#containers.get(id);
    if (container === undefined) {
      container = new AwaitedContainer(0);
      this.#containers.set(id, container);
    }
    this.#unknown.delete(id);
    this.#deleted.delete(id);
    const facts = containerFacts(object, status, this.#settings.withAnnotations);
    // Most changes of a pod are of no interest here; texts that were made of it stay.
    if (container.facts === undefined || !Bun.deepEquals(facts, container.facts, true))
      container.become(identityOf(id, facts), facts);
  }

  /** All that a pod has now, and the last of those that it had. */
  #newest(ids: ReadonlySet<string>, current: ReadonlySet<string>, namespace: PodName["namespace"]): string[] {
    const earlier = [...ids].filter((id) => !current.has(id));
    for (const id of earlier.splice(0, Math.max(0, earlier.length - MAX_EARLIER)))
      this.#retire(id, namespace);
    return [...earlier, ...current];
  }

  #retire(id: string, namespace: PodName["namespace"]): void {
    this.#deleted.add(id, namespace ?? "");
    while (this.#deleted.size > this.#settings.deletedSize) {
      this.#containers.delete(this.#deleted.takeOldest());
      this.figures.deletedEvictions++;
    }
  }
}

function keyOf({ uid, namespace, name }: PodName): string {
  return uid || `${namespace ?? ""}/${name}`;
}

function haveOneName(one: PodObject, other: PodObject): boolean {
  return one.metadata.namespace === other.metadata.namespace && one.metadata.name === other.metadata.name;
}
