/** Datagrams that leave together (UDP_SEGMENT), where the way to the receiver takes them, and one by one elsewhere. */
import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { came, eventOf, flags, listen, makeCable, RECEIVER, send } from "./cable.ts";
import { cleanUp, type RunningAgent, startTetrad, totalsIn, until } from "./harness.ts";
import { CAN_UNSHARE, type Namespace } from "./namespace.ts";

afterEach(cleanUp);

const COUNT = 256;
const PAD = "--udp-pad=50";
/** Events of lengths around one, all different from their neighbours. */
const MIXED = Array.from({ length: COUNT }, (_, i) => eventOf(280 + ((i * 37) % 60)));

/** Walks through the stack so far: the kernel counts a run as one (`UDP_MIB_OUTDATAGRAMS`). */
function walks({ shell }: Namespace, family: 4 | 6 = 4): number {
  if (family === 6) return Number(/^Udp6OutDatagrams\s+(\d+)/m.exec(shell("cat /proc/self/net/snmp6"))![1]);
  const [names, values] = shell("cat /proc/self/net/snmp")
    .split("\n")
    .filter((line) => line.startsWith("Udp: "));
  return Number(values!.split(" ")[names!.split(" ").indexOf("OutDatagrams")]);
}

/** What a listener has printed, without what --udp-pad added and without `agent_init`. */
const documents = (listener: RunningAgent) => came(listener).slice(1);

/** Sends all at once and ends the agent. @returns Its counters. */
async function finish(agent: RunningAgent, lines: readonly string[]): Promise<Record<string, number>> {
  await send(agent, ...lines);
  agent.process.stdin.end();
  expect(await agent.exit()).toBe(0);
  return totalsIn(agent.log());
}

/** `agent_init` comes before all. */
async function started(listener: RunningAgent): Promise<void> {
  await until(() => came(listener).length === 1, "agent_init");
}

describe.skipIf(!CAN_UNSHARE)("events leave together", () => {
  test("over a cable: few walks, every event as it was but for spaces at its end", async () => {
    const { here, there } = await makeCable();
    const listener = await listen(there, `--count=${COUNT + 1}`);
    const agent = startTetrad(flags(PAD), { prefix: here.prefix });
    await started(listener);
    const before = walks(here);
    const totals = await finish(agent, MIXED);
    expect(await listener.exit()).toBe(0);
    expect(walks(here) - before).toBeLessThan(COUNT / 8);
    expect(documents(listener).map((text) => text.trimEnd())).toEqual(MIXED);
    const own = MIXED.join("\n").length + 1;
    const sent = documents(listener).join("\n").length + 1;
    expect(sent).toBeGreaterThan(own);
    expect((sent - own) * 100).toBeLessThanOrEqual(own * 50);
    expect(totals).toMatchObject({ udp_exported: COUNT, udp_send_failed: 0, udp_too_large: 0 });
  });

  test("without --udp-pad those of one length, byte for byte, once the way is known", async () => {
    const { here, there } = await makeCable();
    const listener = await listen(there, `--count=${COUNT + 3}`);
    const agent = startTetrad(flags(), { prefix: here.prefix });
    // The first two that could have the kernel asked; they leave before it is.
    const first = [eventOf(300), eventOf(300)];
    await send(agent, ...first);
    await until(() => came(listener).length === 3, "the first two");
    const before = walks(here);
    const rest = [...Array(COUNT / 2).fill(eventOf(300)), ...Array(COUNT / 2).fill(eventOf(1400))];
    await finish(agent, rest);
    expect(await listener.exit()).toBe(0);
    expect(documents(listener)).toEqual([...first, ...rest]);
    expect(walks(here) - before).toBeLessThan(COUNT / 8);
  });

  test("but not with --udp-segmentation=false: each is a packet of its own", async () => {
    const { here, there } = await makeCable();
    const listener = await listen(there, `--count=${COUNT + 1}`);
    const agent = startTetrad(flags("--udp-segmentation=false", PAD), { prefix: here.prefix });
    await started(listener);
    const before = walks(here);
    const events = Array(COUNT).fill(eventOf(300));
    await finish(agent, events);
    expect(await listener.exit()).toBe(0);
    expect(documents(listener)).toEqual(events);
    expect(walks(here) - before).toBe(COUNT);
    expect(agent.log()).toContain("--udp-pad has no effect");
  });

  test("over IPv6: those that every IPv6 link takes whole", async () => {
    const { here, there } = await makeCable();
    here.shell("ip address add 2001:db8::1/64 dev tetrad0 nodad");
    there.shell("ip address add 2001:db8::2/64 dev tetrad1 nodad");
    const listener = await listen(there, `--count=${COUNT + 1}`);
    const agent = startTetrad(flags("--udp-output-address=2001:db8::2", PAD), { prefix: here.prefix });
    await started(listener);
    const before = walks(here, 6);
    const large = Array(4).fill(eventOf(1300));
    const lines = [...large, ...MIXED.slice(4)];
    await finish(agent, lines);
    expect(await listener.exit()).toBe(0);
    expect(documents(listener).map((text) => text.trimEnd())).toEqual(lines);
    expect(walks(here, 6) - before).toBeGreaterThanOrEqual(large.length);
    expect(walks(here, 6) - before).toBeLessThan(COUNT / 8);
  });

  test("to a port that is closed: the socket hears nothing of it", async () => {
    const { here } = await makeCable();
    const agent = startTetrad(flags(PAD), { prefix: here.prefix });
    const totals = await finish(agent, MIXED);
    expect(totals).toMatchObject({ udp_exported: COUNT, udp_send_failed: 0 });
  });
});

