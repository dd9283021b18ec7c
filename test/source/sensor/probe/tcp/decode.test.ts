/** Network events from records that a test makes up: what sockets outlive. */

import { describe, expect, test } from "bun:test";
import { IPPROTO_TCP } from "../../../../../src/os/socket-numbers.ts";
import { SOCKET_ACTION, socketRecord } from "../../../../../src/source/sensor/probe/shared/socket-record.ts";
import { decodeTcp } from "../../../../../src/source/sensor/probe/tcp/decode.ts";
import { UNKNOWN_IMAGE } from "../../../../../src/source/sensor/process/image.ts";
import { Metadata } from "../../../../../src/source/sensor/process/metadata.ts";
import { Process } from "../../../../../src/source/sensor/process/process.ts";
import { ProcessTable } from "../../../../../src/source/sensor/process/process-table.ts";
import { Processes } from "../../../../../src/source/sensor/process/processes.ts";
import { collectEvents, placeRecord } from "../../made-up.ts";

const START = 1000;
const TCP_ESTABLISHED = 1;
const TCP_CLOSE = 7;
const TCP_LISTEN = 10;
const AF_INET = 2;

function createTracker() {
  const settings = { nodeName: "node" };
  const { collector, events } = collectEvents(settings);
  const table = new ProcessTable(10, false);
  const metadata = new Metadata(settings, "/nonexistent");
  const processes = new Processes({ procfs: "/nonexistent", table, metadata, events: collector });
  const decoder = decodeTcp({ settings, processes, metadata, events: collector });
  const handle = (action: keyof typeof SOCKET_ACTION, state: number, cookie: number, pid: number) => {
    const values = { action: SOCKET_ACTION[action], state, cookie, pid, tid: pid, start_time: START };
    decoder.decode(placeRecord(socketRecord, { ...values, family: AF_INET, protocol: IPPROTO_TCP }));
    return events().at(-1)!.process_tracepoint!;
  };
  const begin = (pid: number): Process => {
    const times = { startHigh: 0, startLow: START, timeHigh: 0, timeLow: START };
    const process = new Process(
      { pid, ...times, parentExecId: new Uint8Array(), flags: 0, image: UNKNOWN_IMAGE },
      undefined,
    );
    table.add(process);
    return process;
  };
  return { table, handle, begin, decoder };
}

describe("decodeTcp()", () => {
  test("what a listener accepts is told with its process, even when that one has ended", () => {
    const { table, handle, begin } = createTracker();
    const daemon = begin(50);
    const { exec_id } = handle("listen", TCP_LISTEN, 1, 50).process;
    table.end(daemon);
    expect(handle("accept", TCP_ESTABLISHED, 2, 50).process).toMatchObject({ pid: 50, exec_id });
    expect(handle("close", TCP_CLOSE, 1, 50).process.exec_id).toBe(exec_id);
    expect(handle("close", TCP_CLOSE, 2, 50).process.exec_id).toBe(exec_id);
    expect(table.size).toBe(0);
    expect(handle("accept", TCP_ESTABLISHED, 3, 50).process.exec_id).toBeUndefined();
  });

  test("a process that nothing is known of is told by pid and start", () => {
    const { handle } = createTracker();
    const { process } = handle("accept", TCP_ESTABLISHED, 2, 51);
    expect(Object.keys(process)).toEqual(["pid", "start_time", "tid"]);
  });
});
