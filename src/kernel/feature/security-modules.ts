/**
 * @module What securityfs says. It may be mounted nowhere that the agent can see, as in a container; then a view of it is asked
 * for that nobody else sees, which takes CAP_SYS_ADMIN.
 */
import { existsSync, readFileSync } from "node:fs";
import { withKernelFiles } from "../../os/unmounted-files.ts";

/** Where the integrity measurement shows itself: the newer place is a link to the older one. */
const INTEGRITY_MEASUREMENT = ["ima", "integrity/ima"];

/** The security modules that the kernel was started with, in order. @throws where that cannot be seen, with the reason. */
export function readSecurityModules(): readonly string[] {
  return withKernelFiles("securityfs", (directory) =>
    readFileSync(`${directory}/lsm`, "latin1").trim().split(","),
  );
}

/** Whether the kernel measures files. @throws where that cannot be seen, with the reason. */
export function hasIntegrityMeasurement(): boolean {
  return withKernelFiles("securityfs", (directory) =>
    INTEGRITY_MEASUREMENT.some((path) => existsSync(`${directory}/${path}`)),
  );
}
