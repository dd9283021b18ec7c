/** @module What the probes have recorded by the time that procfs has been read. */
import { createRecordView } from "../../../kernel/record/index.ts";
import type { RingBuffer } from "../../../kernel/ringbuf/index.ts";
import type { EarlyRecord } from "../procfs/startup.ts";
import type { Probe } from "./declaration.ts";
import { kindOf } from "./list.ts";
import type { ProbeImplementation } from "./probe.ts";

/** What every record says that is about a process's life. */
interface LifeRecord {
  readonly pid: number;
  readonly start_time: bigint;
  readonly time: bigint;
}

/** What waits in the ring buffer of the life of processes; it stays there. */
export function readEarlyRecords(
  ring: RingBuffer,
  probes: readonly { readonly probe: Probe; readonly implementation: ProbeImplementation }[],
): EarlyRecord[] {
  const records: EarlyRecord[] = [];
  const kinds = new Uint32Array(ring.memory);
  const readers = new Map<number, (offset: number) => void>();
  for (const { probe, implementation } of probes) {
    const { life, record } = implementation;
    if (life === undefined) continue;
    const view = createRecordView(record, ring.memory);
    readers.set(kindOf(probe), (offset) => {
      const { pid, start_time, time } = view.at(offset) as unknown as LifeRecord;
      records.push({ kind: life, pid, start: start_time, time });
    });
  }
  ring.peek((offset) => readers.get(kinds[offset >>> 2]!)?.(offset));
  return records;
}
