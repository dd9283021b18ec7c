/** @module What is counted of pods and of the events that wait for them. */
import type { WaitFigures } from "../pipeline/enrich/container.ts";
import type { WatcherFigures } from "./api/watcher-settings.ts";
import type { PodFigures } from "./pod/store.ts";

/** What is counted, live. */
export interface IdentityFigures {
  readonly pods: PodFigures;
  readonly wait: WaitFigures;
  /** Of the watch of pods; absent where the API server is not asked. */
  readonly watcher?: WatcherFigures;
}
