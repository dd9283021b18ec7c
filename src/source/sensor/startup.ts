/**
 * @module The seam between what procfs tells and what the kernel tells.
 *
 * Programs are attached first and procfs is read after that, so that no process falls between. What happened
 * in the meantime waits in the ring buffer, and some processes are known from both sides.
 */
import type { RingBuffer } from "../../kernel/ringbuf/index.ts";
import { RECORD_KIND, type RecordViews } from "../../kernel/sensor/index.ts";
import type { ProcfsProcess } from "./procfs.ts";

/**
 * Those of the scanned processes that procfs is to tell of: not those that were begun after the programs were
 * attached, for the ring has their whole life; and not those that may have been read after they executed
 * another program, for the ring has that program.
 */
export function withoutSuperseded(
  found: readonly ProcfsProcess[],
  ring: RingBuffer,
  views: RecordViews,
): ProcfsProcess[] {
  const byPid = new Map(found.map((process) => [process.pid, process]));
  const superseded = new Set<ProcfsProcess>();
  const kinds = new DataView(ring.memory);
  ring.peek((offset) => {
    switch (kinds.getUint32(offset, true)) {
      case RECORD_KIND.fork: {
        const { pid, time } = views.fork.at(offset);
        const process = byPid.get(pid);
        // A fork after the reading is of another process, which was given the pid of this one.
        if (process !== undefined && time <= process.readUntil) superseded.add(process);
        break;
      }
      case RECORD_KIND.exec: {
        const { pid, time } = views.exec.at(offset);
        const process = byPid.get(pid);
        if (process !== undefined && time <= process.readUntil) superseded.add(process);
        break;
      }
    }
  });
  return found.filter((process) => !superseded.has(process));
}
