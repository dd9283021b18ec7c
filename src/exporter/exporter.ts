/** @module The contract of every exporter: where events go. */
import type { Subscriber } from "../component/subscriber.ts";

/** An exporter of events. It never throws and never rejects because of what the outside does. */
export interface Exporter extends Subscriber {
  /**
   * Whether sources that can wait do so without bound rather than that it loses events. Then the end of a run waits
   * for it, too, and what it lost is a failure of the run.
   */
  readonly blocks: boolean;
  /**
   * Opens the exporter; nothing leaves yet. Returns promptly; what is not ready (a name that does not resolve) is
   * worked on in the background while events wait in the bounded queue.
   * @throws TetradError when the configuration can never work (an address family that the host lacks).
   */
  start(): Promise<void>;
  /** Lets `agent_init` go, and events after it: everything has started, and rights are dropped. Once, after {@link start}. */
  begin(): void;
  /** Sends what is queued, until done or until `signal` aborts; then counts the rest as dropped and closes. Idempotent. */
  stop(signal: AbortSignal): Promise<void>;
  /** Reopens what was opened by name (SIGHUP). */
  reload?(): void;
}
