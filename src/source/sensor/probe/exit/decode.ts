/** @module What an end means: `process_exit`. */
import type { EventKind } from "../../event/event.ts";
import type { DecoderContext, RecordDecoder } from "../probe.ts";
import { RecentExits } from "./recent-exits.ts";
import type { ExitView } from "./record.ts";
import { type ExitStatus, exitStatus } from "./signal.ts";

const EXIT: EventKind<ExitStatus> = {
  type: "process_exit",
  isStart: false,
  isEnd: true,
  write(text, { signal, status }, { timeHigh, timeLow }) {
    if (signal !== "") text.out.text(`,"signal":"${signal}"`);
    if (status !== 0) text.out.text(`,"status":${status}`);
    text.time(timeHigh, timeLow);
  },
  add(value, payload, { signal, status }, { timeHigh, timeLow }) {
    if (signal !== "") payload.signal = signal;
    if (status !== 0) payload.status = status;
    payload.time = value.time(timeHigh, timeLow);
  },
};

/** Makes events of ends. */
export function decodeExits({ processes, events }: DecoderContext): RecordDecoder<ExitView> {
  const exits = new RecentExits();
  return {
    decode(record) {
      const { pid } = record;
      const startHigh = record.start_time_high;
      const startLow = record.start_time_low;
      const timeHigh = record.time_high;
      const timeLow = record.time_low;
      const known = processes.find(record);
      if (known === undefined) {
        if (exits.has(pid, startHigh, startLow)) return;
        if (processes.isBeforeStart(record)) return;
      }
      exits.add(pid, startHigh, startLow);
      events.add(EXIT, known, record, pid, timeHigh, timeLow, exitStatus(record));
      if (known !== undefined) processes.table.end(known);
    },
  };
}
