/** @module Where file systems of the kernel are mounted that show what it has. */
import { existsSync } from "node:fs";

/** File systems that may be mounted nowhere. */
export type KernelFileSystem = "securityfs" | "tracefs";

/** Where each is usually mounted, and a name that is in it. */
const MOUNTS: Readonly<
  Record<KernelFileSystem, { readonly paths: readonly string[]; readonly name: string }>
> = {
  securityfs: { paths: ["/sys/kernel/security"], name: "lsm" },
  // Where it is not, debugfs shows it.
  tracefs: { paths: ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"], name: "events" },
};

/** Where it is mounted, or `undefined`. */
export function findMount(type: KernelFileSystem): string | undefined {
  const { paths, name } = MOUNTS[type];
  return paths.find((path) => existsSync(`${path}/${name}`));
}
