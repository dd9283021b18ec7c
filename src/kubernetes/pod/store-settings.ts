/** @module What a store of pods is given, and what it counts. */

/** What a store of pods is given. */
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
  /** Containers that nobody knew which were forgotten for want of room. */
  unknownEvictions: number;
}
