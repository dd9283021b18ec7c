/**
 * @module Where tracefs is. It may be mounted nowhere that the agent can see, as in a container; then a view of it is asked for
 * that nobody else sees, which takes CAP_SYS_ADMIN.
 */
import { findMount } from "../../os/kernel-mounts.ts";
import { withKernelFiles } from "../../os/unmounted-files.ts";

/** Where tracefs is mounted, or `undefined`. */
export function findTracefs(): string | undefined {
  return findMount("tracefs");
}

/** Hands on a directory of tracefs that may be read while `use` runs. @throws SystemCallError where there is none, or nobody may look. */
export function withTracefs<T>(use: (directory: string) => T): T {
  return withKernelFiles("tracefs", use);
}
