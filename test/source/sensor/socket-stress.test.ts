/** Many short connections at once: each connect, accept and close comes exactly once, and is right. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { describeWithBpf } from "../../kernel/support.ts";
import { DEADLINE_FACTOR } from "../../vm/slow.ts";
import { type NetworkEvent, networkEvents, type Socket, sizes } from "./network-support.ts";
import { replayProcesses } from "./replay.ts";
import type { Run } from "./socket-stress-helper.ts";
import { createCgroup, createPidNamespace, type ProcessEvent, RunningSensor, until } from "./support.ts";

const HELPER = join(import.meta.dir, "socket-stress-helper.ts");
const CLIENTS = 8;
const CONNECTIONS_PER_CLIENT = 60;
const CONNECTIONS = CLIENTS * CONNECTIONS_PER_CLIENT;
const SERVERS = 2;
/** A connection has two sockets, each of which opens and closes; so does a listener. */
const EVENTS = 4 * CONNECTIONS + 2 * SERVERS;
const TIMEOUT = 120_000 * DEADLINE_FACTOR;

function socketOf(event: NetworkEvent): Socket {
  return event.args[0]!.sock_arg!;
}

/** The process that was started with these arguments, by the event of its start. */
function execOf(execs: readonly ProcessEvent[], args: string): ProcessEvent {
  const found = execs.filter(({ process }) => process.arguments?.startsWith(`${HELPER} ${args}`));
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** What is expected of one side of a connection, in each of its events. */
interface Side {
  readonly owner: ProcessEvent;
  readonly socket: Partial<Socket>;
  readonly opens: "socket_connect" | "socket_accept";
  readonly sent: number;
  readonly received: number;
}

/** Checks all events of a socket. */
function checkSocket(events: readonly NetworkEvent[], side: Side): void {
  expect(events.map(({ message }) => message)).toEqual([side.opens, "socket_close"]);
  expect(events.map((event) => socketOf(event).state)).toEqual(["TCP_ESTABLISHED", "TCP_CLOSE"]);
  for (const event of events) {
    expect(event.process.exec_id).toBe(side.owner.process.exec_id);
    expect(event.process.pid).toBe(side.owner.process.pid);
    expect(socketOf(event)).toMatchObject(side.socket);
  }
  // A socket may be closed after its process has ended, which has no parent then.
  expect(events[0]?.parent?.exec_id).toBe(side.owner.parent?.exec_id);
  const { bytes_sent, bytes_received } = sizes(events[1]);
  expect([bytes_sent, bytes_received]).toEqual([side.sent, side.received]);
}

function check({ ports, connections }: Run, execs: readonly ProcessEvent[], events: NetworkEvent[]): void {
  const clients = Array.from({ length: CLIENTS }, (_, n) => execOf(execs, `client ${n} `));
  const servers = new Map([
    ["127.0.0.1", execOf(execs, "main ")],
    ["::1", execOf(execs, "server")],
  ]);
  const bySocket = Map.groupBy(events, (event) => socketOf(event).cookie);
  expect(bySocket.size).toBe(2 * CONNECTIONS + SERVERS);

  const listeners = events.filter(({ message }) => message === "socket_listen");
  expect(listeners.map((event) => socketOf(event).saddr).sort()).toEqual([...servers.keys()].sort());
  for (const listener of listeners) {
    const { saddr, sport, cookie } = socketOf(listener);
    expect(sport).toBe(ports[saddr]!);
    const all = bySocket.get(cookie)!;
    expect(all.map(({ message }) => message)).toEqual(["socket_listen", "socket_close"]);
    for (const { process } of all) expect(process.exec_id).toBe(servers.get(saddr)!.process.exec_id);
    bySocket.delete(cookie);
  }

  // No two connections carried equally many bytes; ports come again.
  const name = (sent: number | undefined, received: number | undefined, port: number) =>
    `${sent} ${received} ${port}`;
  const byName = new Map<string, NetworkEvent[]>();
  for (const all of bySocket.values()) {
    const { bytes_sent, bytes_received } = sizes(all.at(-1));
    byName.set(name(bytes_sent, bytes_received, socketOf(all[0]!).sport), all);
  }
  const take = (side: Side): void => {
    const key = name(side.sent, side.received, side.socket.sport!);
    checkSocket(byName.get(key) ?? [], side);
    byName.delete(key);
  };
  for (const connection of connections) {
    const { client, address, clientPort, sent, received } = connection;
    const common = {
      family: address === "::1" ? "AF_INET6" : "AF_INET",
      type: "SOCK_STREAM",
      protocol: "IPPROTO_TCP",
      saddr: address,
      daddr: address,
    };
    take({
      owner: clients[client]!,
      socket: { ...common, sport: clientPort, dport: ports[address]! },
      opens: "socket_connect",
      sent,
      received,
    });
    take({
      owner: servers.get(address)!,
      socket: { ...common, sport: ports[address]!, dport: clientPort },
      opens: "socket_accept",
      sent: received,
      received: sent,
    });
  }
  expect([...byName.values()]).toEqual([]);
}

describeWithBpf("sensor under load of connections", () => {
  for (const { name, enclose, keepers } of [
    { name: "a PID namespace", enclose: createPidNamespace, keepers: 1 },
    { name: "a cgroup", enclose: createCgroup, keepers: 0 },
  ]) {
    test(
      `every connect, accept and close of ${CONNECTIONS} connections in ${name} comes once, with process, addresses and bytes`,
      async () => {
        await using enclosure = await enclose();
        const sensor = await RunningSensor.start({
          scope: enclosure.scope,
          probes: { "enable-network-events": true },
        });
        const text = await enclosure.run([
          process.execPath,
          HELPER,
          "main",
          String(CLIENTS),
          String(CONNECTIONS_PER_CLIENT),
        ]);
        // The last acknowledgement of a connection may outlive its processes.
        await until(() => networkEvents(sensor).length >= EVENTS, "all connections are closed");
        await sensor[Symbol.asyncDispose]();

        const run = JSON.parse(text) as Run;
        expect(run.connections).toHaveLength(CONNECTIONS);
        // Emulated, interrupts come while a program is at work: a change that makes no event is left out then, and counts.
        if (DEADLINE_FACTOR === 1) expect(sensor.source.lost).toBe(0);
        expect(sensor.counters.read).toBe(sensor.events.length);
        const { surplus, before, started, running, others } = replayProcesses(sensor.events);
        expect(surplus).toEqual([]);
        expect(before).toHaveLength(keepers);
        expect(started).toHaveLength(SERVERS + CLIENTS);
        expect(running).toEqual(before.map(({ process }) => process.exec_id));
        expect(others).toHaveLength(EVENTS);
        expect(sensor.source.figures.processes).toMatchObject({ size: keepers, evictions: 0 });
        check(run, started, networkEvents(sensor));
      },
      TIMEOUT,
    );
  }
});
