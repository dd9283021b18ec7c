/** @module The sensor's own events without a kernel: records of processes that begin, execute something and end, decoded as always. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createRecordView, type RecordLayout, type ViewOf } from "../../src/kernel/record/index.ts";
import { BootClock } from "../../src/source/sensor/event/clock.ts";
import { SensorEvents } from "../../src/source/sensor/event/events.ts";
import { decodeExecs } from "../../src/source/sensor/probe/exec/decode.ts";
import { execRecord } from "../../src/source/sensor/probe/exec/record.ts";
import { decodeExits } from "../../src/source/sensor/probe/exit/decode.ts";
import { exitRecord } from "../../src/source/sensor/probe/exit/record.ts";
import { decodeForks } from "../../src/source/sensor/probe/fork/decode.ts";
import { forkRecord } from "../../src/source/sensor/probe/fork/record.ts";
import { Metadata } from "../../src/source/sensor/process/metadata.ts";
import { ProcessTable } from "../../src/source/sensor/process/process-table.ts";
import { Processes } from "../../src/source/sensor/process/processes.ts";
import type { Sink } from "../../src/source/source.ts";
import { createCounters } from "../../src/telemetry/counters.ts";
import { encodeRecord, type RecordValues } from "./encode-record.ts";
import { WORK_DIRECTORY } from "./fixture.ts";

/** Processes at a time, with different arguments. */
const PROCESSES = 128;
/** The shell that starts all of them. */
const SHELL = { pid: 900, start: 1_000_000_000n };
/** So that an event has 1.8 KB as JSON, about. */
const ARGUMENT_BYTES = 1130;
/** What a process lasts, nanoseconds. */
const LIFE = 1_000_000n;

/** Records of one kind, one behind the other as in a ring buffer, whose times can be changed. */
class Records<L extends RecordLayout> {
  readonly #layout: L;
  readonly #view: ViewOf<L>;
  readonly #data: DataView;
  readonly #offsets: number[] = [];

  constructor(layout: L, all: readonly RecordValues[]) {
    const records = all.map((values) => encodeRecord(layout, values));
    let end = 0;
    for (const { length } of records) {
      this.#offsets.push(end);
      end += Math.ceil(length / 8) * 8;
    }
    const memory = new ArrayBuffer(end);
    for (const [i, record] of records.entries()) new Uint8Array(memory).set(record, this.#offsets[i]!);
    this.#layout = layout;
    this.#data = new DataView(memory);
    this.#view = createRecordView(layout, memory) as ViewOf<L>;
  }

  at(i: number, start: bigint, moment: bigint): ViewOf<L> {
    const { start_time, time } = this.#layout.fields;
    const offset = this.#offsets[i]!;
    this.#data.setBigUint64(offset + start_time!.offset, start, true);
    this.#data.setBigUint64(offset + time!.offset, moment, true);
    return (this.#view as unknown as { at(offset: number): ViewOf<L> }).at(offset);
  }
}

/** What a program says of itself when it is executed. */
function executed(
  pid: number,
  parent: { pid: number; start: bigint },
  binary: string,
  text: string,
): RecordValues {
  return {
    pid,
    parent_pid: parent.pid,
    parent_start_time: parent.start,
    ns_pid: pid,
    auid: 0xffffffff,
    filename: binary,
    cwd: "bench\0home\0",
    cgroup: "user.slice\0\0",
    executable: `${binary.split("/").slice(1).toReversed().join("\0")}\0`,
    arguments: text,
  };
}

/** Writes so many events as lines. @returns The path of the file. */
export function writeSensorEvents(count: number): string {
  mkdirSync(WORK_DIRECTORY, { recursive: true });
  const path = `${WORK_DIRECTORY}sensor-events.jsonl`;
  const lines: Uint8Array[] = [];
  const sensor = new MadeUpSensor({
    write: () => undefined,
    offer(batch) {
      batch.makeText();
      for (let i = 0; i < batch.count; i++) lines.push(batch.line(i).slice());
    },
  });
  while (lines.length < count) sensor.run(64);
  writeFileSync(path, Buffer.concat(lines));
  return path;
}

/** Makes events as long as somebody asks for them. */
export class MadeUpSensor {
  readonly #events: SensorEvents;
  readonly #step: (i: number) => void;
  #next = 0;
  #start = SHELL.start;

  /** @param sink Takes the batches. */
  constructor(sink: Sink) {
    const settings = { nodeName: "node" };
    const procfs = "/nonexistent";
    const events = new SensorEvents(settings, { counters: createCounters(), sink }, new BootClock());
    const metadata = new Metadata(settings, procfs);
    const processes = new Processes({ procfs, table: new ProcessTable(4096, false), metadata, events });
    const context = { settings, processes, metadata, events };
    const [decodeFork, decodeExec, decodeExit] = [
      decodeForks(context).decode,
      decodeExecs(context).decode,
      decodeExits(context).decode,
    ];
    const pids = Array.from({ length: PROCESSES }, (_, i) => 1000 + i);
    const relation = { parent_pid: SHELL.pid, parent_start_time: SHELL.start };
    const forks = new Records(
      forkRecord,
      pids.map((pid) => ({ pid, ...relation, ns_pid: pid })),
    );
    const filler = "x".repeat(ARGUMENT_BYTES);
    const execs = new Records(execRecord, [
      ...pids.map((pid) => executed(pid, SHELL, "/usr/bin/python3", `--item=${pid}\0${filler}\0`)),
      executed(SHELL.pid, { pid: 1, start: 0n }, "/usr/bin/bash", "-l\0"),
    ]);
    const exits = new Records(
      exitRecord,
      pids.map((pid) => ({ pid })),
    );
    processes.kernel();
    decodeExec(execs.at(PROCESSES, SHELL.start, SHELL.start));
    events.flush();
    this.#events = events;
    this.#step = (i) => {
      this.#start += LIFE;
      const start = this.#start;
      decodeFork(forks.at(i, start, start));
      decodeExec(execs.at(i, start, start + LIFE / 10n));
      decodeExit(exits.at(i, start, start + LIFE / 2n));
    };
  }

  /** Hands so many events to the sink, an even number: as many as a batch holds, or fewer. */
  run(count: number): void {
    for (let made = 0; made < count; made += 2) this.#step(this.#next++ % PROCESSES);
    this.#events.flush();
  }
}
