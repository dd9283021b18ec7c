import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanUp,
  EVENTS,
  runTetrad,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  totalsIn,
} from "./harness.ts";

afterEach(cleanUp);

const INPUT = `${EVENTS.join("\n")}\n`;
const SECRET = "hunter2-SECRET";

const isExec = (line: string) => line.startsWith('{"process_exec"');

describe("exporters side by side", () => {
  test.each([
    { flags: [], where: "UDP alone", isEverywhere: false },
    { flags: ["--export-metadata"], where: "all", isEverywhere: true },
  ])("UDP, file and standard output each get every event, agent_init goes first to $where", async (each) => {
    const receiver = await TestReceiver.open();
    const path = join(temporaryDirectory(), "events.log");
    const { code, stdout, stderr } = await runTetrad(
      [
        ...["--udp-output-enabled", `--udp-output-port=${receiver.port}`, "--event-source=stdin"],
        ...[`--export-filename=${path}`, "--export-stdout", ...each.flags],
      ],
      { input: INPUT },
    );
    expect(code).toBe(0);
    await receiver.waitFor(EVENTS.length + 1);
    const expected = [expect.stringContaining('"event":"agent_init"'), ...EVENTS];
    expect(receiver.datagrams.map((text) => text.trimEnd())).toEqual(expected);
    const written = each.isEverywhere ? expected : EVENTS;
    expect(readFileSync(path, "utf8").trimEnd().split("\n")).toEqual([...written]);
    expect(stdout.trimEnd().split("\n")).toEqual([...written]);
    const totals = totalsIn(stderr);
    for (const name of ["udp", "file", "stdout"]) expect(totals[`${name}_exported`]).toBe(EVENTS.length);
  });

  test("a reader of standard output that went away does not slow UDP or stop the agent", async () => {
    const receiver = await TestReceiver.open();
    const flags = [
      "--udp-output-enabled",
      `--udp-output-port=${receiver.port}`,
      "--event-source=stdin",
      "--export-stdout",
    ];
    const agent = startTetrad(flags, {
      prefix: ["sh", "-c", '"$@" | true', "sh"],
      env: { PATH: "/usr/bin:/bin" },
    });
    agent.process.stdin.write(INPUT.repeat(50));
    agent.process.stdin.end();
    await agent.exit();
    await receiver.waitFor(EVENTS.length * 50 + 1);
    const totals = totalsIn(agent.log());
    expect(totals.udp_exported).toBe(EVENTS.length * 50);
    expect(totals.stdout_exported! + totals.stdout_send_failed! + totals.stdout_queue_full!).toBe(
      EVENTS.length * 50,
    );
    expect(totals.stdout_send_failed).toBeGreaterThan(0);
  });
});

