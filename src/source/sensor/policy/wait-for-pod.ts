/** @module Waits until a pod is known: who starts a container may be faster than who says of which pod it is. */
import { TetradError } from "../../../os/error.ts";
import type { PodSource } from "../../../policy/workload.ts";

/** Tetragon's hook gives up after ten seconds. */
const LONGEST_MS = 5000;

/**
 * @param longestMs How long.
 * @throws TetradError `failed` when it does not become known in time.
 */
export async function waitForPod(
  uid: string,
  pods: Pick<PodSource, "pod" | "ask" | "subscribe"> | undefined,
  longestMs = LONGEST_MS,
): Promise<void> {
  if (pods === undefined || pods.pod(uid) !== undefined) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = pods.subscribe((changed) => {
    if (changed === uid && pods.pod(uid) !== undefined) resolve();
  });
  pods.ask?.(uid);
  const timer = setTimeout(
    () => reject(new TetradError("failed", `Cannot decide about the pod ${uid}: it is not known yet`)),
    longestMs,
  );
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    end();
  }
}
