import { afterEach, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanUp,
  EVENTS,
  freePort,
  runTetrad,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

const INPUT = `${EVENTS.join("\n")}\n`;
const FLAGS = ["--event-source=stdin", "--udp-output-enabled"];

test.each(["rfc5424", "gelf"])(
  "--udp-format=%s: listen --raw gives agent_init, then the same lines",
  async (format) => {
    const listener = startTetrad(["listen", "--port=0", "--raw", "--validate"]);
    await listener.logged("Listening on ");
    const port = /Listening on \S+:(\d+)/.exec(listener.log())![1]!;
    const flags = [
      ...FLAGS,
      `--udp-output-port=${port}`,
      `--udp-format=${format}`,
      "--udp-max-datagram-size=1472",
    ];
    const large = JSON.stringify({ process_exec: { process: { arguments: "a ".repeat(5000) } } });
    const lines = format === "gelf" ? [...EVENTS, large] : [...EVENTS];
    const { code, stderr } = await runTetrad(flags, { input: `${lines.join("\n")}\n` });
    expect(code).toBe(0);
    expect(totalsIn(stderr)).toMatchObject({ read: lines.length, udp_exported: lines.length });
    await until(() => listener.stdout().split("\n").length === lines.length + 2, "lines of listen");
    listener.process.kill("SIGTERM");
    expect(await listener.exit()).toBe(0);
    const [first, ...events] = listener.stdout().trimEnd().split("\n");
    expect(JSON.parse(first!).event).toBe("agent_init");
    if (format === "gelf") expect(events).toEqual(lines);
    else expect(events.length).toBe(lines.length);
  },
);

test("the first datagram of --udp-format=rfc5424 is agent_init as syslog, with the facility that was asked for", async () => {
  const receiver = await TestReceiver.open();
  const flags = [
    `--udp-output-port=${receiver.port}`,
    "--udp-format=rfc5424",
    "--udp-syslog-facility=daemon",
  ];
  await runTetrad([...FLAGS, ...flags], { input: INPUT });
  await receiver.waitFor(EVENTS.length + 1);
  const header = /^<29>1 \S+ \S+ tetrad \d+ agent_init \[event@32473 type="agent_init"\] \{/;
  expect(receiver.datagrams[0]).toMatch(header);
  const messages = receiver.datagrams.slice(1).map((datagram) => datagram.slice(datagram.indexOf("] {") + 2));
  expect(messages).toEqual(Array.from(EVENTS));
});

test("--udp-format=gelf with --udp-batch is an error that names both", async () => {
  const { code, stderr } = await runTetrad([...FLAGS, "--udp-format=gelf", "--udp-batch"], { input: "" });
  expect(code).toBe(2);
  expect(stderr).toContain("--udp-format=gelf cannot be combined with --udp-batch");
});

test.skipIf(!existsSync("/usr/sbin/rsyslogd"))(
  "rsyslog, with the lines of docs/receivers/rsyslog.md, writes the events as they were",
  async () => {
    const directory = temporaryDirectory();
    const [port, output] = [await freePort(), join(directory, "events")];
    const document = readFileSync(join(import.meta.dir, "../../docs/receivers/rsyslog.md"), "utf8");
    const lines = document.split("\n").filter((line) => line.startsWith("    ") && !line.includes("#"));
    const config = lines
      .join("\n")
      .replace('port="514"', `address="127.0.0.1" port="${port}"`)
      .replace("/var/log/tetrad.json", output);
    writeFileSync(join(directory, "conf"), config);
    const daemon = Bun.spawn(
      ["/usr/sbin/rsyslogd", "-n", "-f", join(directory, "conf"), "-i", join(directory, "pid")],
      { stdout: "ignore", stderr: "ignore" },
    );
    try {
      const hex = port.toString(16).toUpperCase().padStart(4, "0");
      await until(() => readFileSync("/proc/net/udp", "utf8").includes(`0100007F:${hex}`), "rsyslog");
      await runTetrad([...FLAGS, `--udp-output-port=${port}`, "--udp-format=rfc5424"], { input: INPUT });
      const written = () => (existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : []);
      await until(() => written().length === EVENTS.length + 1, "lines of rsyslog");
      expect(JSON.parse(written()[0]!).event).toBe("agent_init");
      expect(written().slice(1)).toEqual([...EVENTS]);
    } finally {
      daemon.kill();
      await daemon.exited;
    }
  },
);
