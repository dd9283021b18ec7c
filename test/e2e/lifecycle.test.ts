import { afterEach, describe, expect, test } from "bun:test";
import { appendFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EXPORTERS } from "../../src/agent/components.ts";
import {
  cleanUp,
  EVENTS,
  runTetrad,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

function stdinAgent(port: number, ...more: string[]) {
  return startTetrad(["--udp-output-enabled", `--udp-output-port=${port}`, "--event-source=stdin", ...more]);
}

describe("life cycle", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${signal} drains, logs every counter and exits 0`, async () => {
      const receiver = await TestReceiver.open();
      const agent = stdinAgent(receiver.port);
      for (const line of EVENTS) agent.process.stdin.write(`${line}\n`);
      await agent.process.stdin.flush();
      await receiver.waitFor(EVENTS.length + 1);
      agent.process.kill(signal);
      expect(await agent.exit()).toBe(0);
      expect(agent.log()).toContain(
        `msg=Stopping signal=${signal}`.replace("msg=Stopping", 'msg="Stopping"'),
      );
      expect(totalsIn(agent.log())).toMatchObject({ read: EVENTS.length, udp_exported: EVENTS.length });
    });
  }

  test("its last line is a warning when events were lost, and the exit code still 0", async () => {
    const last = (log: string) => log.trimEnd().split("\n").at(-1);
    const receiver = await TestReceiver.open();
    const flags = ["--event-source=stdin", "--udp-output-enabled", "--shutdown-timeout=100ms"];
    const input = `${EVENTS[0]}\n`;
    const sent = await runTetrad([...flags, `--udp-output-port=${receiver.port}`], { input });
    expect([sent.code, last(sent.stderr)]).toEqual([
      0,
      expect.stringContaining('level=info msg="Agent stopped"'),
    ]);
    const lost = await runTetrad([...flags, "--udp-output-address=no-such-host.invalid"], { input });
    expect([lost.code, last(lost.stderr)]).toEqual([
      0,
      expect.stringMatching(/level=warning msg="Agent stopped".* udp_send_failed=1 /),
    ]);
  });

  test("signals that nobody means to end it by do not, from its first instructions on", async () => {
    const strays = ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPROF", "SIGIO"] as const;
    const receiver = await TestReceiver.open();
    const agent = stdinAgent(receiver.port);
    const { pid } = agent.process;
    // Before the loader has handed over to the program, they would end it as they would any other.
    const isEntered = () => /^SigIgn:\t[^0]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    await until(isEntered, "the program's first instructions");
    for (const signal of strays) agent.process.kill(signal);
    await receiver.waitFor(1);
    for (const signal of strays) agent.process.kill(signal);
    await agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
  });

  test("a second signal leaves at once with 128 + signal", async () => {
    const agent = stdinAgent(9, "--udp-output-address=no-such-host.invalid", "--shutdown-timeout=1h");
    agent.process.stdin.write(`${EVENTS[0]}\n`);
    await agent.process.stdin.flush();
    await agent.logged("Cannot resolve");
    await Bun.sleep(50);
    agent.process.kill("SIGTERM");
    await agent.logged('msg="Stopping"');
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(143);
    expect(agent.log()).toContain("Stopping at once");
    // What was read is in the totals all the same, and what was not delivered.
    expect(agent.log().trimEnd().split("\n").at(-1)).toContain('level=warning msg="Agent stopped"');
    expect(totalsIn(agent.log())).toMatchObject({ read: 1, udp_exported: 0, udp_send_failed: 1 });
  });

  test("a second signal, and a third, write the totals once", async () => {
    const agent = startTetrad(["--event-source=stdin", "--export-stdout", "--shutdown-timeout=1h"]);
    for (const line of EVENTS) agent.process.stdin.write(`${line}\n`);
    await agent.process.stdin.flush();
    await agent.logged("Source started");
    for (const signal of ["SIGINT", "SIGINT", "SIGINT"] as const) agent.process.kill(signal);
    await agent.exit();
    expect(agent.log().match(/msg="Agent stopped"/g)).toHaveLength(1);
  });

  test("a checkpoint that is cut short under the agent ends neither it nor its count", async () => {
    const receiver = await TestReceiver.open();
    const directory = temporaryDirectory();
    const [file, checkpoint] = [join(directory, "events.log"), join(directory, "state/checkpoint")];
    const flags = [`--event-source=file:${file}`, "--from-beginning", `--checkpoint-file=${checkpoint}`];
    const udp = ["--udp-output-enabled", `--udp-output-port=${receiver.port}`];
    writeFileSync(file, `${EVENTS[0]}\n`);
    const agent = startTetrad([...flags, ...udp]);
    await receiver.waitFor(2);
    truncateSync(checkpoint);
    appendFileSync(file, `${EVENTS[1]}\n`);
    await receiver.waitFor(3);
    await agent.logged("The checkpoint file was cut short by another process");
    appendFileSync(file, `${EVENTS[2]}\n`);
    await receiver.waitFor(4);
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ read: 3, udp_exported: 3 });
    const again = startTetrad([...flags, ...udp]);
    await again.logged("Source started");
    appendFileSync(file, `${EVENTS[3]}\n`);
    await until(() => receiver.events.some((event) => event === `${EVENTS[3]}\n`), "the new event");
    again.process.kill("SIGTERM");
    expect(await again.exit()).toBe(0);
    expect(receiver.events.filter((event) => event === `${EVENTS[2]}\n`)).toHaveLength(1);
  });

  test("SIGHUP reopens the log file, takes what may change and names what needs a restart", async () => {
    const receiver = await TestReceiver.open();
    const directory = temporaryDirectory();
    const configDir = temporaryDirectory();
    const log = join(directory, "tetrad.log");
    const read = (path: string) => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return "";
      }
    };
    const agent = stdinAgent(receiver.port, `--log-file=${log}`, `--config-dir=${configDir}`);
    await receiver.waitFor(1);
    renameSync(log, `${log}.1`);
    writeFileSync(join(configDir, "log-level"), "debug");
    writeFileSync(join(configDir, "event-queue-size"), "77");
    agent.process.kill("SIGHUP");
    await until(() => read(log).includes('msg="Reloaded"'), "the reload in the new log file");
    expect(read(log)).toContain("changed=log-level needs_restart=event-queue-size");
    writeFileSync(join(configDir, "log-level"), "loud");
    agent.process.kill("SIGHUP");
    await until(() => read(log).includes("Ignored --log-level (file "), "the warning");
    writeFileSync(join(configDir, "event-queue-bytes"), "many");
    agent.process.kill("SIGHUP");
    await until(() => read(log).includes("Cannot reload the configuration"), "the refusal");
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
  });

  test("--stats-interval logs the counters while the agent runs", async () => {
    const receiver = await TestReceiver.open();
    const agent = stdinAgent(receiver.port, "--stats-interval=100ms", "--log-format=json");
    await agent.logged('"msg":"Statistics"');
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    for (const line of agent.log().trimEnd().split("\n")) expect(JSON.parse(line)).toHaveProperty("level");
  });

  test("wrong configuration: every problem on its own line, exit 2, no stack trace", async () => {
    const { code, stderr } = await runTetrad(["--udp-ouput-enabled", "--udp-output-port=0"], {
      env: { TETRAGON_EVENT_QUEUE_BYTES: "many" },
    });
    expect(code).toBe(2);
    expect(stderr.trimEnd().split("\n")).toEqual([
      "Unknown flag --udp-ouput-enabled: did you mean --udp-output-enabled?",
      'Cannot use --udp-output-port (flag): found "0", expected an integer from 1 to 65535',
      'Cannot use --event-queue-bytes (environment TETRAGON_EVENT_QUEUE_BYTES): found "many", expected a size in bytes from 64K to 4G, such as 65536, 64K, 2M or 1G',
    ]);
  });

  describe("an error that ends the start", () => {
    const flags = EXPORTERS.flatMap(({ isDurable, enabledBy }) => (isDurable ? [`--${enabledBy}`] : []));
    const MESSAGE = `Cannot start without an exporter: found none, needs ${flags.join(", ")}, --exporters or --server-address`;

    const CLOSED = ["--event-source=stdin", "--server-address="];

    test("is the one line of the log", async () => {
      const { code, stderr } = await runTetrad(CLOSED);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^time=\S+ level=fatal msg="[^\n]*\n$/);
      expect(stderr).toContain(` msg="${MESSAGE}"\n`);
    });

    test("is logged in the format that was asked for, at every level", async () => {
      const flags = ["--log-format=json", "--log-level=fatal"];
      const { code, stderr } = await runTetrad([...CLOSED, ...flags]);
      expect(code).toBe(2);
      expect(JSON.parse(stderr)).toMatchObject({ level: "fatal", msg: MESSAGE });
    });

    test("is in the log file, and on standard error", async () => {
      const log = join(temporaryDirectory(), "tetrad.log");
      const { code, stderr } = await runTetrad([...CLOSED, `--log-file=${log}`]);
      expect(code).toBe(2);
      expect(readFileSync(log, "utf8")).toContain(` level=fatal msg="${MESSAGE}"\n`);
      expect(stderr).toBe(readFileSync(log, "utf8"));
    });

    test("shows its place below the line for people, and within it for machines", async () => {
      const flags = ["--event-source=stdin", "--export-stdout", '--export-denylist={"binary_regex":["a(b"]}'];
      const message = 'Cannot use --export-denylist, filter 1, key "binary_regex"';
      const people = await runTetrad(flags);
      expect(people.code).toBe(2);
      const [line, ...place] = people.stderr.trimEnd().split("\n");
      expect(line).toContain(JSON.stringify(message).slice(0, -1));
      expect(place).toEqual(['  {"binary_regex":["a(b"]}', expect.stringMatching(/^ +\^$/)]);
      const machines = await runTetrad([...flags, "--log-format=json"]);
      const entry = JSON.parse(machines.stderr);
      expect(entry).toMatchObject({ level: "fatal", detail: place.join("\n") });
      expect(entry.msg).toStartWith(message);
    });
  });

  test("Tetragon's own arguments are accepted, with one warning", async () => {
    const receiver = await TestReceiver.open();
    const { code, stderr } = await runTetrad([
      ...[
        "--config-dir=/nonexistent".replace("/nonexistent", temporaryDirectory()),
        "--bpf-lib=/var/lib/tetragon/",
      ],
      ...["--btf=", "--procfs=/procRoot", "--enable-k8s-api=true", "--rb-size=64K", "--disable-kprobe-multi"],
      ...["--udp-output-enabled", `--udp-output-port=${receiver.port}`, "--event-source=stdin"],
    ]);
    expect(code).toBe(0);
    expect(stderr.split("\n").filter((line) => line.includes("--bpf-lib"))).toHaveLength(1);
  });

  test("does not read .env or bunfig.toml of its working directory", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, ".env"), "TETRAGON_UDP_OUTPUT_PORT=bad\n");
    writeFileSync(join(cwd, "bunfig.toml"), "this is not toml");
    const { code, stdout } = await runTetrad(["config"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/udp-output-port +514 +default/);
  });

  test("unknown command: names the nearest, exit 2", async () => {
    const { code, stderr } = await runTetrad(["lisen"]);
    expect(code).toBe(2);
    expect(stderr).toBe('Unknown command "lisen": did you mean listen?\n');
  });
});
