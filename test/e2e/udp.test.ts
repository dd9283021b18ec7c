import { afterEach, describe, expect, test } from "bun:test";
import * as v from "valibot";
import { AgentInit } from "../../src/event/description/index.ts";
import { schemaOf } from "../../src/event/schema/derive.ts";
import {
  cleanUp,
  EVENTS,
  freePort,
  runTetrad,
  startTetrad,
  TestReceiver,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

const INPUT = `${EVENTS.join("\n")}\n`;

/** Flags of an agent that sends standard input to `port`. */
function udpFlags(port: number, ...more: string[]): string[] {
  return ["--udp-output-enabled", `--udp-output-port=${port}`, "--event-source=stdin", ...more];
}

describe("UDP output", () => {
  test("agent_init goes first, then each event as one datagram with the bytes it came in", async () => {
    const receiver = await TestReceiver.open();
    const { code, stderr, stdout } = await runTetrad(udpFlags(receiver.port), { input: INPUT });
    await receiver.waitFor(EVENTS.length + 1);
    expect(code).toBe(0);
    expect(stdout).toBe("");
    const [first, ...events] = receiver.datagrams;
    const metadata = v.parse(schemaOf(AgentInit), JSON.parse(first!));
    expect(metadata.udp_destination).toBe(`127.0.0.1:${receiver.port}`);
    expect(metadata.udp_buffer_size).toBe(65536);
    expect(events).toEqual(EVENTS.map((line) => `${line}\n`));
    expect(stderr).toContain(`msg="Metadata event sent over UDP" destination=127.0.0.1:${receiver.port}`);
    expect(stderr).toContain("requested=65536 effective=131072");
  });

  test("the counters add up over valid, invalid and oversized input", async () => {
    const receiver = await TestReceiver.open();
    const garbage = [
      "not json",
      '{"process_exec":',
      "[1]",
      '{"process_exec":{"process":{"pid":"x"}}}',
      "\x00\xff",
    ];
    const long = JSON.stringify({ process_exec: { process: { arguments: "a".repeat(5 * 1024 * 1024) } } });
    const input = Buffer.concat([
      Buffer.from(INPUT),
      Buffer.from(garbage.join("\n"), "latin1"),
      Buffer.from(`\n${long}\n`),
    ]);
    const { code, stderr } = await runTetrad(udpFlags(receiver.port), { input });
    expect(code).toBe(0);
    const totals = totalsIn(stderr);
    expect(totals).toMatchObject({
      read: EVENTS.length + garbage.length + 1,
      invalid: garbage.length,
      line_too_long: 1,
      accepted: EVENTS.length,
      udp_exported: EVENTS.length,
      udp_queue_full: 0,
      udp_send_failed: 0,
    });
    await receiver.waitFor(EVENTS.length + 1);
  });

  test("--validate=off sends lines without looking into them", async () => {
    const receiver = await TestReceiver.open();
    const { code } = await runTetrad(udpFlags(receiver.port, "--validate=off"), {
      input: "not json\n\n{}\nlast",
    });
    expect(code).toBe(0);
    await receiver.waitFor(4);
    expect(receiver.datagrams.slice(1)).toEqual(["not json\n", "{}\n", "last\n"]);
  });

  test("a closed port loses no count and stops nothing; a receiver that comes later gets all sent from then on", async () => {
    const port = await freePort();
    const agent = startTetrad(udpFlags(port));
    await agent.logged("Metadata event sent over UDP");
    for (let i = 0; i < 50; i++) {
      agent.process.stdin.write(`${EVENTS[i % EVENTS.length]}\n`);
      await agent.process.stdin.flush();
    }
    await Bun.sleep(50);
    const receiver = await TestReceiver.open({ port });
    for (const line of EVENTS) agent.process.stdin.write(`${line}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    await receiver.waitFor(EVENTS.length);
    expect(receiver.events.slice(-EVENTS.length)).toEqual(EVENTS.map((line) => `${line}\n`));
    const totals = totalsIn(agent.log());
    expect(totals.udp_exported).toBe(50 + EVENTS.length);
    expect(totals.udp_send_failed).toBe(0);
  });

  test("an event above --udp-max-datagram-size is shortened, marked, valid, and keeps what identifies it", async () => {
    const receiver = await TestReceiver.open();
    const event = JSON.parse(EVENTS.find((line) => line.includes('"process_exec"'))!);
    event.process_exec.process.arguments = "x".repeat(100_000);
    const { code, stderr } = await runTetrad(udpFlags(receiver.port, "--udp-max-datagram-size=1472"), {
      input: `${JSON.stringify(event)}\n`,
    });
    expect(code).toBe(0);
    await receiver.waitFor(2);
    const [metadata, sent] = receiver.datagrams;
    expect(metadata).toContain('"event":"agent_init"');
    expect(Buffer.byteLength(sent!)).toBeLessThanOrEqual(1472);
    const shortened = JSON.parse(sent!);
    expect(shortened.process_exec.process.exec_id).toBe(event.process_exec.process.exec_id);
    expect(shortened.process_exec.process.pid).toBe(event.process_exec.process.pid);
    expect(shortened.time).toBe(event.time);
    expect(totalsIn(stderr)).toMatchObject({ udp_exported: 1, udp_truncated: 1, udp_too_large: 0 });
  });

  test("the metadata event obeys --udp-max-datagram-size", async () => {
    const receiver = await TestReceiver.open();
    await runTetrad(udpFlags(receiver.port, "--udp-max-datagram-size=508"));
    await receiver.waitFor(1);
    expect(Buffer.byteLength(receiver.datagrams[0]!)).toBeLessThanOrEqual(508);
    expect(v.is(schemaOf(AgentInit), JSON.parse(receiver.datagrams[0]!))).toBe(true);
  });

  test("sends over IPv6, to a name and to a broadcast address", async () => {
    const v6 = await TestReceiver.open({ hostname: "::1" });
    const toV6 = await runTetrad(udpFlags(v6.port, "--udp-output-address=::1"), { input: INPUT });
    await v6.waitFor(EVENTS.length + 1);
    expect(JSON.parse(v6.datagrams[0]!).udp_destination).toBe(`[::1]:${v6.port}`);
    expect(toV6.code).toBe(0);

    const named = await TestReceiver.open();
    const toName = await runTetrad(udpFlags(named.port, "--udp-output-address=localhost"), { input: INPUT });
    expect(toName.code).toBe(0);
    await until(() => named.datagrams.length + v6.datagrams.length > EVENTS.length, "datagrams to localhost");

    const broadcast = await TestReceiver.open({ hostname: "0.0.0.0" });
    await runTetrad(udpFlags(broadcast.port, "--udp-output-address=127.255.255.255"), { input: INPUT });
    await broadcast.waitFor(EVENTS.length + 1);
    expect(broadcast.datagrams[0]).toContain("agent_init");
  });

  test("agent_init goes out although no event does, to an address and to a name", async () => {
    for (const address of ["127.0.0.1", "localhost"]) {
      const receivers = [
        await TestReceiver.open(),
        await TestReceiver.open({ hostname: "::1" }).catch(() => undefined),
      ];
      for (const receiver of receivers) {
        if (receiver === undefined) continue;
        const { code, stderr } = await runTetrad(udpFlags(receiver.port, `--udp-output-address=${address}`));
        expect(code).toBe(0);
        expect(stderr).toContain("Metadata event sent over UDP");
      }
      const came = () => receivers.reduce((sum, receiver) => sum + (receiver?.datagrams.length ?? 0), 0);
      await until(() => came() > 0, `agent_init sent to ${address}`);
    }
  });

  test("a zone that no interface has is refused", async () => {
    const { code, stderr } = await runTetrad(udpFlags(9, "--udp-output-address=fe80::1%nope"));
    expect(code).toBe(2);
    const message =
      'Cannot use --udp-output-address "fe80::1%nope": no interface with IPv6 has the name or number "nope"';
    expect(stderr).toEndWith(` level=fatal msg=${JSON.stringify(message)}\n`);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  test("a name that never resolves does not stop the start: events wait, and are counted when dropped", async () => {
    const flags = [
      "--udp-output-address=no-such-host.invalid",
      "--event-queue-size=10",
      "--shutdown-timeout=100ms",
    ];
    const { code, stderr } = await runTetrad(udpFlags(9, ...flags), { input: INPUT });
    expect(code).toBe(0);
    expect(stderr).toContain("Cannot resolve --udp-output-address");
    const totals = totalsIn(stderr);
    expect(totals.accepted).toBe(EVENTS.length);
    expect(totals.udp_queue_full).toBe(EVENTS.length - 10);
    expect(totals.udp_send_failed).toBe(10);
    expect(totals.udp_exported).toBe(0);
  });
});
