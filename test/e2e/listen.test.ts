import { afterEach, describe, expect, test } from "bun:test";
import { describePrivileges } from "../../src/agent/privileges.ts";
import { readProcessPrivileges } from "../../src/os/capability.ts";
import { cleanUp, EVENTS, runTetrad, startTetrad, until } from "./harness.ts";

afterEach(cleanUp);

/** Of the first sample event. */
const TYPE = Object.keys(JSON.parse(EVENTS[0]!))[0]!;

/** Starts `tetrad listen` on a free port. */
async function listen(...flags: string[]) {
  const listener = startTetrad(["listen", "--port=0", ...flags]);
  await listener.logged("Listening on ");
  const port = Number(/Listening on \S+:(\d+)/.exec(listener.log())![1]);
  return { listener, port };
}

async function send(port: number, ...datagrams: (string | Uint8Array)[]): Promise<void> {
  const socket = await Bun.udpSocket({});
  for (const datagram of datagrams) socket.send(datagram, port, "127.0.0.1");
  socket.close();
}

describe("tetrad listen", () => {
  test("checks an agent's datagrams and reports that agent_init came first", async () => {
    const { listener, port } = await listen("--validate", `--count=${EVENTS.length + 1}`);
    await runTetrad(["--udp-output-enabled", `--udp-output-port=${port}`, "--event-source=stdin"], {
      input: `${EVENTS.join("\n")}\n`,
    });
    expect(await listener.exit()).toBe(0);
    expect(listener.log()).toContain(`received      ${EVENTS.length + 1} datagrams`);
    expect(listener.log()).toContain("first         agent_init");
    expect(listener.log()).toContain("invalid       0");
    expect(listener.stdout().trimEnd().split("\n")).toHaveLength(EVENTS.length + 1);
  });

  test("--output=raw prints the bytes as they came", async () => {
    const { listener, port } = await listen("--output=raw", "--count=2");
    await send(port, `${EVENTS[0]}\n`, `${EVENTS[1]}\n`);
    expect(await listener.exit()).toBe(0);
    expect(listener.stdout()).toBe(`${EVENTS[0]}\n${EVENTS[1]}\n`);
  });

  test("--output=raw begins a line with each document, so that one without its newline hides no other", async () => {
    const { listener, port } = await listen("--output=raw", "--count=3");
    await send(port, '{"x":', `${EVENTS[0]}\n`, "y");
    expect(await listener.exit()).toBe(1);
    expect(listener.stdout()).toBe(`{"x":\n${EVENTS[0]}\ny\n`);
  });

  test.each(["127.0.0.1", "::"])(
    "--forward to itself at %s sends an event on once, and says so",
    async (address) => {
      // Nobody else has the port: the first listener's is free again.
      const first = await listen(`--address=${address}`);
      first.listener.process.kill("SIGINT");
      await first.listener.exit();
      const { port } = first;
      const listener = startTetrad([
        ...["listen", `--address=${address}`, `--port=${port}`, `--forward=127.0.0.1:${port}`],
        ...["--output=none", "--stats-interval=100ms"],
      ]);
      await listener.logged("Listening on ");
      await send(port, `${EVENTS[0]}\n`);
      await listener.logged("statistics: 1 datagrams");
      listener.process.kill("SIGINT");
      expect(await listener.exit()).toBe(0);
      expect(listener.log()).toContain("received      1 datagrams");
      expect(listener.log()).toContain("forward       1 event came back");
    },
  );

  test("says in one line why nothing can be forwarded to an address", async () => {
    const ran = await runTetrad(["listen", "--port=0", "--for=1ms", "--forward=255.255.255.255:5140"]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^Cannot forward to 255\.255\.255\.255:5140: E[A-Z]+\b.*\n$/);
  });

  test("exits 1 when a datagram is invalid, and says why", async () => {
    const bad: [string | Uint8Array, string][] = [
      ["{}", "does not end in a newline"],
      ["{\n", "is not one JSON document"],
      ["{}{}\n", "is not one JSON document"],
      ["[]\n", "is not a JSON object"],
      [new Uint8Array([0x22, 0xff, 0x22, 0x0a]), "is not UTF-8"],
      ['{"process_exec":{"process":{"pid":"x"}}}\n', "process_exec.process.pid"],
      ['{"event":"agent_init"}\n', "@timestamp"],
    ];
    for (const [datagram, reason] of bad) {
      const { listener, port } = await listen("--validate", "--count=1");
      await send(port, datagram);
      expect(await listener.exit()).toBe(1);
      expect(listener.stdout()).toContain(reason);
      expect(listener.log()).toContain("invalid       1");
    }
  });

  const FAULTY = [
    `${JSON.stringify({ process_exec: { process: { pid: "\u001b[2J" } } })}\n`,
    `${JSON.stringify({ process_exec: { process: { pod: { pod_labels: { "a\u202e\n": 5 } } } } })}\n`,
  ];
  const PLACES = [
    "process_exec.process.pid: expected uint32, found string",
    'process_exec.process.pod.pod_labels."a\\u202e\\n": expected string, found number',
  ];

  test.each(["none", "raw"])(
    "--validate --output=%s says on standard error what is invalid, where, and from whom; never the character",
    async (output) => {
      const { listener, port } = await listen("--validate", `--output=${output}`, "--count=3");
      await send(port, ...FAULTY, `${EVENTS[0]}\n`);
      expect(await listener.exit()).toBe(1);
      const log = listener.log();
      for (const place of PLACES) {
        const said = log.split("\n").filter((line) => line.startsWith(`INVALID  ${place}  `));
        expect(said).toEqual([expect.stringMatching(/ \d+ bytes: \{.*from 127\.0\.0\.1:\d+$/)]);
        expect(log).toContain(`              1 ${place}\n`);
      }
      expect(log.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(listener.stdout()).toBe(output === "raw" ? [...FAULTY, `${EVENTS[0]}\n`].join("") : "");
    },
  );

  test("--validate --json says what is invalid as objects, and counts it by reason", async () => {
    const { listener, port } = await listen("--validate", "--json", "--count=3");
    await send(port, ...FAULTY, `${EVENTS[0]}\n`);
    expect(await listener.exit()).toBe(1);
    const lines = listener.stdout().trimEnd().split("\n");
    expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const [first, second, summary] = lines.map((line) => JSON.parse(line));
    expect(lines).toHaveLength(3);
    expect([first, second]).toEqual(
      FAULTY.map((text, i) => ({
        type: "invalid",
        reason:
          i === 0
            ? PLACES[0]
            : 'process_exec.process.pod.pod_labels."a\u202e\\n": expected string, found number',
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        bytes: Buffer.byteLength(text),
        start: text.slice(0, 80),
      })),
    );
    expect(summary).toMatchObject({ type: "summary", invalid: 2, types: { [TYPE]: 1 } });
    expect(Object.values(summary.reasons)).toEqual([1, 1]);
  });

  test("never lets a control character reach the terminal", async () => {
    const { listener, port } = await listen("--count=1");
    await send(
      port,
      `${JSON.stringify({ process_exec: { process: { binary: "/bin/\u001b[31mevil\u202e" } } })}\n`,
    );
    await listener.exit();
    expect(listener.stdout()).toContain("\\u001b[31mevil\\u202e");
  });

  test("never lets one reach the terminal in its report, from the name of an event type", async () => {
    const { listener, port } = await listen("--count=3", "--output=none");
    const types = [
      "process_\u001b]0;owned\u0007",
      "process_\ninvalid       0",
      "process_\u009b2J\u2028\ud800",
    ];
    await send(port, ...types.map((type) => `${JSON.stringify({ [type]: {} })}\n`));
    await listener.exit();
    const report = listener.log();
    expect(report.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    // "Listening on", and the seven facts of the report.
    expect(report.trimEnd().split("\n")).toHaveLength(8);
  });

  test("tells agents apart as they start, restart with another configuration, and stop", async () => {
    const { listener, port } = await listen("--json");
    const agent = (...flags: string[]) =>
      runTetrad(["--udp-output-enabled", `--udp-output-port=${port}`, "--event-source=stdin", ...flags], {
        input: `${EVENTS[0]}\n`,
      });
    const said = () =>
      listener
        .stdout()
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    const stops = () => listener.stdout().split('"what":"stopped"').length - 1;
    await agent("--metadata-interval=1h");
    await until(() => stops() === 1, "the first agent");
    await agent("--metadata-interval=2h");
    await until(() => stops() === 2, "the second agent");
    listener.process.kill("SIGINT");
    expect(await listener.exit()).toBe(0);
    const reports = said();
    expect(reports.map(({ type, what }) => what ?? type)).toEqual([
      ...["started", "stopped", "restarted", "configuration", "stopped"],
      "summary",
    ]);
    expect(reports[2]).toMatchObject({ after: "end_of_input" });
    const [first, second] = reports.at(-1).agents;
    for (const known of [first, second])
      expect(known).toMatchObject({
        state: "stopped",
        sent: 2,
        received: 2,
        lost: 0,
        surplus: 0,
        dropped: 0,
      });
    expect(first.start_id).not.toBe(second.start_id);
    expect(reports.at(-1)).toMatchObject({ agents_forgotten: 0, agent_init: 2, types: { [TYPE]: 2 } });
  });

  test.skipIf(process.getuid?.() !== 0)(
    "keeps no right once it listens, and is not root any more",
    async () => {
      const { listener, port } = await listen("--count=1", "--output=raw");
      expect(describePrivileges(readProcessPrivileges(listener.process.pid))).toEqual({
        user: "65534",
        group: "65534",
        capabilities: "none",
        bounding: "none",
        no_new_privs: "yes",
        seccomp: "filter",
      });
      await send(port, "{}\n");
      await listener.exit();
      expect(listener.stdout()).toBe("{}\n");
    },
  );

  test("--for ends it; fewer than --count is a failure", async () => {
    const { listener } = await listen("--for=50ms", "--count=3");
    expect(await listener.exit()).toBe(1);
    expect(listener.log()).toContain("Cannot reach --count: found 0 datagrams, needs 3");
  });

  test("wrong flags: one line each, exit 2", async () => {
    const { code, stderr } = await runTetrad(["listen", "--prot=1", "--count=-1", "--for=soon"]);
    expect(code).toBe(2);
    expect(stderr).toContain("Unknown flag --prot: did you mean --port?");
    expect(stderr).toContain('Cannot use --count (flag): found "-1", expected an integer of at least 0');
    expect(stderr).toContain("Cannot use --for");
  });

  test("a port that is taken: one line, exit 1", async () => {
    const { port } = await listen();
    const { code, stderr } = await runTetrad(["listen", `--port=${port}`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Cannot listen on 127\.0\.0\.1:\d+: .* \(another program has it; --port takes another one\)\n$/,
    );
  });
});
