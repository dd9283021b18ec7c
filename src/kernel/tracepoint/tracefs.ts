/**
 * @module Where tracefs is. It may be mounted nowhere that the agent can see, as in a container; then a view of it is asked for
 * that nobody else sees, which takes CAP_SYS_ADMIN.
 */
import { existsSync } from "node:fs";
import { withUnmounted } from "../../os/unmounted-files.ts";

/** Where it is usually mounted; where it is not, debugfs shows it. */
const MOUNTS = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/** Where tracefs is mounted, or `undefined`. */
export function findTracefs(): string | undefined {
  return MOUNTS.find((path) => existsSync(`${path}/events`));
}

/** Hands on a directory of tracefs that may be read while `use` runs. @throws SystemCallError where there is none, or nobody may look. */
export function withTracefs<T>(use: (directory: string) => T): T {
  const mounted = findTracefs();
  return mounted === undefined ? withUnmounted("tracefs", use) : use(mounted);
}
