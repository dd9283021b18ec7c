/** @module Has the kernel tell perf events of files that are mapped: it puts path and build id together only where somebody listens. */
import { readFileSync } from "node:fs";
import { Descriptor } from "../../os/descriptor.ts";
import { TetradError } from "../../os/error.ts";
import { mappingEvent, perfEventOpen } from "../../os/perf-event.ts";
import { SystemCallError } from "../../os/system-call.ts";

const ONLINE = "/sys/devices/system/cpu/online";

/**
 * Listens on all processors that run, until disposed of. Nothing is read: programs look on where the kernel tells.
 * @throws TetradError `unsupported` where the kernel knows no build ids (before 5.12), or refuses the events.
 */
export function listenToMappings(): Disposable {
  using events = new DisposableStack();
  for (const cpu of onlineCpus()) {
    try {
      events.use(new Descriptor(perfEventOpen(mappingEvent(cpu))));
    } catch (cause) {
      if (!(cause instanceof SystemCallError)) throw cause;
      const why =
        cause.errnoName === "EINVAL"
          ? "it has no build ids of mapped files, needs Linux 5.12"
          : `${cause.errnoName}: it takes CAP_PERFMON, and CAP_SYS_ADMIN where kernel.perf_event_paranoid is above 2`;
      throw new TetradError("unsupported", `Cannot have the kernel tell of mapped files: ${why}`, { cause });
    }
  }
  return events.move();
}

/** `0-3,8` */
function onlineCpus(): number[] {
  return readFileSync(ONLINE, "utf8")
    .trim()
    .split(",")
    .flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
