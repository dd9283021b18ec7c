/** @module Waiting that a signal cuts short. */

/**
 * Resolves when `promise` has, or `signal` has aborted.
 * @throws What `promise` is rejected with before that; what it is rejected with later is lost.
 */
export async function settledOrAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  if (signal.aborted) resolve();
  else signal.addEventListener("abort", onAbort);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
