/** @module What a watcher is given, and what it counts. */
import type * as v from "valibot";
import type { BackoffSettings } from "../../lib/backoff.ts";
import type { ApiClient, Query } from "./client.ts";
import type { KubernetesObject } from "./object.ts";

/** Where the agent's log is written. */
export interface WatcherLog {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
}

/** Takes what there is and what becomes of it. It must not throw. */
export interface ObjectListener<T> {
  /** These are all that there are: what is not among them is gone. Called at first, and whenever changes may have been missed. */
  onList(objects: readonly T[]): void;
  /** One is new or different. */
  onChange(object: T): void;
  /** One is gone. @param object As it was last. */
  onDelete(object: T): void;
}

/** What a {@link Watcher} is given. */
export interface WatcherSettings<T extends KubernetesObject> {
  readonly client: ApiClient;
  /** `pods`, for the log. */
  readonly what: string;
  /** {@link pathOf} the kind. */
  readonly path: string;
  /** `fieldSelector`, `labelSelector`. */
  readonly query?: Query;
  /** How objects are asked for. @default as a whole, in JSON */
  readonly accept?: { readonly list: string; readonly watch: string };
  /** Takes out of an object what is wanted. What it refuses is counted and left out. */
  readonly schema: v.GenericSchema<unknown, T>;
  readonly listener: ObjectListener<T>;
  readonly log: WatcherLog;
  /** @default those of {@link GONE} and {@link OVERLOADED} */
  readonly backoff?: { readonly gone: BackoffSettings; readonly overloaded: BackoffSettings };
  /** Silence after which a watch counts as dead, milliseconds. Bookmarks come every minute. @default 3 minutes */
  readonly silenceMs?: number;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** What a watcher has counted. */
export interface WatcherFigures {
  lists: number;
  watches: number;
  /** Objects that came, bookmarks left out. */
  objects: number;
  /** Objects that could not be understood. */
  malformed: number;
  /** Requests that failed. */
  failures: number;
}

/** Only metadata of objects, of any kind. */
export const METADATA_ONLY = {
  list: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
  watch: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
} as const;

/** While nobody answers: identities are to be right within five seconds of the server's return. */
export const GONE: BackoffSettings = {
  initialMs: 500,
  maxMs: 4000,
  factor: 2,
  jitter: 0.5,
  giveUpMs: Number.POSITIVE_INFINITY,
};
/** While the server, or what stands before it, answers that it cannot, or will not have the agent. */
export const OVERLOADED: BackoffSettings = { ...GONE, initialMs: 1000, maxMs: 30_000 };
