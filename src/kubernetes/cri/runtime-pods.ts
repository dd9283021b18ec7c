/**
 * @module Pods as the container runtime of this host knows them: where there is no API server, and for what that does not say yet.
 *
 * The runtime is asked when somebody asks for a container or pod that is not known, again with growing pauses until it is known or
 * nobody waits any more, and all that are asked for at a time together. Events of runtimes (`GetContainerEvents`) are not followed:
 * where they exist, whoever follows them takes them from the kubelet.
 */
import type { Container, PodSandbox } from "../../encoding/protobuf/generated/runtime/v1/api_pb.ts";
import { Backoff } from "../../lib/backoff.ts";
import { errorMessage } from "../../os/caught.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import { GONE, type WatcherLog } from "../api/watcher-settings.ts";
import type { PodStore } from "../pod/store.ts";
import type { CriClient } from "./client.ts";
import { isStarting, podObject, type StatedContainer } from "./pod.ts";

/** What {@link RuntimePods} is given. */
export interface RuntimePodsSettings {
  readonly client: CriClient;
  readonly store: PodStore;
  /** Whether nobody else knows pods: then all that there are are asked for at the start. */
  readonly isAlone: boolean;
  readonly log: WatcherLog;
}

/** What is counted. */
export interface RuntimeFigures {
  /** Containers and pods that were asked for, and those of these that the runtime knew. */
  asked: number;
  resolved: number;
  /** Answers that did not come. */
  failures: number;
  /** Pods and containers that are beyond all bounds. */
  malformed: number;
}

/** Questions that wait at most, those for pods included: as many as containers that nobody knows. */
const MAX_ASKED = 4096;
/** Questions that are asked one by one; where there are more, all containers are. */
const MAX_SINGLE = 8;
/** Statuses that are asked for at once, and of one list. */
const MAX_PARALLEL = 8;
const MAX_LISTED = 10_000;
/** From one question to the same again, and from one round to the next, milliseconds. */
const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 2000;
const ROUND_PAUSE_MS = 20;
const LIST_PAUSE_MS = 500;
/** A container that has not begun is taken as it is when it was asked for so often, which takes some five seconds. */
const STARTING_ROUNDS = 7;
/** Rounds in which a pod is asked for: whoever asks waits for five seconds. */
const POD_ROUNDS = 12;
/** What is gone is looked for so often, milliseconds. */
const SWEEP_MS = 60_000;
const LOG_INTERVAL_MS = 60_000;

interface Question {
  rounds: number;
  due: number;
}

/** Keeps a store in what the runtime knows. */
export class RuntimePods {
  readonly figures: RuntimeFigures = { asked: 0, resolved: 0, failures: 0, malformed: 0 };
  readonly #settings: RuntimePodsSettings;
  readonly #containers = new Map<string, Question>();
  readonly #pods = new Map<string, Question>();
  readonly #backoff = new Backoff(GONE);
  readonly #troubles = new Throttle(LOG_INTERVAL_MS);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sweeper: ReturnType<typeof setInterval> | undefined;
  #round: Promise<void> | undefined;
  /** When the next round may begin: `performance.now()`. */
  #earliest = 0;
  #isStopped = false;

  constructor(settings: RuntimePodsSettings) {
    this.#settings = settings;
    const { store } = settings;
    store.onUnknown = (id) => this.#note(this.#containers, id);
    store.known.onUnknown = (uid) => this.#note(this.#pods, uid);
  }

