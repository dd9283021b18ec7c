/** @module What a change of a TCP socket's state means: an event, with the process that the socket belongs to. */
import { AgedMap } from "../../../../lib/aged-map.ts";
import type { Process } from "../../process/process.ts";
import type { ProcessTable } from "../../process/process-table.ts";
import type { DecoderContext, RecordDecoder } from "../probe.ts";
import { socketDetails, socketEvents, tcpState } from "../shared/socket-event.ts";
import { SOCKET_ACTION, type SocketView } from "../shared/socket-record.ts";

const TCP_EVENTS = socketEvents({
  type: "SOCK_STREAM",
  protocol: "IPPROTO_TCP",
  subsystem: "sock",
  event4: "inet_sock_set_state",
  event6: "inet_sock_set_state",
});

/** Sockets whose owners are kept after these have ended. */
const MAX_SOCKETS = 65536;

/** Owners of open sockets, by cookie, which may have ended: a connection often closes after its process. */
class SocketOwners {
  readonly #table: ProcessTable;
  readonly #owners = new AgedMap<bigint, Process>();
  /** Those of them that listen: what they accept is theirs even when they have left the socket to their children. */
  readonly #listeners = new Map<bigint, Process>();

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  get(cookie: bigint): Process | undefined {
    return this.#owners.get(cookie);
  }

  /** The process that a record names, if it has ended but listens. */
  findEndedListener({ pid, start_time_high, start_time_low }: SocketView): Process | undefined {
    for (const process of this.#listeners.values()) {
      if (process.pid === pid && process.beganAt(start_time_high, start_time_low)) return process;
    }
    return undefined;
  }

  set(cookie: bigint, process: Process): void {
    this.forget(cookie);
    this.#table.retain(process);
    this.#owners.set(cookie, process);
    if (this.#owners.size <= MAX_SOCKETS) return;
    const { oldest } = this.#owners;
    if (oldest === undefined) return;
    this.forget(oldest);
    this.#table.evictions++;
  }

  setListener(cookie: bigint, process: Process): void {
    this.#listeners.set(cookie, process);
  }

  forget(cookie: bigint): void {
    const process = this.#owners.delete(cookie);
    if (process === undefined) return;
    this.#listeners.delete(cookie);
    this.#table.release(process);
  }

  forgetAll(): void {
    for (const cookie of [...this.#owners.keys()]) this.forget(cookie);
    this.#listeners.clear();
  }
}

/** Makes events of what happens to TCP sockets. */
export function decodeTcp({ processes, events }: DecoderContext): RecordDecoder<SocketView> {
  const owners = new SocketOwners(processes.table);
  return {
    decode(record) {
      const { cookie, action } = record;
      const isClosed = action === SOCKET_ACTION.close || tcpState(record.state) === "TCP_CLOSE";
      const known = owners.get(cookie);
      const process =
        isClosed && known !== undefined
          ? known
          : (processes.find(record) ?? owners.findEndedListener(record));
      const details = socketDetails(record);
      events.add(TCP_EVENTS, process, record, record.tid, record.time_high, record.time_low, details);
      if (isClosed) owners.forget(cookie);
      else if (process !== undefined && process !== known) owners.set(cookie, process);
      if (process !== undefined && action === SOCKET_ACTION.listen) owners.setListener(cookie, process);
    },
    close: () => owners.forgetAll(),
  };
}
