/**
 * @module Brings Events to the API server, and spares it: one that repeats is one object with a count, few leave at once, and
 * agents that all start in the same moment do not all call in the same moment.
 */
import { Allowance } from "../../lib/allowance.ts";
import { Backoff } from "../../lib/backoff.ts";
import type { ApiClient } from "../api/client.ts";
import { pathOf } from "../api/client.ts";
import { ApiError } from "../api/error.ts";
import { type ClusterEvent, eventObject, microTime, nameEvent, namespaceOf } from "./event.ts";

/** What the recorder says about itself. */
export interface RecorderLog {
  warn(message: string, fields: object): void;
  debug(message: string, fields: object): void;
}

/** What {@link EventRecorder} is given. */
export interface RecorderSettings {
  readonly client: Pick<ApiClient, "create" | "patch">;
  /** Which agent speaks: its pod, or its node. */
  readonly instance: string;
  /** The first of a while waits for a random part of this, milliseconds. */
  readonly jitterMs: number;
  readonly log: RecorderLog;
  /** @default Math.random */
  readonly random?: () => number;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly now?: () => number;
  /** How many requests may leave at once, and after that in a second. @default 10, and one in 30 s */
  readonly allowance?: { readonly burst: number; readonly perSecond: number };
}

/** What is counted. */
export interface RecorderFigures {
  /** Objects that were made. */
  created: number;
  /** Counts of objects that were brought up to date. */
  updated: number;
  /** Events that the API server did not take, or for which there was no room. */
  dropped: number;
}

/** One kind of occurrence. */
interface Entry {
  readonly event: ClusterEvent;
  readonly first: Date;
  /** How often in all, and how often the API server knows of. */
  count: number;
  said: number;
  last: Date;
  /** Of the object. */
  name: string;
  isCreated: boolean;
  /** When it was last sent, by the clock that never goes back. */
  sentAt: number;
}

/** Kinds of occurrences that are remembered. */
const MAX_ENTRIES = 128;
/** What does not repeat for so long begins anew, milliseconds; that of client-go. */
const SERIES_MS = 6 * 60_000;
const RETRY = { initialMs: 1000, maxMs: 5 * 60_000, factor: 2, jitter: 0.5, giveUpMs: 60 * 60_000 };
const DEFAULT_ALLOWANCE = { burst: 10, perSecond: 1 / 30 };
/** A request that takes longer has failed, milliseconds. */
const REQUEST_MS = 10_000;

/** Takes Events, and sends them in its own time. */
export class EventRecorder {
  readonly figures: RecorderFigures = { created: 0, updated: 0, dropped: 0 };
  readonly #settings: RecorderSettings;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #allowance: Allowance;
  readonly #backoff: Backoff;
  /** In the order in which they came. */
  readonly #entries = new Map<string, Entry>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #hasWarned = false;
  #isStopped = false;

  constructor(settings: RecorderSettings) {
    this.#settings = settings;
    this.#now = settings.now ?? (() => performance.now());
    this.#random = settings.random ?? Math.random;
    const limits = settings.allowance ?? DEFAULT_ALLOWANCE;
    this.#allowance = new Allowance({ ...limits, now: this.#now() });
    this.#backoff = new Backoff(RETRY, this.#random);
  }

  /** Never waits and never throws. */
  record(event: ClusterEvent): void {
    if (this.#isStopped) return;
    const { regarding, type, reason, action, note } = event;
    const key = [regarding.kind, regarding.namespace, regarding.name, type, reason, action, note].join("\0");
    const known = this.#entries.get(key);
    const at = new Date();
    if (known !== undefined && (known.said < known.count || this.#now() - known.sentAt < SERIES_MS)) {
      known.count++;
      known.last = at;
    } else {
      this.#entries.delete(key);
      this.#makeRoom();
      this.#entries.set(key, {
        event,
        name: nameEvent(regarding),
        isCreated: false,
        first: at,
        last: at,
        count: 1,
        said: 0,
        sentAt: 0,
      });
    }
    if (this.#timer === undefined && this.#sending === undefined)
      this.#sendIn(this.#random() * this.#settings.jitterMs);
  }

