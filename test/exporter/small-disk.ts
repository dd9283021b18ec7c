/** A disk that is soon full. */
import { spawnSync } from "node:child_process";
import { temporaryDirectory } from "./support.ts";

/**
 * Mounts a file system of so many KiB that ends with the test; `undefined` where this user may not mount one.
 * Every test has its own: a stop that ran out of time may leave a file open, and its room taken, for a moment.
 */
export function mountSmallDisk(kibibytes = 256): ({ readonly path: string } & Disposable) | undefined {
  const directory = temporaryDirectory();
  const options = `size=${kibibytes}k`;
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory.path]);
  if (mounted.status !== 0) {
    directory[Symbol.dispose]();
    return undefined;
  }
  return {
    path: directory.path,
    [Symbol.dispose]() {
      // Lazily: a file may still be open.
      const unmounted = spawnSync("umount", ["--lazy", directory.path], { encoding: "utf8" });
      if (unmounted.status !== 0) throw new Error(unmounted.stderr);
      directory[Symbol.dispose]();
    },
  };
}

function mayMount(): boolean {
  using disk = mountSmallDisk();
  return disk !== undefined;
}

/** Whether {@link mountSmallDisk} can. */
export const canMount: boolean = mayMount();
if (!canMount) {
  console.warn("SKIPPED: tests of a full disk need the right to mount a tmpfs (run as root)");
}
