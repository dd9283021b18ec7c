/** The executable and its sensor: with the rights for it, and without. */
import { afterEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { capabilitySet, readProcessPrivileges } from "../../src/os/capability.ts";
import { describeWithBpf } from "../kernel/support.ts";
import { createCgroup, createPidNamespace, removeEmptyCgroup } from "../source/sensor/support.ts";
import {
  cleanUp,
  EVENTS,
  onEnd,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

/** Runs what follows as a user without any right. */
const POWERLESS = [
  "setpriv",
  "--reuid=65534",
  "--regid=65534",
  "--clear-groups",
  "--bounding-set=-all",
  "--inh-caps=-all",
];

describe.if(process.getuid?.() === 0)("an agent that may not load eBPF", () => {
  test("ends with exit code 3 and one line that names the capability, when the sensor is its only source", async () => {
    const agent = startTetrad(["--event-source=sensor", "--export-stdout"], { prefix: POWERLESS });
    expect(await agent.exit()).toBe(3);
    expect(agent.log()).toMatch(
      /^time=\S+ level=fatal msg="Cannot start the sensor: CAP_BPF: not held; run as root, or grant CAP_BPF.*"\n$/,
    );
    expect(agent.stdout()).toBe("");
  });

  test("goes on with its other sources, with a warning", async () => {
    const agent = startTetrad(["--event-source=sensor", "--event-source=stdin", "--export-stdout"], {
      prefix: POWERLESS,
    });
    agent.process.stdin.write(`${EVENTS[0]}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(agent.log()).toContain("Cannot run the sensor: the other sources go on without it");
    expect(agent.stdout().split("\n")[0]).toBe(EVENTS[0]!);
  });

  test("follows Tetragon's log when no source was named", async () => {
    const agent = startTetrad(["--export-stdout"], { prefix: POWERLESS });
    await agent.logged("Cannot run the sensor: following /var/log/tetragon/tetragon.log");
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
  });
});

describeWithBpf("an agent with the sensor", () => {
  test("is not held up by a reader that does not read: UDP gets every event, and what is dropped is counted", async () => {
    await using enclosure = await createPidNamespace();
    const receiver = await TestReceiver.open();
    const pipe = join(temporaryDirectory(), "pipe");
    spawnSync("mkfifo", [pipe]);
    // Open at both ends, and nobody reads.
    const held = openSync(pipe, "r+");
    onEnd(() => closeSync(held));
    const agent = startTetrad(
      [
        ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--shutdown-timeout=100ms"],
        ...["--udp-output-enabled", `--udp-output-port=${receiver.port}`],
        ...["--export-stdout", "--event-queue-size=20"],
      ],
      { prefix: ["sh", "-c", `exec "$@" > ${pipe}`, "sh"], env: { PATH: "/usr/bin:/bin" } },
    );
    await agent.logged("Sensor watches");
    // More than a pipe holds.
    const padding = "x".repeat(3000);
    for (let i = 0; i < 40; i++) await enclosure.run(["/bin/true", `run-${i}-`, padding]);
    await until(
      () => receiver.events.some((line) => line.startsWith('{"process_exit"') && line.includes("run-39-")),
      "UDP has the last exit",
    );
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
    for (let i = 0; i < 40; i++) {
      expect(receiver.events.filter((line) => line.includes(`run-${i}-`)).length).toBeGreaterThanOrEqual(2);
    }
    const totals = totalsIn(agent.log());
    expect(totals.udp_exported).toBe(totals.accepted!);
    expect(totals.stdout_queue_full).toBeGreaterThan(0);
    expect(totals.stdout_exported! + totals.stdout_queue_full! + totals.stdout_send_failed!).toBe(
      totals.accepted!,
    );
  });

  test("reports over UDP what is executed in its scope, after agent_init, and nothing else", async () => {
    await using enclosure = await createPidNamespace();
    const receiver = await TestReceiver.open();
    const flags = [
      "--event-source=sensor",
      `--sensor-scope=${enclosure.scope}`,
      "--udp-output-enabled",
      `--udp-output-port=${receiver.port}`,
      "--cluster-name=prod-1",
    ];
    const agent = startTetrad(flags, { env: { NODE_NAME: "worker-7" } });
    await agent.logged("Sensor watches");
    Bun.spawnSync(["/bin/true", "outside"]);
    await enclosure.run(["/bin/true", "inside"]);
    const ended = (): boolean =>
      receiver.events.some(
        (line) => line.startsWith('{"process_exit"') && line.includes('"arguments":"inside"'),
      );
    await until(ended, "the program's end is reported");
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
    expect(receiver.datagrams[0]).toContain('"event":"agent_init"');
    // All can be joined.
    for (const line of receiver.datagrams)
      expect(JSON.parse(line)).toMatchObject({ node_name: "worker-7", cluster_name: "prod-1" });
    expect(receiver.events.filter((line) => line.includes('"arguments":"outside"'))).toEqual([]);
    const [exec, exit] = receiver.events.filter((line) => line.includes('"arguments":"inside"'));
    expect(JSON.parse(exec!).process_exec.process.exec_id).toBe(
      JSON.parse(exit!).process_exit.process.exec_id,
    );
  });

  test("that is stopped and continued while it sleeps reports what was executed meanwhile, and sleeps and wakes again", async () => {
    await using enclosure = await createPidNamespace();
    const receiver = await TestReceiver.open();
    const agent = startTetrad([
      "--event-source=sensor",
      `--sensor-scope=${enclosure.scope}`,
      "--udp-output-enabled",
      `--udp-output-port=${receiver.port}`,
      "--user=nobody",
    ]);
    await agent.logged("Sensor watches");
    const count = (name: string): number =>
      receiver.events.filter((line) => line.startsWith('{"process_exec"') && line.includes(`"${name}"`))
        .length;
    for (let round = 0; round < 3; round++) {
      agent.process.kill("SIGSTOP");
      await enclosure.run(["/bin/true", `stopped-${round}`]);
      expect(count(`stopped-${round}`)).toBe(0);
      agent.process.kill("SIGCONT");
      await until(() => count(`stopped-${round}`) === 1, "what happened meanwhile is reported");
      await enclosure.run(["/bin/true", `running-${round}`]);
      await until(() => count(`running-${round}`) === 1, "what happens now is reported");
    }
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
  });

  for (const [who, user] of [
    ["as root", []],
    ["as another user", ["--user=nobody"]],
  ] as const) {
    test(`goes on with another cgroup of the same name, ${who}`, async () => {
      await using enclosure = await createCgroup();
      const agent = startTetrad([
        ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--enable-network-events"],
        ...["--export-stdout", ...user],
      ]);
      await agent.logged("Sensor watches");
      await agent.logged("Privileges dropped");
      await removeEmptyCgroup(enclosure.path);
      await agent.logged("waiting for another one of this name");
      mkdirSync(enclosure.path);
      await until(() => agent.log().split("Sensor watches").length === 3, agent.log);
      await enclosure.run(["/bin/true", "again"]);
      await until(() => agent.stdout().includes('"process_exit"'), "the program's end is reported");
      agent.process.kill("SIGTERM");
      expect(await agent.exit()).toBe(0);
      expect(agent.stdout().match(/"arguments":"again"/g)).toHaveLength(2);
    });
  }

  const mayTrace = (readProcessPrivileges().effective & capabilitySet(["CAP_SYS_PTRACE"])) !== 0n;
  test.if(mayTrace)("says that it lacks the right to look at what runs already", async () => {
    await using enclosure = await createCgroup();
    const start = (prefix: readonly string[]) =>
      startTetrad(["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, "--export-stdout"], {
        prefix,
      });
    for (const [prefix, isSaid] of [
      [["setpriv", "--bounding-set=-sys_ptrace"], true],
      [[], false],
    ] as const) {
      const agent = start(prefix);
      await agent.logged("Privileges dropped");
      agent.process.kill("SIGTERM");
      expect(await agent.exit()).toBe(0);
      expect(agent.log().includes("grant CAP_SYS_PTRACE")).toBe(isSaid);
    }
  });

  test("that fails while it runs: the other sources go on, all is exported, and the exit code is 1", async () => {
    await using enclosure = await createCgroup();
    const procfs = join(temporaryDirectory(), "procfs");
    symlinkSync("/proc", procfs);
    const agent = startTetrad([
      ...["--event-source=sensor", `--sensor-scope=${enclosure.scope}`, `--procfs=${procfs}`],
      ...["--event-source=stdin", "--export-stdout"],
    ]);
    await agent.logged("Sensor watches");
    unlinkSync(procfs);
    await removeEmptyCgroup(enclosure.path);
    await agent.logged('level=error msg="Source failed" source=sensor');
    agent.process.stdin.write(`${EVENTS[0]}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(1);
    expect(agent.stdout()).toContain(`${EVENTS[0]}\n`);
    expect(totalsIn(agent.log())).toMatchObject({ read: 1, stdout_exported: 1 });
  });
});
