/** Slow readers, full disks, readers that leave: what can wait waits, and nothing vanishes unseen. */
import { afterEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import {
  cleanUp,
  freePort,
  onEnd,
  runTetrad,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

const event = (i: number, padding = 0) =>
  `{"process_exec":{"process":{"exec_id":"id${i}","cwd":"${"x".repeat(padding)}"}}}\n`;
const eventsUpTo = (count: number, padding = 0) =>
  Array.from({ length: count }, (_, i) => event(i, padding)).join("");

/** A file of numbered events. */
function fileOf(count: number, padding = 0): string {
  const path = join(temporaryDirectory(), "events.log");
  writeFileSync(path, eventsUpTo(count, padding));
  return path;
}

const reading = (path: string) => [`--event-source=file:${path}`, "--from-beginning", "--exit-at-end"];
/** Runs the agent with standard output as a pipe into `reader`; the exit code is the agent's. */
const into = (reader: string) => ["bash", "-c", `"$@" | ${reader}; exit \${PIPESTATUS[0]}`, "bash"];
const env = { PATH: "/usr/bin:/bin" };

/** A file system of 256 KiB; gone after the test. */
function smallDisk(): string {
  const path = temporaryDirectory();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", path], { encoding: "utf8" });
  if (mounted.status !== 0) throw new Error(mounted.stderr);
  onEnd(() => void spawnSync("umount", ["--lazy", path]));
  return path;
}

/** Exporters with a queue that block, each to a port that nobody listens on. */
const AWAY: Readonly<Record<string, (port: number) => readonly string[]>> = {
  otlp: (port) => [`--otlp-endpoint=http://127.0.0.1:${port}`],
  "otlp over gRPC": (port) => [`--otlp-endpoint=http://127.0.0.1:${port}`, "--otlp-protocol=grpc"],
  kafka: (port) => [`--kafka-brokers=127.0.0.1:${port}`],
  http: (port) => [`--http-url=http://127.0.0.1:${port}`],
  syslog: (port) => [`--syslog-servers=127.0.0.1:${port}`],
  elasticsearch: (port) => [`--elasticsearch-hosts=http://127.0.0.1:${port}`],
};

describe("a signal while nobody takes events", () => {
  test.each(Object.entries(AWAY))(
    "ends the run well, with what was lost in the last line: %s",
    async (_, flags) => {
      const agent = startTetrad([
        ...["--event-source=stdin", "--shutdown-timeout=100ms"],
        ...flags(await freePort()),
      ]);
      agent.process.stdin.write(eventsUpTo(31));
      await agent.process.stdin.flush();
      await until(() => /level=warning/.test(agent.log()), agent.log);
      agent.process.kill("SIGTERM");
      expect(await agent.exit()).toBe(0);
      const last = agent.log().trimEnd().split("\n").at(-1)!;
      expect(last).toContain('level=warning msg="Agent stopped"');
      expect(last).toMatch(/_send_failed=31\b/);
    },
  );
});

describe("a slow reader of standard output", () => {
  test("gets every event of a file", async () => {
    const count = 100_000;
    const flags = [...reading(fileOf(count)), "--export-stdout", "--shutdown-timeout=100ms"];
    const agent = startTetrad(flags, {
      prefix: into("(sleep 1; cat)"),
      env,
    });
    expect(await agent.exit()).toBe(0);
    expect(agent.stdout()).toBe(eventsUpTo(count));
    expect(totalsIn(agent.log())).toMatchObject({ stdout_exported: count, stdout_queue_full: 0 });
  });

  test("gets every event of standard input, from a queue that holds next to nothing", async () => {
    const count = 2000;
    const flags = [
      "--event-source=stdin",
      "--export-stdout",
      "--event-queue-size=10",
      "--shutdown-timeout=100ms",
    ];
    const agent = startTetrad(flags, { prefix: into("(sleep 1; cat)"), env });
    agent.process.stdin.write(eventsUpTo(count, 300));
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(agent.stdout()).toBe(eventsUpTo(count, 300));
  });

  test("costs events, counted, where the user would rather have it so", async () => {
    const count = 20_000;
    const flags = [
      ...reading(fileOf(count, 200)),
      "--export-stdout",
      "--export-stdout-when-full=drop",
      "--event-queue-size=100",
    ];
    const agent = startTetrad(flags, { prefix: into("(sleep 1; cat)"), env });
    expect(await agent.exit()).toBe(0);
    const totals = totalsIn(agent.log());
    expect(totals.stdout_queue_full).toBeGreaterThan(0);
    expect(totals.stdout_exported! + totals.stdout_queue_full! + totals.stdout_send_failed!).toBe(count);
    expect(agent.stdout().trimEnd().split("\n")).toHaveLength(totals.stdout_exported!);
  });

  test("does not keep the agent from ending when it is asked to, within --shutdown-timeout", async () => {
    const waiting = ["--export-stdout", "--export-metadata", "--shutdown-timeout=200ms"];
    const flags = [...reading(fileOf(50_000)), ...waiting];
    const pipe = join(temporaryDirectory(), "pipe");
    spawnSync("mkfifo", [pipe]);
    // Open at both ends, and nobody reads.
    const held = openSync(pipe, "r+");
    onEnd(() => closeSync(held));
    const agent = startTetrad(flags, { prefix: ["sh", "-c", `exec "$@" > ${pipe}`, "sh"], env });
    await agent.logged("Metadata event written");
    await Bun.sleep(100);
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
    const totals = totalsIn(agent.log());
    expect(totals.stdout_send_failed).toBeGreaterThan(0);
    expect(totals.stdout_exported! + totals.stdout_send_failed!).toBe(totals.accepted!);
  });
});

describe("a reader of standard output that leaves", () => {
  test("ends an agent that has no other exporter, which says that events were lost", async () => {
    const path = fileOf(50_000);
    const flags = [`--event-source=file:${path}`, "--from-beginning", "--export-stdout"];
    const agent = startTetrad(flags, { prefix: into("head -n 2"), env });
    expect(await agent.exit()).toBe(1);
    expect(agent.log()).toContain("Nobody is left to take events: the run ends");
    const totals = totalsIn(agent.log());
    expect(totals.stdout_send_failed).toBeGreaterThan(0);
    expect(totals.stdout_exported! + totals.stdout_send_failed!).toBe(totals.accepted!);
  });

  test("ends it also when no event comes any more that would show it", async () => {
    const flags = [`--event-source=file:${fileOf(2)}`, "--from-beginning"];
    for (const stdout of ["--export-stdout", "--export-filename=/dev/stdout"]) {
      const agent = startTetrad([...flags, stdout], { prefix: into("head -n 2"), env });
      expect(await agent.exit()).toBe(0);
      expect(agent.log()).toContain("Nobody is left to take events: the run ends");
      expect(totalsIn(agent.log())).toMatchObject({ accepted: 2 });
    }
  });

  test("does not end an agent that has another exporter, and its loss shows in the exit code", async () => {
    const receiver = await TestReceiver.open();
    const flags = [
      ...reading(fileOf(20_000)),
      ...["--export-stdout", "--udp-output-enabled", `--udp-output-port=${receiver.port}`],
    ];
    const agent = startTetrad(flags, { prefix: into("head -n 2"), env });
    expect(await agent.exit()).toBe(1);
    expect(totalsIn(agent.log()).udp_exported).toBe(20_000);
  });
});

describe("a FIFO as standard output", () => {
  test("that gets another reader: agent_init is the first that it reads, too", async () => {
    const directory = temporaryDirectory();
    const pipe = join(directory, "pipe");
    spawnSync("mkfifo", [pipe]);
    const receiver = await TestReceiver.open();
    const more = ["--udp-output-enabled", `--udp-output-port=${receiver.port}`];
    const agent = startTetrad(["--event-source=stdin", "--export-stdout", "--export-metadata", ...more], {
      prefix: ["sh", "-c", `exec "$@" > ${pipe}`, "sh"],
      env,
    });
    /** Reads lines until there are `count`, writing one event after the other meanwhile. */
    const readLines = async (count: number): Promise<string[]> => {
      const reader = Bun.spawn(["head", "-n", `${count}`, pipe], { stdout: "pipe" });
      for (let i = 0; reader.exitCode === null; i++) {
        agent.process.stdin.write(event(i));
        await agent.process.stdin.flush();
        await Bun.sleep(20);
      }
      return (await reader.stdout.text()).trimEnd().split("\n");
    };
    const first = await readLines(3);
    // That a reader has left shows once there is something to write for it.
    agent.process.stdin.write(event(0));
    await agent.process.stdin.flush();
    await until(() => agent.log().includes("Cannot write events"), "the loss of the first reader");
    for (const lines of [first, await readLines(3)]) {
      expect(lines[0]).toContain('"event":"agent_init"');
      expect(lines.slice(1).every((line) => line.includes("process_exec"))).toBe(true);
    }
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(1);
  });
});

describe("a standard output that cannot take events", () => {
  const run = (redirection: string, ...more: string[]) =>
    startTetrad([...reading(fileOf(20)), "--export-stdout", ...more], {
      prefix: ["sh", "-c", `exec "$@" ${redirection}`, "sh"],
      env,
    });

  test.each([
    { redirection: ">&-", found: "closed" },
    { redirection: "1</dev/null", found: "open for reading only" },
    { redirection: "1</etc/passwd", found: "open for reading only" },
  ])("is refused at the start: $redirection", async ({ redirection, found }) => {
    const agent = run(redirection);
    expect(await agent.exit()).toBe(2);
    expect(agent.log()).toContain(`Cannot use --export-stdout: found standard output ${found}, expected`);
  });

  test("is refused beside another exporter, too, before anything is sent", async () => {
    const receiver = await TestReceiver.open();
    const agent = run(">&-", "--udp-output-enabled", `--udp-output-port=${receiver.port}`);
    expect(await agent.exit()).toBe(2);
    expect(receiver.datagrams).toEqual([]);
  });

  test("that is full counts its events as lost", async () => {
    const agent = run(">/dev/full");
    expect(await agent.exit()).toBe(1);
    expect(totalsIn(agent.log())).toMatchObject({ stdout_exported: 0, stdout_send_failed: 20 });
  });

  test("that forgets everything takes it", async () => {
    const agent = run(">/dev/null");
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ stdout_exported: 20 });
  });
});

