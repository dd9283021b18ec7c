/** Network events, of a server and a client that a test starts in a PID namespace of its own, on loopback. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { isValidEvent } from "../../../src/event/validate.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { createPidNamespace, type ProcessEvent, RunningSensor } from "./support.ts";

const HELPER = join(import.meta.dir, "tcp-helper.ts");
const SENT = 100_000;
const ANSWER = 5_000;

interface Socket {
  readonly family: string;
  readonly type: string;
  readonly protocol: string;
  readonly saddr: string;
  readonly daddr: string;
  readonly sport: number;
  readonly dport?: number;
  readonly cookie: string;
  readonly state: string;
}

interface NetworkEvent extends ProcessEvent {
  readonly subsys: string;
  readonly event: string;
  readonly policy_name: string;
  readonly action: string;
  readonly message: string;
  readonly args: readonly {
    readonly sock_arg?: Socket;
    readonly size_arg?: string;
    readonly label?: string;
  }[];
}

function sizes(event: NetworkEvent | undefined): Record<string, number> {
  const entries = event?.args.flatMap(({ label, size_arg }) =>
    label === undefined ? [] : [[label, Number(size_arg)] as const],
  );
  return Object.fromEntries(entries ?? []);
}

describeWithBpf("network events", () => {
  for (const [address, family] of [
    ["127.0.0.1", "AF_INET"],
    ["::1", "AF_INET6"],
  ] as const) {
    test(`a connection over ${address}: listen, connect, accept, close, with addresses, bytes and processes`, async () => {
      await using enclosure = await createPidNamespace();
      const sensor = await RunningSensor.start({ scope: enclosure.scope, network: true });
      const text = await enclosure.run([process.execPath, HELPER, address, String(SENT), String(ANSWER)]);
      await sensor[Symbol.asyncDispose]();

      const { port, clientPort, refusedPort } = JSON.parse(text) as Record<string, number>;
      const events = sensor.events.flatMap(
        (event) => (event.process_tracepoint as NetworkEvent | undefined) ?? [],
      );
      expect(sensor.events.filter((event) => !isValidEvent(event as never))).toEqual([]);
      const isUdp = (event: NetworkEvent) => event.args[0]?.sock_arg?.protocol === "IPPROTO_UDP";
      const find = (message: string, sport: number | undefined, dport: number | undefined) =>
        events.filter(
          (event) =>
            !isUdp(event) &&
            event.message === message &&
            (sport === undefined || event.args[0]?.sock_arg?.sport === sport) &&
            event.args[0]?.sock_arg?.dport === dport,
        );
      for (const event of events.filter((candidate) => !isUdp(candidate))) {
        expect(event).toMatchObject({
          subsys: "sock",
          event: "inet_sock_set_state",
          policy_name: "network-events",
          action: "KPROBE_ACTION_POST",
        });
        expect(event.args[0]?.sock_arg).toMatchObject({
          family,
          type: "SOCK_STREAM",
          protocol: "IPPROTO_TCP",
        });
        expect(event.args[0]?.sock_arg?.saddr).toBe(address);
        expect(event.args[0]?.sock_arg?.cookie).toMatch(/^[1-9]\d*$/);
      }
      const binaries = (list: NetworkEvent[]) => list.map(({ process }) => process.arguments?.split(" ")[1]);

      const listens = find("socket_listen", port, undefined);
      expect(binaries(listens)).toEqual([address]);
      expect(listens[0]?.args[0]?.sock_arg?.state).toBe("TCP_LISTEN");
      const server = listens[0]!.process.exec_id;

      const connects = find("socket_connect", clientPort, port);
      expect(connects).toHaveLength(1);
      expect(connects[0]?.args[0]?.sock_arg).toMatchObject({ daddr: address, state: "TCP_ESTABLISHED" });
      const client = connects[0]!.process;
      expect(client.arguments).toContain("client");
      expect(connects[0]?.parent?.exec_id).toBe(server);

      const accepts = find("socket_accept", port, clientPort);
      expect(accepts.map((event) => event.process.exec_id)).toEqual([server]);
      expect(accepts[0]?.args[0]?.sock_arg?.state).toBe("TCP_ESTABLISHED");

      const closesOfClient = find("socket_close", clientPort, port);
      expect(closesOfClient.map((event) => event.process.exec_id)).toEqual([client.exec_id]);
      expect(sizes(closesOfClient[0])).toMatchObject({ bytes_sent: SENT, bytes_received: ANSWER });
      expect(sizes(closesOfClient[0]).duration_ns).toBeGreaterThan(0);
      expect(closesOfClient[0]?.args[0]?.sock_arg?.cookie).toBe(connects[0]!.args[0]!.sock_arg!.cookie);

      const closesOfServer = find("socket_close", port, clientPort);
      expect(closesOfServer.map((event) => event.process.exec_id)).toEqual([server]);
      expect(sizes(closesOfServer[0])).toMatchObject({ bytes_sent: ANSWER, bytes_received: SENT });
      expect(find("socket_close", port, undefined)).toHaveLength(1);

      const udp = events.filter(isUdp);
      expect(udp).toHaveLength(1);
      expect(udp[0]).toMatchObject({ subsys: "cgroup", message: "socket_connect" });
      expect(udp[0]?.process.exec_id).toBe(client.exec_id);
      expect(udp[0]?.args[0]?.sock_arg).toMatchObject({
        family,
        type: "SOCK_DGRAM",
        daddr: address,
        dport: port,
      });

      const refused = find("socket_connect", undefined, refusedPort);
      expect(refused).toHaveLength(1);
      expect(refused[0]?.args[0]?.sock_arg?.state).toBe("TCP_CLOSE");
      expect(sensor.source.processTable.size).toBeLessThanOrEqual(1);
    });
  }
});