  /** Asks for all that there are, where nobody else does. Resolves when the answer is there, or will not come for now. */
  async start(): Promise<void> {
    this.#sweeper = setInterval(() => void this.#sweep(), SWEEP_MS);
    this.#sweeper.unref();
    if (!this.#settings.isAlone) return;
    this.#round = this.#attempt(() => this.#takeAll());
    await this.#round;
    this.#round = undefined;
    this.#schedule();
  }

  /** Ends all that is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearInterval(this.#sweeper);
    this.#settings.client.close();
    await this.#round;
  }

  #note(questions: Map<string, Question>, name: string): void {
    if (this.#isStopped || questions.has(name)) return;
    if (this.#containers.size + this.#pods.size >= MAX_ASKED) return;
    this.figures.asked++;
    questions.set(name, { rounds: 0, due: 0 });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isStopped || this.#round !== undefined) return;
    let next = Number.POSITIVE_INFINITY;
    for (const questions of [this.#containers, this.#pods])
      for (const { due } of questions.values()) next = Math.min(next, due);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (next === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, Math.max(next, this.#earliest) - performance.now());
    this.#timer = setTimeout(() => {
      this.#round = this.#attempt(() => this.#askDue()).then(() => {
        this.#round = undefined;
        this.#schedule();
      });
    }, wait);
    this.#timer.unref();
  }

  /** Never rejects: what fails is tried again later. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#backoff.reset();
    } catch (error) {
      if (this.#isStopped) return;
      this.figures.failures++;
      this.#earliest = performance.now() + this.#backoff.next(performance.now())!;
      const repeated = this.#troubles.pass();
      if (repeated !== undefined)
        this.#settings.log.warn("Cannot ask the container runtime: trying again", {
          reason: errorMessage(error),
          ...repeated,
        });
    }
    this.#forget();
  }

  async #askDue(): Promise<void> {
    const now = performance.now();
    const dueOf = (questions: Map<string, Question>) =>
      [...questions].filter(([, { due }]) => due <= now).map(([name]) => name);
    const [ids, uids] = [dueOf(this.#containers), dueOf(this.#pods)];
    for (const question of [
      ...ids.map((id) => this.#containers.get(id)!),
      ...uids.map((uid) => this.#pods.get(uid)!),
    ]) {
      question.due = now + Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** question.rounds);
      question.rounds++;
    }
    const isMany = ids.length + uids.length > MAX_SINGLE;
    this.#earliest = now + (isMany ? LIST_PAUSE_MS : ROUND_PAUSE_MS);
    if (isMany) await this.#takeAll(this.#settings.isAlone ? undefined : new Set([...ids, ...uids]));
    else
      await Promise.all([
        ...ids.map((id) => this.#takeContainer(id)),
        ...uids.map((uid) => this.#takePod(uid)),
      ]);
  }

  async #takeContainer(id: string): Promise<void> {
    const { client, store } = this.#settings;
    const [container] = await client.containers(id);
    if (container === undefined) {
      // The process that holds a pod's namespaces has an id of its own, and belongs to no container.
      const [sandbox] = await client.sandboxes({ id });
      if (sandbox === undefined) return;
      this.#take(sandbox, []);
      store.giveUp(id);
      return;
    }
    const [sandbox] = await client.sandboxes({ id: container.podSandboxId });
    if (sandbox !== undefined) this.#take(sandbox, await this.#stated([container]));
  }

  async #takePod(podUid: string): Promise<void> {
    for (const sandbox of newest(await this.#settings.client.sandboxes({ podUid }))) this.#take(sandbox, []);
  }

  /** @param wanted Ids of containers and uids of pods. @default all that there are */
  async #takeAll(wanted?: ReadonlySet<string>): Promise<void> {
    const { client, store } = this.#settings;
    const [sandboxes, containers] = await Promise.all([client.sandboxes(), client.containers()]);
    if (sandboxes.length > MAX_LISTED || containers.length > MAX_LISTED)
      throw new RangeError(`the runtime lists more than ${MAX_LISTED} pods or containers`);
    const isWanted = (id: string) => wanted === undefined || wanted.has(id.slice(0, 31));
    const stated = await this.#stated(containers.filter(({ id }) => isWanted(id) && !store.isKnown(id)));
    const bySandbox = Map.groupBy(stated, ({ container }) => container.podSandboxId);
    for (const sandbox of newest(sandboxes)) {
      const { id, metadata } = sandbox;
      const own = bySandbox.get(id) ?? [];
      if (own.length > 0 || isWanted(id) || wanted?.has(metadata?.uid ?? "") === true)
        this.#take(sandbox, own);
      store.giveUp(id);
    }
    if (wanted === undefined) store.keepRuntimePods(uidsOf(sandboxes));
  }

  /** Asks what has become of containers. Those that have not begun yet are left for the next round. */
  async #stated(containers: readonly Container[]): Promise<StatedContainer[]> {
    const found: StatedContainer[] = [];
    for (let i = 0; i < containers.length; i += MAX_PARALLEL) {
      const some = containers.slice(i, i + MAX_PARALLEL);
      const statuses = await Promise.all(some.map(({ id }) => this.#settings.client.status(id)));
      for (const [at, status] of statuses.entries()) {
        const container = some[at]!;
        const rounds = this.#containers.get(container.id.slice(0, 31))?.rounds ?? 0;
        if (status !== undefined && !(isStarting(status) && rounds < STARTING_ROUNDS))
          found.push({ container, status });
      }
    }
    return found;
  }

  #take(sandbox: PodSandbox, containers: readonly StatedContainer[]): void {
    const { client, store } = this.#settings;
    const object = podObject(sandbox, containers, client.runtime?.name || "unknown");
    if (object === undefined) this.figures.malformed++;
    else store.fill(object);
  }

  /** Takes away what is known by now, or is waited for no longer. */
  #forget(): void {
    const { store } = this.#settings;
    for (const id of this.#containers.keys()) {
      if (store.isAwaited(id)) continue;
      if (store.isKnown(id)) this.figures.resolved++;
      this.#containers.delete(id);
    }
    for (const [uid, { rounds }] of this.#pods) {
      const isKnown = store.known.pod(uid) !== undefined;
      if (!isKnown && rounds < POD_ROUNDS) continue;
      if (isKnown) this.figures.resolved++;
      this.#pods.delete(uid);
    }
  }

  /** Pods that are gone go. */
  async #sweep(): Promise<void> {
    const { client, store } = this.#settings;
    if (!store.hasRuntimePods || this.#round !== undefined) return;
    this.#round = this.#attempt(async () => store.keepRuntimePods(uidsOf(await client.sandboxes())));
    await this.#round;
    this.#round = undefined;
    this.#schedule();
  }
}

/** Of a pod's sandboxes the last one: a pod whose sandbox has died has another. */
function newest(sandboxes: readonly PodSandbox[]): PodSandbox[] {
  return sandboxes.toSorted((a, b) => Number(a.createdAt - b.createdAt));
}

function uidsOf(sandboxes: readonly PodSandbox[]): ReadonlySet<string> {
  return new Set(sandboxes.flatMap(({ metadata }) => (metadata === undefined ? [] : [metadata.uid])));
}