describe("a limit for the size of files", () => {
  /** Runs the agent where a file may have 200 KiB. */
  const limited = ["bash", "-c", 'ulimit -f 200; exec "$@"', "bash"];

  test("makes the export file rotate before its time, and costs no event", async () => {
    const exported = join(temporaryDirectory(), "out.log");
    const flags = [
      ...reading(fileOf(3000, 300)),
      `--export-filename=${exported}`,
      "--export-file-max-backups=0",
    ];
    const agent = startTetrad(flags, { prefix: limited, env });
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ file_exported: 3000, file_send_failed: 0 });
    const names = readdirSync(dirname(exported)).sort();
    const text = [...names.filter((name) => name !== "out.log"), "out.log"]
      .map((name) => readFileSync(join(dirname(exported), name), "utf8"))
      .join("");
    expect(text).toBe(eventsUpTo(3000, 300));
  });

  test("ends an agent whose standard output is a file that may not grow, which says that events were lost", async () => {
    const path = join(temporaryDirectory(), "out.log");
    const agent = startTetrad([...reading(fileOf(3000, 300)), "--export-stdout"], {
      prefix: ["bash", "-c", `ulimit -f 200; exec "$@" > ${path}`, "bash"],
      env,
    });
    expect(await agent.exit()).toBe(1);
    const totals = totalsIn(agent.log());
    expect(totals.stdout_send_failed).toBeGreaterThan(0);
    expect(totals.stdout_exported! + totals.stdout_send_failed!).toBe(totals.accepted!);
    const whole = readFileSync(path, "utf8").split("\n").slice(0, -1).length;
    expect(whole).toBe(totals.stdout_exported!);
  });
});

