/** Network events, of a server and a client that a test starts in a PID namespace of its own, on loopback. */
import { expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { isValidEvent } from "../../../src/event/validate.ts";
import type { Probe } from "../../../src/source/sensor/index.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { type NetworkEvent, networkEvents, sizes } from "./network-support.ts";
import { createPidNamespace, RunningSensor, until } from "./support.ts";

const ROOT = join(import.meta.dir, "../../..");
const LISTENER = join(import.meta.dir, "listener-helper.ts");
const HELPER = join(import.meta.dir, "tcp-helper.ts");
const SENT = 100_000;
const ANSWER = 5_000;

/** A process that listens. */
class TestListener implements AsyncDisposable {
  readonly #process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  readonly #address: string;
  readonly port: number;

  private constructor(process: Bun.Subprocess<"pipe", "pipe", "inherit">, address: string, port: number) {
    this.#process = process;
    this.#address = address;
    this.port = port;
  }

  /** @param scope The PID namespace that it runs in; of none, it runs outside. */
  static async start(
    address: string,
    port: number,
    isShared: boolean,
    scope?: string,
  ): Promise<TestListener> {
    const enter = scope === undefined ? [] : ["nsenter", "-t", scope.slice("pidns:".length), "-p"];
    const command = [...enter, process.execPath, LISTENER, address, String(port), isShared ? "shared" : ""];
    const child = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    const { value } = await child.stdout.getReader().read();
    return new TestListener(child, address, Number(new TextDecoder().decode(value)));
  }

  /** Connects from outside, and waits for the connection's end. */
  async visit(address = this.#address): Promise<void> {
    const socket = connect(this.port, address).resume();
    await once(socket, "close");
  }

  /** Stops listening and waits until the process has ended. */
  async end(): Promise<void> {
    this.#process.stdin.end();
    await this.#process.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

describeWithBpf("network events", () => {
  for (const [address, family] of [
    ["127.0.0.1", "AF_INET"],
    ["::1", "AF_INET6"],
  ] as const) {
    test(`a connection over ${address}: listen, connect, accept, close, with addresses, bytes and processes`, async () => {
      await using enclosure = await createPidNamespace();
      const sensor = await RunningSensor.start({
        scope: enclosure.scope,
        probes: { "enable-network-events": true },
      });
      const text = await enclosure.run([process.execPath, HELPER, address, String(SENT), String(ANSWER)]);
      await sensor[Symbol.asyncDispose]();

      const { port, clientPort, refusedPort, udpPort } = JSON.parse(text) as Record<string, number>;
      const events = networkEvents(sensor);
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
        saddr: address,
        sport: udpPort,
        daddr: address,
        dport: port,
      });

      const refused = find("socket_connect", undefined, refusedPort);
      expect(refused).toHaveLength(1);
      expect(refused[0]?.args[0]?.sock_arg?.state).toBe("TCP_CLOSE");
      expect(sensor.source.figures.processes.size).toBeLessThanOrEqual(1);
    });
  }

  /** Accepted connections, and their ends on this side: what happened, the local address and the owner. */
  const accepted = (sensor: RunningSensor, port: number) =>
    networkEvents(sensor)
      .filter(({ args }) => args[0]?.sock_arg?.sport === port && args[0].sock_arg.dport !== undefined)
      .map(({ message, args, process }) => `${message} ${args[0]?.sock_arg?.saddr} ${process.exec_id}`);

  for (const inside of ["127.0.0.2", "0.0.0.0 shared", "127.0.0.1 shared"]) {
    test(`connections to a listener outside the scope are not reported when ${inside} is listened on inside`, async () => {
      await using enclosure = await createPidNamespace();
      const sensor = await RunningSensor.start({
        scope: enclosure.scope,
        probes: { "enable-network-events": true },
      });
      const [address = "", shared = ""] = inside.split(" ");
      await using outside = await TestListener.start("127.0.0.1", 0, shared !== "");
      await using listener = await TestListener.start(address, outside.port, shared !== "", enclosure.scope);
      await outside.visit();
      await listener.end();
      await sensor[Symbol.asyncDispose]();
      const listens = sensor.events.filter((event) => event.process_tracepoint?.message === "socket_listen");
      expect(listens).toHaveLength(1);
      expect(accepted(sensor, outside.port)).toEqual([]);
    });
  }

  test("listeners on two addresses with one port have their own connections, even when one is closed", async () => {
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      probes: { "enable-network-events": true },
    });
    await using first = await TestListener.start("127.0.0.1", 0, false, enclosure.scope);
    await using second = await TestListener.start("127.0.0.2", first.port, false, enclosure.scope);
    await first.visit();
    await second.visit();
    await second.end();
    await first.visit();
    await first.end();
    await sensor[Symbol.asyncDispose]();
    const owners = new Map<string, Set<string>>();
    for (const line of accepted(sensor, first.port)) {
      const [, address = "", owner = ""] = line.split(" ");
      owners.set(address, (owners.get(address) ?? new Set()).add(owner));
    }
    const messages = accepted(sensor, first.port).map((line) => line.split(" ", 2).join(" "));
    expect(messages.filter((line) => line === "socket_accept 127.0.0.1")).toHaveLength(2);
    expect(messages.filter((line) => line === "socket_accept 127.0.0.2")).toHaveLength(1);
    expect(messages.filter((line) => line.startsWith("socket_close"))).toHaveLength(3);
    const ownerOf = (address: string) =>
      networkEvents(sensor)
        .filter((event) => event.message === "socket_listen" && event.args[0]?.sock_arg?.saddr === address)
        .map((event) => event.process.exec_id);
    expect([...(owners.get("127.0.0.1") ?? [])]).toEqual(ownerOf("127.0.0.1"));
    expect([...(owners.get("127.0.0.2") ?? [])]).toEqual(ownerOf("127.0.0.2"));
    expect(ownerOf("127.0.0.1")).not.toEqual(ownerOf("127.0.0.2"));
  });

  test("a listener on all addresses of both families has the connections of IPv4", async () => {
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      probes: { "enable-network-events": true },
    });
    await using listener = await TestListener.start("::", 0, false, enclosure.scope);
    await listener.visit("127.0.0.1");
    await listener.visit("::1");
    await listener.end();
    await sensor[Symbol.asyncDispose]();
    const accepts = accepted(sensor, listener.port).filter((line) => line.startsWith("socket_accept"));
    expect(accepts.map((line) => line.split(" ")[1])).toEqual(["::ffff:127.0.0.1", "::1"]);
  });

  test("thousands of listeners of another process do not make one's connections unseen", async () => {
    await using enclosure = await createPidNamespace();
    await using sensor = await RunningSensor.start({
      scope: enclosure.scope,
      ringBufferSize: 1 << 23,
      probes: { "enable-network-events": true },
    });
    await using victim = await TestListener.start("127.0.0.1", 0, false, enclosure.scope);
    const script = `
      const { createServer } = require("node:net");
      const { once } = require("node:events");
      const servers = Array.from({ length: 6000 }, (_, i) =>
        createServer().listen({ host: "127.0." + (1 + (i % 200)) + ".1", port: 0 }));
      await Promise.all(servers.map((server) => server.listening || once(server, "listening")));
      console.log("listening");
      await Bun.stdin.text();
      process.exit(0);`;
    for (const inside of [true, false]) {
      const enter = inside ? ["nsenter", "-t", enclosure.scope.slice("pidns:".length), "-p"] : [];
      const command = ["sh", "-c", 'ulimit -n 8192 && exec "$@"', "sh", process.execPath, "-e", script];
      const many = Bun.spawn([...enter, ...command], { stdin: "pipe", stdout: "pipe" });
      const { value } = await many.stdout.getReader().read();
      expect(new TextDecoder().decode(value)).toBe("listening\n");
      await victim.visit();
      many.stdin.end();
      await many.exited;
    }
    await victim.end();
    const accepts = () => accepted(sensor, victim.port).filter((line) => line.startsWith("socket_accept"));
    await until(() => accepts().length === 2, "both connections are reported");
    expect(sensor.counters.lost).toBe(0);
  });

  test("without CAP_NET_ADMIN the sensor goes on and says once that UDP connects are not seen", async () => {
    await using enclosure = await createPidNamespace();
    const script = `
      import { createConsola } from "consola";
      import { diagnose } from ${JSON.stringify(join(ROOT, "src/cli/doctor.ts"))};
      import { SensorSource } from ${JSON.stringify(join(ROOT, "src/source/sensor/index.ts"))};
      import { createCounters } from ${JSON.stringify(join(ROOT, "src/telemetry/counters.ts"))};
      const messages = [];
      const warnings = [];
      const log = createConsola({ level: 3, reporters: [{ log: ({ type, args }) => {
        if (type === "warn") warnings.push(args.join(" "));
        else console.log("ready");
      } }] });
      const sink = { offer(batch) {
        batch.makeText();
        for (let i = 0; i < batch.count; i++) {
          messages.push(JSON.parse(new TextDecoder().decode(batch.line(i))).process_tracepoint?.message);
        }
      } };
      const settings = { nodeName: "test", scope: "${enclosure.scope}", probes: { "enable-network-events": true } };
      const sensor = new SensorSource(settings, { sink, counters: createCounters(), log });
      await sensor.start();
      const run = sensor.run();
      await Bun.stdin.text();
      void sensor.stop(new AbortController().signal);
      await run;
      const probe = diagnose().probes.find(({ name }) => name === "connect programs");
      console.log(JSON.stringify({ messages, warnings, probe }));
    `;
    const child = Bun.spawn(
      ["setpriv", "--bounding-set=-net_admin,-sys_admin", process.execPath, "-e", script],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
    const reader = child.stdout.getReader();
    await reader.read();
    await using listener = await TestListener.start("127.0.0.1", 0, false, enclosure.scope);
    await listener.visit();
    await listener.end();
    child.stdin.end();
    const { value } = await reader.read();
    await child.exited;
    const { messages, warnings, probe } = JSON.parse(new TextDecoder().decode(value)) as {
      messages: string[];
      warnings: string[];
      probe: Probe;
    };
    expect(messages).toContain("socket_accept");
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("CAP_NET_ADMIN");
    expect(probe).toMatchObject({ answer: "no", isRequired: false });
    expect(probe.advice).toContain("CAP_NET_ADMIN");
  });
});
