/** @module A sensor that has started. */
import type { KernelSide } from "./kernel-side.ts";
import type { FoundRunning } from "./procfs/running.ts";
import type { RecordWait } from "./record-wait.ts";
import type { WatchedScope } from "./scope/watched-scope.ts";

/** What a sensor that has started holds. */
export interface Watch {
  /** Not a function that disposes: made in {@link SensorSource.start}, it would keep all that procfs showed there. */
  readonly held: DisposableStack;
  readonly scope: WatchedScope | undefined;
  readonly kernel: KernelSide;
  readonly wait: RecordWait;
  readonly ringSize: number;
  /** Until events are made of it: it may be large. */
  running: FoundRunning | undefined;
}
