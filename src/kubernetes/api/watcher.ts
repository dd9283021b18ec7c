/**
 * @module Keeps up with the objects of one kind: lists them once, then follows their changes, over as many connections as it
 * takes.
 *
 * As client-go's reflector does: the first list may come from the server's cache (`resourceVersion=0`), later ones may not be
 * older than what was seen; a watch goes on where the one before ended; bookmarks bring the version forward; a version that the
 * server does not know any more (410) leads to a new list. While the server is gone its agents knock every few seconds, each
 * at times of its own; one that answers with an overload is left alone for longer.
 */
import * as v from "valibot";
import { Backoff } from "../../lib/backoff.ts";
import { errorMessage } from "../../os/caught.ts";
import { Throttle } from "../../telemetry/throttle.ts";
import { ApiError, statusError } from "./error.ts";
import { type KubernetesObject, ObjectList, VersionedObject, WatchLine } from "./object.ts";
import { GONE, OVERLOADED, type WatcherFigures, type WatcherSettings } from "./watcher-settings.ts";

/** Seconds after which the server ends a watch: from this to twice as many, so that not all agents come back at once. */
const WATCH_SECONDS = 300;
const SILENCE_MS = 180_000;
/** Objects of one answer: some megabytes. */
const PAGE = 500;
/** Objects of one list, which is kept until it is complete: more than any node has pods, and any cluster policies. */
const MAX_OBJECTS = 100_000;
const MAX_PAGES = 1000;
/** A version that expires so soon after another is no coincidence. */
const EXPIRY_MS = 30_000;
const LOG_INTERVAL_MS = 60_000;
/** Characters. */
const MAX_REASON = 300;

/** Keeps up with objects. */
export class Watcher<T extends KubernetesObject> {
  readonly figures: WatcherFigures = { lists: 0, watches: 0, objects: 0, malformed: 0, failures: 0 };
  readonly #settings: WatcherSettings<T>;
  readonly #ended = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  readonly #gone: Backoff;
  readonly #overloaded: Backoff;
  readonly #troubles = new Throttle(LOG_INTERVAL_MS);
  readonly #oddities = new Throttle(LOG_INTERVAL_MS);
  readonly #random: () => number;
  #isSynced = false;
  #isFailing = false;
  readonly #expired: Backoff;
  /** When a version expired last. */
  #expiredAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  /** What was seen last; `""` before anything was, and when the server shall say itself. */
  #version = "0";
  #hasVersion = false;

  constructor(settings: WatcherSettings<T>) {
    this.#settings = settings;
    this.#random = settings.random ?? Math.random;
    const { gone, overloaded } = settings.backoff ?? { gone: GONE, overloaded: OVERLOADED };
    this.#gone = new Backoff(gone, this.#random);
    this.#overloaded = new Backoff(overloaded, this.#random);
    this.#expired = new Backoff(overloaded, this.#random);
  }

  /** Settles when the first list has come; not before {@link start}. Never rejects; stays open when it is stopped before that. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Whether a list has come. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Whether the server cannot be reached, or refuses, at present. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Begins, in the background. Idempotent. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends all that is under way, and resolves when it has. Idempotent; legal before {@link start}. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        if (!this.#hasVersion) await this.#list();
        await this.#watch();
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error);
      }
    }
  }

  /** Waits as long as the error calls for. */
  async #recover(error: unknown): Promise<void> {
    const failure = error instanceof ApiError ? error : undefined;
    const isExpired = failure?.isExpired === true;
    if (isExpired || (failure?.isMisunderstood === true && this.#version !== "")) {
      // A list that was to be no older than what was seen asks for too much of a server that knows less.
      this.#version = "";
      this.#hasVersion = false;
    }
    // Lists are dear: only the first that is needed so is asked for at once.
    if (isExpired && this.#isFirstExpiry()) return;
    this.figures.failures++;
    this.#isFailing = true;
    this.#logTrouble(error);
    const wait = Math.max(this.#backoffFor(failure).next(performance.now())!, failure?.retryAfterMs ?? 0);
    await sleep(Math.min(wait, 5 * 60_000), this.#ended.signal);
  }

  #isFirstExpiry(): boolean {
    const now = performance.now();
    const isFirst = now - this.#expiredAt > EXPIRY_MS;
    this.#expiredAt = now;
    if (isFirst) this.#expired.reset();
    return isFirst;
  }

  #backoffFor(failure: ApiError | undefined): Backoff {
    if (failure === undefined) return this.#gone;
    if (failure.isExpired) return this.#expired;
    return failure.status >= 400 || failure.kind === "answer" ? this.#overloaded : this.#gone;
  }

  #logTrouble(error: unknown): void {
    const repeated = this.#troubles.pass();
    const { what, log } = this.#settings;
    if (repeated !== undefined)
      log.warn(`Cannot follow ${what} of the API server: trying again`, {
        reason: errorMessage(error),
        ...repeated,
      });
  }