describe("exporters by name", () => {
  test("several of one type each get every event, agent_init first where it belongs; log and counters have their names", async () => {
    const [first, second, third] = [
      await TestReceiver.open(),
      await TestReceiver.open(),
      await TestReceiver.open(),
    ];
    const directory = temporaryDirectory();
    const copies = [join(directory, "a.log"), join(directory, "b.log")];
    const named = {
      siem: { type: "udp", "udp-output-port": second.port },
      lab: { type: "udp", "udp-output-port": String(third.port), "udp-max-datagram-size": "1200" },
      copy: { type: "file", "export-filename": copies[0] },
      "other-copy": { type: "file", "export-filename": copies[1], "export-metadata": true },
      nowhere: { type: "blackhole" },
    };
    const { code, stderr } = await runTetrad(
      [
        ...["--udp-output-enabled", `--udp-output-port=${first.port}`, "--event-source=stdin"],
        `--exporters=${JSON.stringify(named)}`,
      ],
      { input: INPUT },
    );
    expect(code).toBe(0);
    const expected = [expect.stringContaining('"event":"agent_init"'), ...EVENTS];
    for (const receiver of [first, second]) {
      await receiver.waitFor(EVENTS.length + 1);
      expect(receiver.datagrams.map((text) => text.trimEnd())).toEqual(expected);
    }
    await third.waitFor(EVENTS.length + 1);
    expect(Math.max(...third.datagrams.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(1200);
    const written = copies.map((path) => readFileSync(path, "utf8").trimEnd().split("\n"));
    expect(written).toEqual([[...EVENTS], expected]);
    const destinations = [first, second, third].map(
      ({ datagrams }) => JSON.parse(datagrams[0]!).udp_destination,
    );
    expect(destinations).toEqual([first, second, third].map(({ port }) => `127.0.0.1:${port}`));
    const totals = totalsIn(stderr.replaceAll("other-copy_", "other_copy_"));
    for (const name of ["udp", "siem", "lab", "copy", "other_copy", "nowhere"])
      expect(totals[`${name}_exported`]).toBe(EVENTS.length);
  });

  test("one that is wrong is found at start: exporter, option, value", async () => {
    const { code, stderr } = await runTetrad([
      "--event-source=stdin",
      '--exporters={"siem":{"type":"udp","udp-output-port":"http"}}',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('exporter "siem" (flag --exporters): udp-output-port is "http"');
  });

  test("one that cannot start is named, and nobody has got agent_init", async () => {
    const receiver = await TestReceiver.open();
    const { code, stderr } = await runTetrad([
      ...["--udp-output-enabled", `--udp-output-port=${receiver.port}`, "--event-source=stdin"],
      '--exporters={"copy":{"type":"file","export-filename":"/proc/no-such-place/out.log"}}',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('Cannot start exporter \\"copy\\": Cannot open --export-filename');
    expect(receiver.datagrams).toEqual([]);
  });
});

describe("filters of a running agent", () => {
  test("allow and deny lists decide, and what they drop is counted", async () => {
    const receiver = await TestReceiver.open();
    const { code, stderr } = await runTetrad(
      [
        ...["--udp-output-enabled", `--udp-output-port=${receiver.port}`, "--event-source=stdin"],
        ...[
          '--export-allowlist={"event_set":["PROCESS_EXEC"]}',
          '--export-denylist={"binary_regex":["bash$"]}',
        ],
      ],
      { input: INPUT },
    );
    expect(code).toBe(0);
    const expected = EVENTS.filter(isExec).filter(
      (line) => !JSON.parse(line).process_exec.process.binary.endsWith("bash"),
    );
    await receiver.waitFor(expected.length + 1);
    expect(receiver.events).toEqual(expected.map((line) => `${line}\n`));
    expect(totalsIn(stderr)).toMatchObject({
      filtered: EVENTS.length - expected.length,
      accepted: expected.length,
    });
  });

  test("a redacted value shows in no datagram, file, log line or invalid sample", async () => {
    const receiver = await TestReceiver.open();
    const path = join(temporaryDirectory(), "events.log");
    const event = (more: object) =>
      JSON.stringify({
        process_exec: {
          process: { binary: "/bin/mysql", arguments: `--user=root --password=${SECRET} db`, ...more },
          parent: { binary: "/bin/sh", arguments: `-c "mysql --password=${SECRET}"` },
        },
        node_name: "n",
      });
    const input = [
      event({}),
      event({ pid: "no number" }),
      `${event({})}garbage`,
      `{"x":"--password=${SECRET}`,
      "",
    ].join("\n");
    const { code, stdout, stderr } = await runTetrad(
      [
        ...[
          "--udp-output-enabled",
          `--udp-output-port=${receiver.port}`,
          "--event-source=stdin",
          "--log-level=trace",
        ],
        ...[
          '--redaction-filters={"redact":["--password[=\\\\s]+(\\\\S+)"]}',
          `--export-filename=${path}`,
          "--export-stdout",
        ],
      ],
      { input },
    );
    expect(code).toBe(0);
    await receiver.waitFor(2);
    const process = JSON.parse(receiver.events[0]!).process_exec.process;
    expect(process.arguments).toBe("--user=root --password=***** db");
    for (const text of [...receiver.datagrams, readFileSync(path, "utf8"), stdout, stderr])
      expect(text).not.toContain(SECRET);
    expect(totalsIn(stderr)).toMatchObject({ read: 4, invalid: 3, accepted: 1 });
  });

  test("the rate limit drops, counts and reports", async () => {
    const receiver = await TestReceiver.open();
    const { stderr } = await runTetrad(
      [
        "--udp-output-enabled",
        `--udp-output-port=${receiver.port}`,
        "--event-source=stdin",
        "--export-rate-limit=5",
      ],
      { input: INPUT },
    );
    const totals = totalsIn(stderr);
    expect(totals.rate_limited).toBe(EVENTS.length - 5);
    await receiver.waitFor(1 + 5 + totals.generated!);
    const report = receiver.events
      .map((text) => JSON.parse(text))
      .find((parsed) => parsed.rate_limit_info !== undefined);
    expect(Number(report.rate_limit_info.number_of_dropped_process_events)).toBe(EVENTS.length - 5);
  });

  test("identical events leave as one with --enable-export-aggregation", async () => {
    const receiver = await TestReceiver.open();
    const { stderr } = await runTetrad(
      [
        "--udp-output-enabled",
        `--udp-output-port=${receiver.port}`,
        "--event-source=stdin",
        "--enable-export-aggregation",
      ],
      { input: `${EVENTS[0]}\n`.repeat(7) },
    );
    await receiver.waitFor(2);
    expect(receiver.events.map((text) => JSON.parse(text).aggregation_info)).toEqual([{ count: "7" }]);
    expect(totalsIn(stderr)).toMatchObject({
      read: 7,
      aggregated: 7,
      generated: 1,
      accepted: 1,
      udp_exported: 1,
    });
  });

  test("a filter that is wrong is found at start: option, filter, key and place", async () => {
    const { code, stderr } = await runTetrad([
      "--udp-output-enabled",
      '--export-allowlist={"event_set":["PROCESS_EXEC"]}{"binary_regex":["a(b"]}',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("--export-allowlist");
    expect(stderr).toContain("binary_regex");
    expect(stderr).toContain("^");
  });

  test("SIGHUP takes over new filters; wrong ones leave the old in place", async () => {
    const receiver = await TestReceiver.open();
    const configDir = temporaryDirectory();
    const agent = startTetrad([
      ...[
        "--udp-output-enabled",
        `--udp-output-port=${receiver.port}`,
        "--event-source=stdin",
        `--config-dir=${configDir}`,
      ],
    ]);
    await receiver.waitFor(1);
    writeFileSync(join(configDir, "export-denylist"), '{"event_set":["PROCESS_EXEC"]}');
    agent.process.kill("SIGHUP");
    await agent.logged("changed=export-denylist");
    writeFileSync(join(configDir, "export-denylist"), '{"event_sets":["PROCESS_EXEC"]}');
    agent.process.kill("SIGHUP");
    await agent.logged("Cannot reload the configuration");
    agent.process.stdin.write(INPUT);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    const expected = EVENTS.filter((line) => !isExec(line));
    await receiver.waitFor(expected.length + 1);
    expect(receiver.events).toEqual(expected.map((line) => `${line}\n`));
  });
});

describe("an agent behind another", () => {
  const INIT_OF_OTHER =
    '{"@timestamp":"2026-01-01T00:00:00.000Z","event":"agent_init","tetragon_version":"0.0.1","hostname":"other","os":"linux","pid":7,"uptime":"initialized at 0"}';

  test("passes the other's metadata on behind its own, past an allow list, and counts it", async () => {
    const receiver = await TestReceiver.open();
    const agent = startTetrad([
      "--event-source=stdin",
      "--udp-output-enabled",
      `--udp-output-port=${receiver.port}`,
      `--export-allowlist={"event_set":["PROCESS_EXIT"]}`,
    ]);
    const exit = '{"process_exit":{"process":{"pid":1}},"time":"2026-01-01T00:00:00Z"}';
    agent.process.stdin.write(`${INIT_OF_OTHER}\n{"process_exec":{"process":{"pid":1}}}\n${exit}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    await receiver.waitFor(3);
    const [own, ...rest] = receiver.datagrams.map((datagram) => datagram.trimEnd());
    expect(JSON.parse(own!)).toMatchObject({ event: "agent_init", pid: agent.process.pid });
    expect(rest).toEqual([INIT_OF_OTHER, exit]);
    expect(agent.log()).toMatch(/ accepted=2 metadata=1 /);
    expect(agent.log()).toMatch(/ filtered=1 /);
  });
});
