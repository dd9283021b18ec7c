import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanUp, EVENTS, freePort, onEnd, runTetrad, temporaryDirectory, until } from "./harness.ts";

afterEach(cleanUp);

const root = join(import.meta.dir, "../..");

/** A syslog daemon that writes every datagram it receives as a line of a file. */
interface Peer {
  readonly name: string;
  readonly executable: string;
  readonly env?: Record<string, string>;
  /** @param size What it is told of the longest datagram: nothing, where it is empty. */
  readonly config: (port: number, output: string, size: string) => string;
  /** What tells it that datagrams of any length come. */
  readonly anySize: string;
  /** The longest datagram that it takes when nobody tells it anything: see docs/udp.md. Bytes. */
  readonly defaultBytes: number;
  readonly args: (directory: string, config: string) => string[];
}

const syslogNg = join(root, ".tmp/peers/syslog-ng");

const PEERS: readonly Peer[] = [
  {
    name: "rsyslog",
    executable: "/usr/sbin/rsyslogd",
    anySize: 'maxMessageSize="64k"',
    defaultBytes: 8096,
    config: (port, output, size) => `
      global(${size} parser.escapeControlCharactersOnReceive="off" workDirectory="/tmp")
      module(load="imudp")
      template(name="raw" type="string" string="%rawmsg%\\n")
      input(type="imudp" address="127.0.0.1" port="${port}" ruleset="all")
      ruleset(name="all") { action(type="omfile" file="${output}" template="raw") }`,
    args: (directory, config) => ["-n", "-f", config, "-i", join(directory, "rsyslogd.pid")],
  },
  {
    name: "syslog-ng",
    executable: join(syslogNg, "usr/sbin/syslog-ng"),
    env: { LD_LIBRARY_PATH: join(syslogNg, "usr/lib/syslog-ng") },
    anySize: "options { log-msg-size(65536); };",
    defaultBytes: 65_507,
    config: (port, output, size) => `@version: 3.38
      ${size}
      source s { network(transport("udp") ip("127.0.0.1") port(${port}) flags(no-parse)); };
      destination d { file("${output}" template("\${MESSAGE}\\n")); };
      log { source(s); destination(d); };`,
    args: (directory, config) => [
      ...["--foreground", "--no-caps", `--cfgfile=${config}`],
      `--module-path=${join(syslogNg, "usr/lib/syslog-ng/3.38")}`,
      ...["persist-file", "pidfile", "control"].map((name) => `--${name}=${join(directory, name)}`),
    ],
  },
];

/** Whether something on this host is bound to the UDP port. */
function isBound(port: number): boolean {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync("/proc/net/udp", "utf8").includes(`:${hex} `);
}

/** Starts a peer. @returns Its port, and the lines that it has stored so far. */
async function startPeer(peer: Peer, size: string): Promise<{ port: number; lines: () => string[] }> {
  const directory = temporaryDirectory();
  const port = await freePort();
  const output = join(directory, "received.jsonl");
  const config = join(directory, "daemon.conf");
  writeFileSync(config, peer.config(port, output, size));
  const daemon = Bun.spawn([peer.executable, ...peer.args(directory, config)], {
    env: { ...process.env, ...peer.env },
    stdout: "ignore",
    stderr: "ignore",
  });
  onEnd(async () => {
    daemon.kill("SIGKILL");
    await daemon.exited;
  });
  await until(() => isBound(port), `${peer.name} to listen`);
  const lines = () => (existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : []);
  return { port, lines };
}

/** Sends the events to a port. */
async function send(port: number, events: readonly string[], ...flags: string[]): Promise<void> {
  const args = ["--udp-output-enabled", `--udp-output-port=${port}`, "--event-source=stdin", ...flags];
  const { code } = await runTetrad(args, { input: `${events.join("\n")}\n` });
  expect(code).toBe(0);
}

const isWhole = (line: string): boolean => {
  try {
    return JSON.parse(line).process_exec !== undefined;
  } catch {
    return false;
  }
};

describe("real receivers", () => {
  const long = JSON.stringify({ process_exec: { process: { pid: 1, arguments: "x".repeat(60_000) } } });

  for (const peer of PEERS) {
    const isMissing = !existsSync(peer.executable);
    if (isMissing) console.warn(`SKIPPED: ${peer.name} is not installed; scripts/ci/peers.sh does that`);

    test.skipIf(isMissing)(`${peer.name} stores agent_init and then every event as it was`, async () => {
      const { port, lines } = await startPeer(peer, peer.anySize);
      await send(port, EVENTS);
      await until(
        () => lines().length > EVENTS.length,
        () => `${EVENTS.length + 1} lines, ${lines().length} came`,
      );
      const [first, ...events] = lines();
      expect(JSON.parse(first!).event).toBe("agent_init");
      expect(events).toEqual([...EVENTS]);
    });

    test.skipIf(isMissing)(
      `${peer.name} as it comes stores whole events with the flag of docs/udp.md`,
      async () => {
        const { port, lines } = await startPeer(peer, "");
        await send(port, [long], `--udp-max-datagram-size=${peer.defaultBytes}`);
        await until(() => lines().length === 2, "agent_init and an event");
        expect(isWhole(lines()[1]!)).toBe(true);
        expect(lines()[1]!.length).toBeGreaterThan(peer.defaultBytes * 0.9 - 6000);
        await send(port, [long, EVENTS[0]!]);
        await until(() => lines().at(-1) === EVENTS[0]!, "the last event");
        // Only what is longer than that needs the flag.
        expect(lines().slice(3, -1).every(isWhole)).toBe(peer.defaultBytes > long.length);
      },
    );
  }
});
