import { afterEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeDatagram } from "../../src/receiver/decode.ts";
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

test.each([
  [["--udp-format=gelf", "--udp-batch"], "--udp-format=gelf cannot be combined with --udp-batch"],
  [
    ["--udp-format=gelf", "--udp-compression=zstd"],
    "--udp-format=gelf cannot be combined with --udp-compression=zstd: GELF has gzip and zlib",
  ],
  [
    ["--udp-format=rfc5424", "--udp-compression=gzip"],
    "--udp-format=rfc5424 cannot be combined with --udp-compression: syslog has none",
  ],
  [["--export-format=syslog"], 'found "syslog"'],
  [['--exporters={"a":{"type":"blackhole","export-format":"gelf"}}'], 'unknown option "export-format"'],
])("what does not go together is an error at start: %p", async (flags, message) => {
  const { code, stderr } = await runTetrad([...FLAGS, ...flags], { input: "" });
  expect(code).toBe(2);
  expect(stderr.replaceAll('\\"', '"')).toContain(message);
});

test.each(["gzip", "zlib"])(
  "GELF with %s: agent_init plain, then events and later metadata compressed, large ones in chunks",
  async (compression) => {
    const listener = startTetrad(["listen", "--port=0", "--raw", "--validate"]);
    await listener.logged("Listening on ");
    const port = /Listening on \S+:(\d+)/.exec(listener.log())![1]!;
    const large = JSON.stringify({
      process_exec: { process: { pid: 1, arguments: randomBytes(20_000).toString("hex") } },
    });
    const flags = [`--udp-output-port=${port}`, "--udp-format=gelf", `--udp-compression=${compression}`];
    const input = `${[...EVENTS, large].join("\n")}\n`;
    const more = ["--udp-max-datagram-size=1420", "--metadata-interval=1h"];
    const { code, stderr } = await runTetrad([...FLAGS, ...flags, ...more], { input });
    expect(code).toBe(0);
    expect(totalsIn(stderr)).toMatchObject({ udp_exported: EVENTS.length + 1, udp_truncated: 0 });
    // agent_stop is sent three times.
    await until(
      () => listener.stdout().split("\n").length === EVENTS.length + 1 + 1 + 3 + 1,
      "lines of listen",
    );
    listener.process.kill("SIGTERM");
    expect(await listener.exit()).toBe(0);
    const lines = listener.stdout().trimEnd().split("\n");
    expect(lines.slice(1, -3)).toEqual([...EVENTS, large]);
    expect([lines[0], ...lines.slice(-3)].map((line) => JSON.parse(line!).event)).toEqual([
      "agent_init",
      "agent_stop",
      "agent_stop",
      "agent_stop",
    ]);
    expect(listener.log()).toMatch(/invalid +0/);
  },
);

describe("--export-format", () => {
  test.each(["rfc5424", "gelf"])(
    "%s: files and standard output have agent_init and every event, one message a line",
    async (format) => {
      const path = join(temporaryDirectory(), "events");
      const flags = [
        "--event-source=stdin",
        `--export-filename=${path}`,
        "--export-stdout",
        "--export-metadata",
      ];
      const format_ = [`--export-format=${format}`, "--export-syslog-facility=daemon"];
      const { code, stdout } = await runTetrad([...flags, ...format_], { input: INPUT });
      expect(code).toBe(0);
      const written = readFileSync(path, "utf8");
      expect(stdout).toBe(written);
      const messages = written.trimEnd().split("\n");
      const documents = messages.map((message) =>
        decodeDatagram(Buffer.from(message)).documents[0]!.toString(),
      );
      expect(JSON.parse(documents[0]!).event).toBe("agent_init");
      expect(documents.slice(1)).toEqual(EVENTS.map((event) => `${event}\n`));
      if (format === "rfc5424") expect(messages[0]).toMatch(/^<29>1 /);
      else expect(JSON.parse(messages[0]!)).toMatchObject({ version: "1.1", short_message: "agent_init" });
    },
  );

  test("each named exporter has its own, next to UDP", async () => {
    const receiver = await TestReceiver.open();
    const directory = temporaryDirectory();
    const [plain, syslog, gelf] = ["plain", "syslog", "gelf"].map((name) => join(directory, name));
    const exporters = {
      plain: { type: "file", "export-filename": plain },
      siem: {
        type: "file",
        "export-filename": syslog,
        "export-format": "rfc5424",
        "export-syslog-facility": "audit",
      },
      gelf: { type: "file", "export-filename": gelf, "export-format": "gelf" },
    };
    const flags = [`--udp-output-port=${receiver.port}`, `--exporters=${JSON.stringify(exporters)}`];
    const filter = '--export-denylist={"event_set":["PROCESS_EXIT"]}';
    const { code } = await runTetrad([...FLAGS, ...flags, filter], { input: INPUT });
    expect(code).toBe(0);
    const kept = EVENTS.filter((event) => !event.startsWith('{"process_exit"'));
    await receiver.waitFor(kept.length + 1);
    const lines = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n");
    expect(receiver.datagrams.slice(1).map((text) => text.trimEnd())).toEqual(kept);
    expect(lines(plain!)).toEqual(kept);
    expect(lines(gelf!).map((line) => JSON.parse(line).full_message)).toEqual(kept);
    expect(lines(syslog!).map((line) => line.slice(line.indexOf("] {") + 2))).toEqual(kept);
    expect(lines(syslog!).every((line) => /^<10[4-9]>1 |^<11[01]>1 /.test(line))).toBe(true);
  });

  test("a facility that no format has is warned of", async () => {
    const flags = ["--event-source=stdin", "--export-stdout", "--export-syslog-facility=daemon"];
    const { stderr } = await runTetrad(flags, { input: INPUT });
    expect(stderr).toContain("Only --export-format=rfc5424 has a facility");
  });
});
