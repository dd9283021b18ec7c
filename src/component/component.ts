/**
 * @module The life of everything that the agent is made of: sources, exporters, servers.
 *
 *     created ──start()──▶ working ──stop()──▶ closed
 *
 * The agent creates all components, starts all, gives up the rights that none needs any more, and only then lets
 * anything from outside be read. So a component opens what it needs in {@link Component.start}, and reads and sends
 * nothing there.
 */

/** A part of the agent that has a life of its own. */
export interface Component {
  /** As in the log and the counters. */
  readonly name: string;
  /**
   * Opens everything that needs rights or may fail: files, sockets, eBPF programs. Reads and sends nothing yet.
   * Called once. Resolves when the component works; what only the outside can make ready (a name that does not
   * resolve yet) is no reason to wait. After {@link stop} it opens nothing.
   * @throws TetradError when the component cannot work. Then nothing is left behind: no descriptor, map or timer, and
   * no file that was not there before.
   */
  start(): Promise<void>;
  /**
   * Hands on what the component still holds, until that is done or `signal` aborts, counts the rest as dropped, and
   * closes everything. Never rejects. Idempotent; legal before {@link start} and while it is under way.
   */
  stop(signal: AbortSignal): Promise<void>;
  /** Opens anew what was opened by name (SIGHUP). Before {@link start} and after {@link stop} it does nothing. */
  reload?(): void;
}
