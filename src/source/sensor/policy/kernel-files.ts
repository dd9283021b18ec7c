/** @module Files of the kernel that policies are checked by, where they are mounted nowhere that the agent can see. */
import { findMount } from "../../../os/kernel-mounts.ts";

/** To be called while the agent has all its rights: keeps them at hand for policies that come later. @returns Lets go of them. */
export async function keepKernelFiles(): Promise<Disposable> {
  const held = new DisposableStack();
  for (const type of ["tracefs", "securityfs"] as const) {
    if (findMount(type) !== undefined) continue;
    const { keepUnmounted } = await import("../../../os/unmounted-files.ts");
    try {
      held.use(keepUnmounted(type));
    } catch {
      // Policies that need them say that they cannot be read.
    }
  }
  return held;
}
