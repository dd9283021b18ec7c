/** Receivers that are not ours, with the lines of configuration that docs/receivers has for them. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, EVENTS, freePort, onEnd, runTetrad, temporaryDirectory, until } from "./harness.ts";
import { DAEMONS, type Daemon } from "./syslog-daemons.ts";

afterEach(cleanUp);

const ROOT = join(import.meta.dir, "../..");
const GELF_READER = join(ROOT, ".tmp/peers/gelf-reader");

/** The lines of configuration of a document, without comments. */
function configurationIn(name: string): string {
  const document = readFileSync(join(ROOT, `docs/receivers/${name}.md`), "utf8");
  const lines = document.split("\n").filter((line) => line.startsWith("    ") && !line.includes("    #"));
  return `${lines.map((line) => line.slice(4)).join("\n")}\n`;
}

/** Sends events to a port. */
async function send(port: number, events: readonly string[], ...flags: string[]): Promise<void> {
  const args = ["--udp-output-enabled", `--udp-output-port=${port}`, "--event-source=stdin", ...flags];
  const { code } = await runTetrad(args, { input: `${events.join("\n")}\n` });
  expect(code).toBe(0);
}

/** What the daemon writes where the document says it should, which is another file here. */
async function startDaemon(daemon: Daemon, rewrite = (lines: string) => lines) {
  const directory = temporaryDirectory();
  const [port, output, config] = [await freePort(), join(directory, "events"), join(directory, "conf")];
  const lines = configurationIn(daemon.name).replace("/var/log/tetrad.json", output);
  writeFileSync(config, daemon.wrap(rewrite(lines), port));
  const child = Bun.spawn([daemon.executable, ...daemon.args(directory, config)], {
    env: { ...process.env, ...daemon.env },
    stdout: "ignore",
    stderr: "ignore",
  });
  onEnd(async () => {
    child.kill("SIGKILL");
    await child.exited;
  });
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  await until(() => readFileSync("/proc/net/udp", "utf8").includes(`0100007F:${hex} `), daemon.name);
  const written = () => (existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : []);
  return { port, written };
}

describe.each(DAEMONS)("$name, with the lines of its document", (daemon) => {
  const isMissing = !existsSync(daemon.executable);
  if (isMissing) console.warn(`SKIPPED: ${daemon.name} is not installed; scripts/ci/peers.sh does that`);

  test.skipIf(isMissing)("writes agent_init, then the events as they were, large ones too", async () => {
    const { port, written } = await startDaemon(daemon);
    const large = JSON.stringify({ process_exec: { process: { arguments: "x".repeat(60_000) } } });
    const events = [...EVENTS, large];
    await send(port, events, "--udp-format=rfc5424");
    await until(() => written().length === events.length + 1, `lines of ${daemon.name}`);
    expect(JSON.parse(written()[0]!).event).toBe("agent_init");
    expect(written().slice(1)).toEqual(events);
  });

  test.skipIf(isMissing)("takes type, host, facility and severity out of the header", async () => {
    const { port, written } = await startDaemon(daemon, (lines) =>
      lines.replace(/"(?:%msg%|\$\{MESSAGE\})\\n"/, `"${daemon.header}\\n"`),
    );
    const event = (type: string) => `{"${type}":{},"node_name":"node-1","time":"2026-11-30T05:31:45.1Z"}`;
    const flags = ["--udp-format=rfc5424", "--udp-syslog-facility=local3", "--validate=syntax"];
    await send(port, [event("process_exec"), event("process_kprobe")], ...flags);
    await until(() => written().length === 3, `lines of ${daemon.name}`);
    expect(written().slice(1)).toEqual([
      "process_exec node-1 local3 info tetrad",
      "process_kprobe node-1 local3 notice tetrad",
    ]);
  });
});

describe("the reader of Graylog's Go library", () => {
  const isMissing = !existsSync(GELF_READER);
  if (isMissing)
    console.warn("SKIPPED: no GELF reader was built; scripts/ci/peers.sh does that where there is Go");

  test.skipIf(isMissing).each(["none", "gzip", "zlib"])(
    "takes GELF with compression %s, in chunks too",
    async (compression) => {
      // Not compressible, so that there are chunks.
      const noise = Buffer.from(
        Uint8Array.from({ length: 3000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24),
      ).toHex();
      const large = JSON.stringify({
        process_exec: { process: { arguments: `"${noise}\\` } },
        node_name: "n",
      });
      const events = [...EVENTS, large];
      const reader = Bun.spawn([GELF_READER, String(events.length + 1)], {
        stdout: "pipe",
        stderr: "inherit",
      });
      onEnd(async () => {
        reader.kill("SIGKILL");
        await reader.exited;
      });
      let text = "";
      const read = (async () => {
        const decoder = new TextDecoder();
        for await (const bytes of reader.stdout) text += decoder.decode(bytes, { stream: true });
      })();
      await until(() => text.includes("\n"), "the reader to listen");
      const port = Number(/:(\d+)$/.exec(text.split("\n", 1)[0]!)![1]);
      // It reads datagrams of 1,420 bytes.
      const flags = ["--udp-format=gelf", "--udp-max-datagram-size=1420", `--udp-compression=${compression}`];
      await send(port, events, ...flags);
      await read;
      const messages = text
        .trimEnd()
        .split("\n")
        .slice(1)
        .map((line) => JSON.parse(line))
        .map(({ message, extra }) => ({ ...message, ...extra }));
      expect(messages.map((message) => message.full_message).slice(1)).toEqual(events);
      expect(messages[0]).toMatchObject({ version: "1.1", short_message: "agent_init", level: 5 });
      for (const [i, message] of messages.slice(1).entries()) {
        const event = JSON.parse(events[i]!);
        expect(message).toMatchObject({
          version: "1.1",
          host: event.node_name,
          _event_type: Object.keys(event)[0],
        });
        if (event.time !== undefined) expect(message.timestamp).toBeCloseTo(Date.parse(event.time) / 1000, 2);
      }
    },
  );
});
