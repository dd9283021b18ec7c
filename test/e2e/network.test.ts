import { afterEach, describe, expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, EVENTS, startTetrad, temporaryDirectory, totalsIn } from "./harness.ts";
import { CAN_UNSHARE, makeNamespace, type Namespace } from "./namespace.ts";

afterEach(cleanUp);

/** Starts `tetrad listen` in a namespace and waits until it listens. */
async function listen(namespace: Namespace, ...flags: string[]) {
  const listener = startTetrad(["listen", "--port=5140", "--validate", ...flags], {
    prefix: namespace.prefix,
  });
  await listener.logged("Listening on ");
  return listener;
}

describe.skipIf(!CAN_UNSHARE)("UDP output across a network", () => {
  test("a link slower than the source loses nothing: short sends keep their tail", async () => {
    const [here, there] = [await makeNamespace(), await makeNamespace()];
    here.shell(`
      ip link add tetrad0 type veth peer name tetrad1 netns ${there.pid}
      ip address add 192.0.2.1/24 dev tetrad0 && ip link set tetrad0 up
      tc qdisc add dev tetrad0 root tbf rate 80mbit burst 64kb limit 64mb`);
    there.shell("ip address add 192.0.2.2/24 dev tetrad1 && ip link set tetrad1 up");
    const rounds = 60;
    const total = EVENTS.length * rounds;
    const listener = await listen(
      there,
      "--address=192.0.2.2",
      "--output=raw",
      `--count=${total + 1}`,
      "--for=20s",
    );
    const agent = startTetrad(
      [
        "--udp-output-enabled",
        "--udp-output-address=192.0.2.2",
        "--udp-output-port=5140",
        "--event-source=stdin",
        "--udp-buffer-size=4096",
      ],
      { prefix: here.prefix },
    );
    agent.process.stdin.write(`${EVENTS.join("\n")}\n`.repeat(rounds));
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({
      udp_exported: total,
      udp_queue_full: 0,
      udp_send_failed: 0,
    });
    expect(await listener.exit()).toBe(0);
    const [first, ...lines] = listener.stdout().trimEnd().split("\n");
    expect(first).toContain('"event":"agent_init"');
    // The kernel may deliver two in the wrong order: a veth has a queue for each CPU that sends on it.
    const sent = Array.from({ length: total }, (_, i) => EVENTS[i % EVENTS.length]!);
    expect(lines.toSorted()).toEqual(sent.toSorted());
  });

  test("a name that resolves later: events wait for it, agent_init goes first", async () => {
    const namespace = await makeNamespace();
    const directory = temporaryDirectory();
    const hosts = join(directory, "hosts");
    writeFileSync(hosts, "127.0.0.1 localhost\n");
    writeFileSync(join(directory, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    namespace.shell(`
      mount --bind ${hosts} /etc/hosts
      mount --bind ${directory}/resolv.conf /etc/resolv.conf`);
    const listener = await listen(namespace, `--count=${EVENTS.length + 1}`, "--for=20s");
    const agent = startTetrad(
      [
        "--udp-output-enabled",
        "--udp-output-address=collector.test",
        "--udp-output-port=5140",
        "--event-source=stdin",
      ],
      { prefix: namespace.prefix },
    );
    agent.process.stdin.write(`${EVENTS.join("\n")}\n`);
    await agent.process.stdin.flush();
    await agent.logged("Cannot resolve --udp-output-address");
    appendFileSync(hosts, "127.0.0.1 collector.test\n");
    expect(await listener.exit()).toBe(0);
    expect(listener.log()).toContain("first         agent_init");
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: EVENTS.length, udp_queue_full: 0 });
  });

  test("sends to a multicast group by the interface that was named", async () => {
    const namespace = await makeNamespace();
    namespace.shell("ip link set lo multicast on && ip route add 239.0.0.0/8 dev lo");
    const listener = await listen(
      namespace,
      "--address=239.1.2.3",
      `--count=${EVENTS.length + 1}`,
      "--for=10s",
    );
    const agent = startTetrad(
      [
        "--udp-output-enabled",
        "--udp-output-address=239.1.2.3",
        "--udp-output-port=5140",
        "--udp-multicast-interface=lo",
        "--event-source=stdin",
      ],
      { prefix: namespace.prefix },
    );
    agent.process.stdin.write(`${EVENTS.join("\n")}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(await listener.exit()).toBe(0);
  });

  test("no route: every event is counted as send_failed, the agent lives on", async () => {
    const namespace = await makeNamespace();
    const agent = startTetrad(
      ["--udp-output-enabled", "--udp-output-address=198.51.100.1", "--event-source=stdin"],
      { prefix: namespace.prefix },
    );
    agent.process.stdin.write(`${EVENTS.join("\n")}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(agent.log()).toContain("Cannot send the metadata event over UDP");
    expect(agent.log()).toContain("Cannot send a datagram");
    expect(totalsIn(agent.log())).toMatchObject({ udp_exported: 0, udp_send_failed: EVENTS.length });
  });
});