  #worked(): void {
    this.#gone.reset();
    this.#overloaded.reset();
    this.#isFailing = false;
  }

  async #list(): Promise<void> {
    const { client, path, query, accept, listener } = this.#settings;
    const objects: T[] = [];
    let next: string | undefined;
    let version = "";
    let pages = 0;
    this.figures.lists++;
    do {
      if (pages++ === MAX_PAGES || objects.length > MAX_OBJECTS)
        throw new ApiError("answer", `${client.access.server}: the list of ${path} has no end`);
      const answer = await client.request({
        path,
        query: {
          ...query,
          limit: PAGE,
          ...(next === undefined ? { resourceVersion: this.#version || undefined } : { continue: next }),
          ...(next === undefined &&
            this.#version !== "" &&
            this.#version !== "0" && { resourceVersionMatch: "NotOlderThan" }),
        },
        ...(accept !== undefined && { accept: accept.list }),
        signal: this.#ended.signal,
      });
      const list = v.safeParse(ObjectList, answer);
      if (!list.success)
        throw new ApiError("answer", `${client.access.server}: the answer to GET ${path} is no list`);
      for (const item of list.output.items ?? []) {
        const object = this.#read(item);
        if (object !== undefined) objects.push(object);
      }
      next = list.output.metadata.continue || undefined;
      version = list.output.metadata.resourceVersion ?? "";
    } while (next !== undefined);
    this.#version = version;
    this.#hasVersion = version !== "";
    this.#worked();
    listener.onList(objects);
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#synced.resolve();
  }

  async #watch(): Promise<void> {
    const { client, path, query, accept, silenceMs = SILENCE_MS } = this.#settings;
    this.figures.watches++;
    const began = performance.now();
    await client.watch({
      path,
      query: {
        ...query,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: this.#version || undefined,
        timeoutSeconds: Math.round(WATCH_SECONDS * (1 + this.#random())),
      },
      ...(accept !== undefined && { accept: accept.watch }),
      signal: this.#ended.signal,
      silenceMs,
      onOpen: () => {
        this.#isFailing = false;
      },
      onLine: (line) => this.#handle(line),
      onTooLong: (count) => this.#leaveOut(count, "an object is too long"),
    });
    // A server that ends watches at once is not to be asked without a pause.
    if (performance.now() - began < 1000) await sleep(1000 * (0.5 + this.#random() / 2), this.#ended.signal);
    if (!this.#hasVersion)
      throw new ApiError("answer", `${client.access.server}: a list of ${path} has no version`);
  }

  #handle(line: string): void {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      this.#leaveOut(1, "a line of a watch is no JSON");
      return;
    }
    const event = v.safeParse(WatchLine, value);
    if (!event.success) {
      this.#leaveOut(1, "a line of a watch is none of Kubernetes");
      return;
    }
    const { type, object } = event.output;
    if (type === "ERROR") throw this.#errorOf(object);
    this.#worked();
    if (type !== "BOOKMARK") this.#apply(type, object);
    const version = v.safeParse(VersionedObject, object);
    if (version.success) this.#version = version.output.metadata.resourceVersion;
  }

  #apply(type: "ADDED" | "MODIFIED" | "DELETED", value: unknown): void {
    const object = this.#read(value);
    if (object === undefined) return;
    const { listener } = this.#settings;
    if (type === "DELETED") listener.onDelete(object);
    else listener.onChange(object);
  }

  #errorOf(object: unknown): ApiError {
    const code = (object as { code?: unknown } | null)?.code;
    return statusError(
      this.#settings.client.access.server,
      typeof code === "number" ? code : 500,
      JSON.stringify(object),
    );
  }

  /** @returns What is wanted of an object, or `undefined` for one that is left out. */
  #read(value: unknown): T | undefined {
    const result = v.safeParse(this.#settings.schema, value);
    if (result.success) {
      this.figures.objects++;
      return result.output;
    }
    const [issue] = result.issues;
    this.#leaveOut(1, `${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
    return undefined;
  }

  #leaveOut(count: number, reason: string): void {
    this.figures.malformed += count;
    const repeated = this.#oddities.pass();
    const { what, log } = this.#settings;
    // It may quote what was found.
    const shown = reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}...` : reason;
    if (repeated !== undefined)
      log.warn(`An object among the ${what} of the API server is left out`, { reason: shown, ...repeated });
  }
}

/** Resolves after so many milliseconds, or when `signal` aborts. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  timer.unref();
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort);
  return promise.finally(() => {
    clearTimeout(timer);
    // The signal lives as long as the agent.
    signal.removeEventListener("abort", onAbort);
  });
}
