/** @module The priority of the thread that reads records, which wait in a buffer that others may fill. */
import { setPriority } from "node:os";
import { errorMessage } from "../../os/caught.ts";
import type { SourceSettings } from "../source.ts";

/** Sets the nice value of the calling thread: -20, the first to run, to 19; 0 leaves it as it is. What is refused is said. */
export function setReaderPriority(nice: number, log: Pick<SourceSettings["log"], "warn">): void {
  if (nice === 0) return;
  try {
    setPriority(nice);
  } catch (error) {
    log.warn(
      `Sensor keeps its priority: --sensor-nice ${nice} takes CAP_SYS_NICE (${errorMessage(error)}); as a service, set Nice= in the unit`,
    );
  }
}
