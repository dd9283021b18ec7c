/** The sensor on an older kernel: what CI runs on 6.1. All else that is about the sensor runs with the acceptance run `kernels`. */

import { expect, test } from "bun:test";
import { realpathSync } from "node:fs";
import { sensorObstacle } from "../../../src/source/sensor/index.ts";
import { describeWithBpf } from "../../kernel/support.ts";
import { networkEvents } from "./network-support.ts";
import { createCgroup, createPidNamespace, RunningSensor, until } from "./support.ts";

test("this machine's kernel takes the sensor", () => {
  // Or what follows would be skipped.
  expect(sensorObstacle()).toBeUndefined();
});

describeWithBpf("the sensor in a virtual machine", () => {
  test("reports a program's start with its arguments, and its end with its exit code", async () => {
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({ scope: enclosure.scope });
    await enclosure.run(["/bin/sh", "-c", "exit 42", "two words"]);
    await until(() => sensor.exits.length > 0, "the end is reported");
    await sensor[Symbol.asyncDispose]();
    const [exec] = sensor.execs.filter(({ process }) => process.binary === realpathSync("/bin/sh"));
    expect(exec?.process.arguments).toBe(`-c "exit 42" "two words"`);
    expect(sensor.exits.find(({ process }) => process.exec_id === exec?.process.exec_id)?.status).toBe(42);
    expect(sensor.counters.lost).toBe(0);
  });

  // Older kernels count the bytes of an empty string otherwise.
  for (const length of [0, 8191, 20_000]) {
    test(`keeps the arguments of a program whose name has ${length} bytes`, async () => {
      await using enclosure = await createPidNamespace();
      const sensor = await RunningSensor.start({ scope: enclosure.scope });
      const script = `exec -a "$(head -c ${length} /dev/zero | tr '\\0' A)" /bin/true first "the rest"`;
      await enclosure.run(["bash", "-c", script]);
      await sensor[Symbol.asyncDispose]();
      const programs = sensor.execs.filter(({ process }) => process.binary === realpathSync("/bin/true"));
      expect(programs.map(({ process }) => process.arguments)).toEqual([`first "the rest"`]);
    });
  }

  test("watches a cgroup", async () => {
    await using enclosure = await createCgroup();
    const sensor = await RunningSensor.start({ scope: enclosure.scope });
    await enclosure.run(["/bin/true", "inside"]);
    await Bun.spawn(["/bin/true", "outside"]).exited;
    await sensor[Symbol.asyncDispose]();
    const programs = sensor.execs.filter(({ process }) => process.binary === realpathSync("/bin/true"));
    expect(programs.map(({ process }) => process.arguments)).toEqual(["inside"]);
  });
});

describeWithBpf("network events in a virtual machine", () => {
  test("a connection over loopback is reported: listen, connect, accept and close, by the process of each", async () => {
    await using enclosure = await createPidNamespace();
    const sensor = await RunningSensor.start({
      scope: enclosure.scope,
      probes: { "enable-network-events": true },
    });
    const script = `
      const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {}, close() { listener.stop(); } } });
      const client = await Bun.connect({ hostname: "127.0.0.1", port: listener.port, socket: { data() {} } });
      client.end();
      console.log(listener.port);
    `;
    const port = Number(await enclosure.run([process.execPath, "-e", script]));
    await sensor[Symbol.asyncDispose]();
    const events = networkEvents(sensor);
    const of = (message: string, side: "sport" | "dport") =>
      events.filter((event) => event.message === message && event.args[0]?.sock_arg?.[side] === port);
    expect(of("socket_listen", "sport")).toHaveLength(1);
    const owner = of("socket_listen", "sport")[0]!.process.exec_id;
    for (const [message, side] of [
      ["socket_connect", "dport"],
      ["socket_accept", "sport"],
      ["socket_close", "dport"],
    ] as const) {
      expect(of(message, side).map(({ process }) => process.exec_id)).toEqual([owner]);
    }
  });
});