  /** Sends what is left, without any more waits, until `signal` aborts. Idempotent. */
  async stop(signal: AbortSignal): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#sending;
    if (!signal.aborted) await this.#send(signal);
    this.figures.dropped += this.#due().length;
  }

  #sendIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#sending = this.#send().finally(() => {
        this.#sending = undefined;
      });
    }, ms);
    this.#timer.unref();
  }

  #due(): Entry[] {
    return [...this.#entries.values()].filter(({ count, said }) => said < count);
  }

  async #send(signal?: AbortSignal): Promise<void> {
    for (let entry = this.#due()[0]; entry !== undefined; entry = this.#due()[0]) {
      this.#allowance.refill(this.#now());
      if (this.#allowance.left < 1) {
        const { perSecond } = this.#settings.allowance ?? DEFAULT_ALLOWANCE;
        if (!this.#isStopped) this.#sendIn(((1 - this.#allowance.left) / perSecond) * 1000);
        return;
      }
      this.#allowance.take(1);
      try {
        await this.#sendOne(entry, signal);
        this.#backoff.reset();
        this.#hasWarned = false;
      } catch (error) {
        if (!this.#isTakenBack(entry, error)) return;
      }
      if (this.#isStopped && signal === undefined) return;
    }
  }

  async #sendOne(entry: Entry, signal: AbortSignal | undefined): Promise<void> {
    const { client, instance } = this.#settings;
    const late = AbortSignal.timeout(REQUEST_MS);
    const ended = signal === undefined ? late : AbortSignal.any([signal, late]);
    const { event, name, first, last, count } = entry;
    const namespace = namespaceOf(event.regarding);
    const series = { count, lastObservedTime: microTime(last) };
    entry.sentAt = this.#now();
    if (entry.isCreated) {
      const path = pathOf("events.k8s.io/v1", "events", { namespace, name });
      await client.patch(path, { series }, "application/merge-patch+json", { signal: ended });
      this.figures.updated++;
    } else {
      const object = eventObject(event, { name, instance, at: first, ...(count > 1 && { series }) });
      await client.create(pathOf("events.k8s.io/v1", "events", { namespace }), object, ended);
      entry.isCreated = true;
      this.figures.created++;
    }
    entry.said = count;
  }

  /** What a failure leads to. @returns Whether to go on at once. */
  #isTakenBack(entry: Entry, error: unknown): boolean {
    const status = error instanceof ApiError ? error.status : 0;
    // It has expired: Events live for an hour.
    if (status === 404 && entry.isCreated) {
      entry.isCreated = false;
      return true;
    }
    // A request that seemed to be lost was not.
    if (status === 409 && !entry.isCreated) {
      entry.isCreated = true;
      return true;
    }
    const text = error instanceof Error ? error.message : String(error);
    const isRefused = status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
    const wait = isRefused ? undefined : this.#backoff.next(this.#now());
    if (!this.#hasWarned)
      this.#settings.log.warn("Cannot bring a Kubernetes Event to the API server", {
        reason: entry.event.reason,
        error: text,
        next: wait === undefined ? "given up" : `tried again in ${Math.ceil(wait / 1000)}s`,
      });
    this.#hasWarned = true;
    if (wait === undefined) {
      this.figures.dropped += entry.count - entry.said;
      entry.said = entry.count;
      return true;
    }
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    if (!this.#isStopped) this.#sendIn(Math.max(wait, asked));
    return false;
  }

  /** Forgets the oldest one, if need be one that was not sent. */
  #makeRoom(): void {
    if (this.#entries.size < MAX_ENTRIES) return;
    const sent = [...this.#entries].find(([, { said, count }]) => said === count);
    const [key, entry] = sent ?? [...this.#entries][0] ?? [];
    if (key === undefined || entry === undefined) return;
    this.#entries.delete(key);
    this.figures.dropped += entry.count - entry.said;
  }
}
