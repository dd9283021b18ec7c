/** @module A turn for everybody else. */

/** Resolves after the event loop has been round once: sockets, signals and timers had their turn. */
export function tick(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
