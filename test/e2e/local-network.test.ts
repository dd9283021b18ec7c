/** What this host itself does to datagrams: no network yet, full queues, fragments. */
import { afterEach, describe, expect, test } from "bun:test";
import { came, connect, eventOf, flags, listen, makeCable, send } from "./cable.ts";
import { cleanUp, EVENTS, startTetrad, totalsIn, until } from "./harness.ts";
import { CAN_UNSHARE, makeNamespace, type Namespace } from "./namespace.ts";

afterEach(cleanUp);

describe.skipIf(!CAN_UNSHARE)("agent_init, when it cannot leave at once", () => {
  test("no network yet: it is the first datagram that leaves, without waiting for an event", async () => {
    const { here, there } = await makeCable({ isUp: false });
    const listener = await listen(there);
    const agent = startTetrad(flags("--stats-interval=100ms"), { prefix: here.prefix });
    await agent.logged("Cannot send the metadata event over UDP");
    await send(agent, EVENTS[0]!, EVENTS[1]!);
    await agent.logged("udp_send_failed=2");
    connect(here);
    await until(() => came(listener).length > 0, "agent_init");
    expect(came(listener)[0]).toContain('"event":"agent_init"');
    await send(agent, EVENTS[2]!);
    await until(() => came(listener).length > 1, "an event");
    expect(came(listener).slice(1)).toEqual([EVENTS[2]!]);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: 1, udp_send_failed: 2 });
  });

  test("a firewall that refuses all: it goes before the events, once it may", async () => {
    const { here, there } = await makeCable();
    here.shell("ip rule add prohibit to 192.0.2.2 pref 10");
    const listener = await listen(there);
    const agent = startTetrad(flags(), { prefix: here.prefix });
    await agent.logged("Cannot send the metadata event over UDP");
    await send(agent, EVENTS[0]!);
    await until(() => agent.log().includes("Cannot send a datagram"), "an event was refused");
    here.shell("ip rule del pref 10");
    await send(agent, ...EVENTS.slice(1, 4));
    await until(() => came(listener).length >= 4, "agent_init and events");
    expect(came(listener)[0]).toContain('"event":"agent_init"');
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: 3, udp_send_failed: 1 });
  });

  test("no network at all: the run ends with its input, and events are counted", async () => {
    const here = await makeNamespace();
    const agent = startTetrad(flags("--shutdown-timeout=1h"), { prefix: here.prefix });
    await send(agent, ...EVENTS);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(agent.log()).toContain("the run ends before it could leave");
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: 0, udp_send_failed: EVENTS.length });
  });
});

describe.skipIf(!CAN_UNSHARE)("a queue of this host that drops datagrams", () => {
  const count = 600;
  const input = Array.from({ length: count }, (_, i) => EVENTS[i % EVENTS.length]!);

  test("makes a source wait that can: what counts as exported has left, and nothing is lost", async () => {
    const { here, there } = await makeCable();
    here.shell("tc qdisc add dev tetrad0 root tbf rate 8mbit burst 4kb limit 10kb");
    const listener = await listen(there, `--count=${count + 1}`);
    const agent = startTetrad(flags("--shutdown-timeout=20s"), { prefix: here.prefix });
    await send(agent, ...input);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: count, udp_send_failed: 0 });
    expect(await listener.exit()).toBe(0);
    expect(came(listener).slice(1)).toEqual(input);
  });

  test("costs events where there is no time to wait, and each is counted", async () => {
    const { here, there } = await makeCable();
    here.shell("tc qdisc add dev tetrad0 root tbf rate 1mbit burst 2kb limit 6kb");
    const listener = await listen(there);
    const more = ["--udp-when-full=drop", "--event-queue-size=20", "--shutdown-timeout=100ms"];
    const agent = startTetrad(flags(...more), { prefix: here.prefix });
    await send(agent, ...input);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    const { accepted, udp_exported, udp_queue_full, udp_send_failed } = totalsIn(agent.log());
    expect(udp_exported).toBeLessThan(count);
    expect(udp_exported! + udp_queue_full! + udp_send_failed!).toBe(accepted!);
    await until(() => came(listener).length === udp_exported! + 1, "what counts as exported");
  });

  test("that takes nothing at all does not keep the agent: every event is counted, and the run ends", async () => {
    const { here } = await makeCable();
    here.shell("tc qdisc add dev tetrad0 root tbf rate 8mbit burst 1600 limit 100");
    const agent = startTetrad(flags("--shutdown-timeout=1h"), { prefix: here.prefix });
    await send(agent, ...input.slice(0, 20));
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: 0, udp_send_failed: 20 });
  });
});

describe.skipIf(!CAN_UNSHARE)("a datagram that the socket can never take", () => {
  test("is counted, and the next one goes: fragments above --udp-buffer-size", async () => {
    const { here, there } = await makeCable();
    const listener = await listen(there);
    const agent = startTetrad(flags("--udp-buffer-size=2K", "--shutdown-timeout=1h"), {
      prefix: here.prefix,
    });
    const sizes = [300, 9183, 301, 20_000, 302];
    await send(agent, ...sizes.map(eventOf));
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(agent.log()).toContain("Cannot send a datagram");
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: 3, udp_send_failed: 2 });
    await until(() => came(listener).length === 4, "agent_init and three events");
    expect(came(listener).slice(1)).toEqual([300, 301, 302].map(eventOf));
  });

  test("is counted as too_large where --udp-dont-fragment forbids fragments", async () => {
    const { here, there } = await makeCable();
    const listener = await listen(there);
    const agent = startTetrad(flags("--udp-dont-fragment"), { prefix: here.prefix });
    await send(agent, eventOf(1472), eventOf(1473), eventOf(300));
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: 2, udp_too_large: 1 });
    await until(() => came(listener).length === 3, "agent_init and two events");
  });
});

