/** @module Files of the kernel that policies are checked by, where they are mounted nowhere that the agent can see. */
import { existsSync } from "node:fs";

/** What shows that they are mounted. */
const MOUNTED = { tracefs: "/sys/kernel/tracing/events", securityfs: "/sys/kernel/security/lsm" } as const;

/** To be called while the agent has all its rights: keeps them at hand for policies that come later. @returns Lets go of them. */
export async function keepKernelFiles(): Promise<Disposable> {
  const held = new DisposableStack();
  for (const type of ["tracefs", "securityfs"] as const) {
    if (existsSync(MOUNTED[type])) continue;
    const { keepUnmounted } = await import("../../../os/unmounted-files.ts");
    try {
      held.use(keepUnmounted(type));
    } catch {
      // Policies that need them say that they cannot be read.
    }
  }
  return held;
}