describe.skipIf(!CAN_UNSHARE)("events leave one by one", () => {
  /** All of {@link MIXED} arrive, and each took a walk. */
  async function expectSingles(
    { here, there }: { here: Namespace; there: Namespace },
    prefix: readonly string[] = here.prefix,
  ): Promise<void> {
    const listener = await listen(there, `--count=${COUNT + 1}`);
    const agent = startTetrad(flags(PAD, "--shutdown-timeout=20s"), { prefix });
    await started(listener);
    const before = walks(here);
    const totals = await finish(agent, MIXED);
    expect(totals).toMatchObject({ udp_exported: COUNT, udp_send_failed: 0, udp_too_large: 0 });
    expect(await listener.exit()).toBe(0);
    expect(documents(listener)).toEqual(MIXED);
    expect(walks(here) - before).toBeGreaterThanOrEqual(COUNT);
  }

  test("where a queue cuts runs and drops some of what it cut (tbf)", async () => {
    const cable = await makeCable();
    cable.here.shell("tc qdisc add dev tetrad0 root tbf rate 8mbit burst 4kb limit 10kb");
    await expectSingles(cable);
  });

  test("where such a queue is below another one", async () => {
    const cable = await makeCable();
    cable.here.shell(`
      tc qdisc add dev tetrad0 root handle 1: htb default 1
      tc class add dev tetrad0 parent 1: classid 1:1 htb rate 1gbit
      tc qdisc add dev tetrad0 parent 1:1 tbf rate 8mbit burst 4kb limit 10kb`);
    await expectSingles(cable);
  });

  test("where they are larger than the link takes, in fragments", async () => {
    const cable = await makeCable();
    for (const [{ shell }, device] of [
      [cable.here, "tetrad0"],
      [cable.there, "tetrad1"],
    ] as const)
      shell(`ip link set ${device} mtu 256`);
    await expectSingles(cable);
  });

  test.each([
    ["segment", "the kernel knows nothing of runs"],
    ["netlink", "nobody says what the way is like"],
  ])("without %s: %s", async (what) => {
    const cable = await makeCable();
    const helper = join(import.meta.dir, "../os/refusing-exec.ts");
    await expectSingles(cable, [...cable.here.prefix, process.execPath, helper, what]);
  });
});