/** Two hosts and a router between them that says nothing, unless it `answers`; its second link takes 1,280 bytes. */
async function makeNarrowPath(
  family: 4 | 6,
  { answers = false } = {},
): Promise<{ here: Namespace; there: Namespace; receiver: string }> {
  const [here, router, there] = [await makeNamespace(), await makeNamespace(), await makeNamespace()];
  here.shell(`ip link add tetrad0 type veth peer name tetrad1 netns ${router.pid}`);
  router.shell(`ip link add tetrad2 type veth peer name tetrad3 netns ${there.pid}`);
  const [left, right] = family === 4 ? ["192.0.2", "198.51.100"] : ["2001:db8:1:", "2001:db8:2:"];
  const point = family === 4 ? "." : ":";
  const bits = family === 4 ? 24 : 64;
  const address = (net: string, last: number) => `${net}${point}${last}`;
  const nodad = family === 6 ? "nodad" : "";
  here.shell(`
    ip address add ${address(left!, 1)}/${bits} dev tetrad0 ${nodad} && ip link set tetrad0 up
    ip -${family} route add default via ${address(left!, 254)} dev tetrad0`);
  router.shell(`
    ip address add ${address(left!, 254)}/${bits} dev tetrad1 ${nodad} && ip link set tetrad1 up
    ip address add ${address(right!, 254)}/${bits} dev tetrad2 ${nodad}
    ip link set tetrad2 mtu 1280 up
    echo 1 > /proc/sys/net/ipv4/ip_forward
    echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
    ${answers ? "" : `ip -${family} rule add blackhole iif lo to ${address(left!, 0)}/${bits} pref 10`}`);
  there.shell(`
    ip address add ${address(right!, 1)}/${bits} dev tetrad3 ${nodad} && ip link set tetrad3 mtu 1280 up
    ip -${family} route add default via ${address(right!, 254)} dev tetrad3`);
  return { here, there, receiver: address(right!, 1) };
}

describe.skipIf(!CAN_UNSHARE)(
  "a link on the way that takes less, behind a router that does not say so",
  () => {
    // An IPv6 datagram that the first link takes leaves whole, and only an answer could change that.
    test.each([
      { family: 4, sizes: [300, 1252, 1253, 1400, 1472, 1473, 3000] },
      { family: 6, sizes: [300, 1232, 1453, 1473, 3000] },
    ] as const)("gets events in fragments: IPv$family", async ({ family, sizes }) => {
      const { here, there, receiver } = await makeNarrowPath(family);
      const listener = await listen(there, `--count=${sizes.length + 1}`);
      const agent = startTetrad(flags(`--udp-output-address=${receiver}`), { prefix: here.prefix });
      await send(agent, ...sizes.map(eventOf));
      agent.process.stdin.end();
      expect(await agent.exit()).toBe(0);
      expect(await listener.exit()).toBe(0);
      expect(came(listener).slice(1).toSorted()).toEqual(sizes.map(eventOf).toSorted());
    });

    // Those of 1,233 to 1,452 bytes: see docs/udp.md.
    test("IPv6: gets all lengths within --udp-max-datagram-size=1232", async () => {
      const { here, there, receiver } = await makeNarrowPath(6);
      const sizes = [1233, 1300, 1400, 1452];
      const listener = await listen(there, `--count=${sizes.length + 1}`);
      const more = [`--udp-output-address=${receiver}`, "--udp-max-datagram-size=1232"];
      const agent = startTetrad(flags(...more), { prefix: here.prefix });
      await send(agent, ...sizes.map(eventOf));
      agent.process.stdin.end();
      expect(await agent.exit()).toBe(0);
      expect(await listener.exit()).toBe(0);
      expect(totalsIn(agent.log())).toMatchObject({ udp_exported: 4, udp_truncated: 4 });
    });

    test("IPv6: gets all lengths once the router says so", async () => {
      const { here, there, receiver } = await makeNarrowPath(6, { answers: true });
      const listener = await listen(there);
      const agent = startTetrad(flags(`--udp-output-address=${receiver}`), { prefix: here.prefix });
      while (!came(listener).includes(eventOf(1400))) {
        await send(agent, eventOf(1400));
        await Bun.sleep(50);
      }
      const sizes = [1233, 1300, 1452, 1453, 3000];
      await send(agent, ...sizes.map(eventOf));
      agent.process.stdin.end();
      expect(await agent.exit()).toBe(0);
      const missing = () => sizes.map(eventOf).filter((event) => !came(listener).includes(event));
      await until(() => missing().length === 0, "all lengths");
    });

    test("gets what fits where --udp-dont-fragment forbids fragments", async () => {
      const { here, there, receiver } = await makeNarrowPath(4);
      const listener = await listen(there);
      const more = [`--udp-output-address=${receiver}`, "--udp-dont-fragment"];
      const agent = startTetrad(flags(...more), { prefix: here.prefix });
      await send(agent, eventOf(1252), eventOf(1400), eventOf(301));
      agent.process.stdin.end();
      expect(await agent.exit()).toBe(0);
      await until(() => came(listener).includes(eventOf(301)), "the last event");
      expect(came(listener).slice(1)).toEqual([eventOf(1252), eventOf(301)]);
    });
  },
);
