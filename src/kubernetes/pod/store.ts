/**
 * @module The pods of this node and their containers. Who asks for a container that is not known yet gets one that becomes known
 * later, and may wait for that, for a bounded time. Pods that are gone are remembered for a while: their last events come late.
 */
import type { ContainerSource } from "../../pipeline/enrich/container.ts";
import type { ObjectListener } from "../api/watcher-settings.ts";
import { AwaitedContainer } from "./awaited-container.ts";
import { containerFacts, identityOf, shortId } from "./identity.ts";
import { KnownPods } from "./known-pods.ts";
import { type PodName, type PodObject, statusesOf } from "./object.ts";

/** What a {@link PodStore} is given. */
export interface PodStoreSettings {
  /** `--enable-pod-annotations`. */
  readonly withAnnotations: boolean;
  /** `--deleted-pod-cache-size`: containers of pods that are gone which are remembered. */
  readonly deletedSize: number;
  /** Milliseconds that events wait for a container, from the first question on. */
  readonly timeoutMs: number;
  /** Milliseconds; never goes back. */
  readonly now?: () => number;
}

/** What a store counts. */
export interface PodFigures {
  /** Containers that were asked for and known, or not. */
  found: number;
  missed: number;
  /** Those that nobody came to know in time. */
  givenUp: number;
  /** Containers of pods that were gone which were asked for, and which were forgotten for want of room. */
  deletedHits: number;
  deletedEvictions: number;
}

interface PodEntry {
  /** No more of the pod than that: its annotations may be long. */
  readonly metadata: PodName;
  /** Of its containers, those that it had before included. */
  readonly ids: readonly string[];
}

/** Containers that nobody knows are remembered so many at most. */
const MAX_UNKNOWN = 4096;
/** A pod that fails on and on has had many containers. */
const MAX_EARLIER = 64;
const CHECK_MS = 1000;

/** Knows pods. */
export class PodStore implements ContainerSource, ObjectListener<PodObject>, Disposable {
  readonly figures: PodFigures = { found: 0, missed: 0, givenUp: 0, deletedHits: 0, deletedEvictions: 0 };
  /** The same pods as policies ask for them. */
  readonly known = new KnownPods();
  readonly #settings: PodStoreSettings;
  readonly #now: () => number;
  readonly #containers = new Map<string, AwaitedContainer>();
  /** Ids of those whose pod has not come yet, the oldest first. */
  readonly #unknown = new Set<string>();
  /** Ids of those whose pod is gone, the one that was asked for last at the end. */
  readonly #deleted = new Set<string>();
  readonly #pods = new Map<string, PodEntry>();
  #timer: ReturnType<typeof setInterval> | undefined;

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
      if (this.#deleted.delete(id)) {
        this.#deleted.add(id);
        this.figures.deletedHits++;
      }
    }
    return known ?? this.#addUnknown(id);
  }

  onList(objects: readonly PodObject[]): void {
    const names = new Set(objects.map(({ metadata }) => keyOf(metadata)));
    for (const [key, pod] of this.#pods) if (!names.has(key)) this.onDelete(pod);
    for (const object of objects) this.onChange(object);
  }

  onChange(object: PodObject): void {
    const key = keyOf(object.metadata);
    const before = this.#pods.get(key);
    const ids = new Set(before?.ids);
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
    const { uid, namespace, name } = object.metadata;
    this.#pods.set(key, { metadata: { uid, namespace, name }, ids: this.#newest(ids, current) });
    this.known.set(object);
  }

  onDelete({ metadata }: { readonly metadata: PodName }): void {
    const key = keyOf(metadata);
    const entry = this.#pods.get(key);
    if (entry === undefined) return;
    this.#pods.delete(key);
    for (const id of entry.ids) this.#retire(id);
    this.known.delete(entry);
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
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#check(), Math.min(CHECK_MS, this.#settings.timeoutMs));
      this.#timer.unref();
    }
    return container;
  }

  #forgetOldest(): void {
    const [oldest] = this.#unknown;
    if (oldest === undefined) return;
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
  #newest(ids: ReadonlySet<string>, current: ReadonlySet<string>): string[] {
    const earlier = [...ids].filter((id) => !current.has(id));
    for (const id of earlier.splice(0, Math.max(0, earlier.length - MAX_EARLIER))) this.#retire(id);
    return [...earlier, ...current];
  }

  #retire(id: string): void {
    this.#deleted.add(id);
    while (this.#deleted.size > this.#settings.deletedSize) {
      const [oldest] = this.#deleted;
      this.#deleted.delete(oldest!);
      this.#containers.delete(oldest!);
      this.figures.deletedEvictions++;
    }
  }
}

function keyOf({ uid, namespace, name }: PodName): string {
  return uid || `${namespace ?? ""}/${name}`;
}