describe.skipIf(!CAN_UNSHARE)("a way that changes", () => {
  /** Half of the events, a change, the other half. @returns Walks of each half. */
  async function halves(change: (here: Namespace) => void): Promise<[number, number]> {
    const { here, there } = await makeCable();
    const listener = await listen(there);
    const agent = startTetrad(flags(PAD, "--shutdown-timeout=20s"), { prefix: here.prefix });
    await started(listener);
    const half = COUNT / 2;
    const begin = walks(here);
    await send(agent, ...MIXED.slice(0, half));
    await until(() => came(listener).length === half + 1, "the first half");
    const middle = walks(here);
    change(here);
    await send(agent, ...MIXED.slice(half));
    await until(() => came(listener).length === COUNT + 1, "the second half");
    const end = walks(here);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: COUNT, udp_send_failed: 0 });
    expect(documents(listener).map((text) => text.trimEnd())).toEqual(MIXED);
    return [middle - begin, end - middle];
  }

  test("takes no runs from then on: a smaller link", async () => {
    const [first, second] = await halves(({ shell }) => shell("ip link set tetrad0 mtu 300"));
    expect(first).toBeLessThan(COUNT / 16);
    expect(second).toBeGreaterThan(COUNT / 4);
  });

  test("takes no runs from then on: a queue that cuts them", async () => {
    const [first, second] = await halves(({ shell }) =>
      shell("tc qdisc add dev tetrad0 root tbf rate 8mbit burst 4kb limit 10kb"),
    );
    expect(first).toBeLessThan(COUNT / 16);
    expect(second).toBeGreaterThanOrEqual(COUNT / 2);
  });

  test("goes by another interface from then on: a route to one host", async () => {
    const [first, second] = await halves(({ shell }) =>
      shell(`ip route add ${RECEIVER}/32 dev tetrad0 mtu 200`),
    );
    expect(first).toBeLessThan(COUNT / 16);
    expect(second).toBeGreaterThanOrEqual(COUNT / 2);
  });
});

describe.skipIf(!CAN_UNSHARE)("a socket that is connected to its receiver while many events come", () => {
  const many = Array.from({ length: 64 }, (_, i) => eventOf(300 + i));

  /** Sends events in turns until the socket is connected (its state in procfs is that of TCP: established). */
  async function connected(agent: RunningAgent, here: Namespace): Promise<number> {
    let sent = 0;
    const isConnected = () => {
      const sockets = here.shell("cat /proc/self/net/udp").split("\n").slice(1);
      // The socket and its shield have the same port.
      const ports = sockets.filter((line) => / 01 /.test(line)).map((line) => line.split(/[\s:]+/)[3]);
      return new Set(ports).size < ports.length;
    };
    while (!isConnected()) {
      await send(agent, ...many);
      sent += many.length;
      await Bun.sleep(10);
      expect(sent).toBeLessThan(64 * 500);
    }
    return sent;
  }

  test("hears nothing of a closed port", async () => {
    const { here } = await makeCable();
    const agent = startTetrad(flags(), { prefix: here.prefix });
    let sent = await connected(agent, here);
    for (let i = 0; i < 20; i++) {
      await send(agent, ...many);
      sent += many.length;
      await Bun.sleep(5);
    }
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: sent, udp_send_failed: 0, udp_retries: 0 });
  });

  test("has the source address that the route gives, also when that changes", async () => {
    const { here, there } = await makeCable();
    const listener = await listen(there);
    const agent = startTetrad(flags(), { prefix: here.prefix });
    let sent = await connected(agent, here);
    here.shell("ip address add 192.0.2.77/24 dev tetrad0 && ip address del 192.0.2.1/24 dev tetrad0");
    here.shell(
      "ip address replace 192.0.2.77/24 dev tetrad0 && ip route replace 192.0.2.0/24 dev tetrad0 src 192.0.2.77",
    );
    await send(agent, ...many);
    sent += many.length;
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: sent, udp_send_failed: 0 });
    await until(() => came(listener).length === sent + 1, "all events");
  });

  test("takes another way when there is one", async () => {
    const { here, there } = await makeCable();
    here.shell(`ip link add tetrad8 type veth peer name tetrad9 netns ${there.pid}`);
    there.shell("ip address add 198.51.100.2/24 dev tetrad9 && ip link set tetrad9 up");
    here.shell("ip address add 198.51.100.1/24 dev tetrad8 && ip link set tetrad8 up");
    const listener = await listen(there);
    const agent = startTetrad(flags(), { prefix: here.prefix });
    let sent = await connected(agent, here);
    // From the old address the receiver would take none: it is not where the route back leads.
    there.shell(
      "echo 1 > /proc/sys/net/ipv4/conf/tetrad9/rp_filter; echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter",
    );
    here.shell(`ip route add ${RECEIVER}/32 via 198.51.100.2 dev tetrad8`);
    await send(agent, ...many);
    sent += many.length;
    await until(() => came(listener).length === sent + 1, "all events, by the other cable");
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: sent, udp_send_failed: 0 });
  });
});