describe("an exporter whose reader is gone", () => {
  test.each([
    ["standard output", ["--export-stdout"], (pipe: string) => ["bash", "-c", `exec "$@" > ${pipe}`, "bash"]],
    [
      "a FIFO that drops when its queue is full",
      (pipe: string) => [
        `--export-filename=${pipe}`,
        "--export-file-when-full=drop",
        "--event-queue-size=50",
      ],
      undefined,
    ],
  ])(
    "holds the others back no longer: after a restart they go on where they were (%s)",
    async (_what, flags, prefix) => {
      const receiver = await TestReceiver.open();
      const directory = temporaryDirectory();
      const [pipe, file] = [join(directory, "pipe"), fileOf(600, 50)];
      expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
      const common = [
        ...[`--event-source=file:${file}`, "--from-beginning"],
        `--checkpoint-file=${join(directory, "state/checkpoint")}`,
        ...["--udp-output-enabled", `--udp-output-port=${receiver.port}`],
      ];
      // A reader that takes one event and leaves.
      const reader = Bun.spawn(["head", "-n", "1", pipe], { stdout: "ignore" });
      const own = typeof flags === "function" ? flags(pipe) : flags;
      const agent = startTetrad([...common, ...own], { env, ...(prefix && { prefix: prefix(pipe) }) });
      await reader.exited;
      await until(() => receiver.events.length === 600, "UDP has sent everything");
      appendFileSync(file, eventsUpTo(1200, 50).slice(eventsUpTo(600, 50).length));
      await until(() => receiver.events.length === 1200, "UDP has sent the rest");
      await agent.logged("Cannot write events");
      agent.process.kill("SIGTERM");
      await agent.exit();
      const { code, stderr } = await runTetrad([...common, "--exit-at-end"]);
      expect(code).toBe(0);
      expect(totalsIn(stderr).read!).toBeLessThan(100);
    },
  );
});

