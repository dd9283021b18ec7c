/** @module The priority of the thread that reads records, which wait in a buffer that others may fill. */
import { getPriority, setPriority } from "node:os";
import { errorCode, errorMessage } from "../../os/caught.ts";
import type { SourceSettings } from "../source.ts";

/** A nice value, -20, the first to run, to 19; or `auto`: {@link AUTOMATIC}, where nobody has chosen another one. */
export type ReaderNice = number | "auto";

/** That of the systemd unit. An exec flood from several processes to a core costs most records at 0, and few at this. */
const AUTOMATIC = -15;

/** Sets the nice value of the calling thread; 0 leaves it as it is. What is refused is said. */
export function setReaderPriority(nice: ReaderNice, log: Pick<SourceSettings["log"], "info" | "warn">): void {
  // Who starts the agent with nice(1), or a unit with Nice=, has chosen.
  if (nice === 0 || (nice === "auto" && getPriority() !== 0)) return;
  try {
    setPriority(nice === "auto" ? AUTOMATIC : nice);
  } catch (error) {
    const isDenied = ["EACCES", "EPERM"].includes(errorCode(error) ?? "");
    const reason = isDenied
      ? `takes CAP_SYS_NICE (${errorCode(error)}); as a service, set Nice= in the unit`
      : `is refused: ${errorMessage(error)}`;
    const refused = `Sensor keeps its priority: --sensor-nice ${nice} ${reason}`;
    if (nice === "auto") log.info(refused);
    else log.warn(refused);
  }
}