const mayMount = process.geteuid?.() === 0;
if (!mayMount) console.warn("SKIPPED: tests of a full disk need the right to mount a tmpfs (run as root)");

describe.skipIf(!mayMount)("an export file on a full disk", () => {
  test("makes a file source wait until there is room, and loses nothing", async () => {
    const disk = smallDisk();
    const ballast = join(disk, "ballast");
    writeFileSync(ballast, new Uint8Array(200 * 1024));
    const exported = join(disk, "out.log");
    const flags = [...reading(fileOf(1500, 50)), `--export-filename=${exported}`, "--event-queue-size=100"];
    const agent = startTetrad(flags);
    await agent.logged("Cannot write events");
    expect(agent.process.exitCode).toBeNull();
    rmSync(ballast);
    expect(await agent.exit()).toBe(0);
    expect(readFileSync(exported, "utf8")).toBe(eventsUpTo(1500, 50));
    expect(totalsIn(agent.log())).toMatchObject({ file_exported: 1500, file_queue_full: 0 });
  });

  test("holds the checkpoint back, so that a kill costs it nothing, whatever UDP has sent", async () => {
    const receiver = await TestReceiver.open();
    const disk = smallDisk();
    const ballast = join(disk, "ballast");
    writeFileSync(ballast, new Uint8Array(200 * 1024));
    const exported = join(disk, "out.log");
    const directory = temporaryDirectory();
    const flags = [
      ...reading(fileOf(1500, 50)),
      `--checkpoint-file=${join(directory, "state/checkpoint")}`,
      ...["--udp-output-enabled", `--udp-output-port=${receiver.port}`],
      `--export-filename=${exported}`,
    ];
    const first = startTetrad(flags);
    await first.logged("Cannot write events");
    // UDP is far ahead.
    await until(() => receiver.events.length === 1500, "UDP has sent everything");
    first.process.kill("SIGKILL");
    await first.exit();
    const before = readFileSync(exported, "utf8").split("\n").length;
    expect(before).toBeLessThan(1500);
    rmSync(ballast);
    const { code, stderr } = await runTetrad(flags);
    expect(code).toBe(0);
    const numbers = readFileSync(exported, "utf8")
      .split("\n")
      .filter((line) => line.includes("process_exec"))
      .map((line) => Number(/"id(\d+)"/.exec(line)![1]));
    expect(new Set(numbers).size).toBe(1500);
    // What was read again begins where the file was, not at the beginning.
    expect(totalsIn(stderr).read!).toBeLessThan(1500);
    expect(existsSync(ballast)).toBe(false);
  });
});
