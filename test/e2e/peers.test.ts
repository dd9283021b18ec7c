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
  readonly config: (port: number, output: string) => string;
  readonly args: (directory: string, config: string) => string[];
}

const syslogNg = join(root, ".tmp/peers/syslog-ng");

const PEERS: readonly Peer[] = [
  {
    name: "rsyslog",
    executable: "/usr/sbin/rsyslogd",
    config: (port, output) => `
      global(maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off" workDirectory="/tmp")
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
    config: (port, output) => `@version: 3.38
      options { log-msg-size(65536); };
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

describe("real receivers", () => {
  for (const peer of PEERS) {
    const isMissing = !existsSync(peer.executable);
    if (isMissing) console.warn(`SKIPPED: ${peer.name} is not installed; scripts/ci/peers.sh does that`);

    test.skipIf(isMissing)(`${peer.name} stores agent_init and then every event as it was`, async () => {
      const directory = temporaryDirectory();
      const port = await freePort();
      const output = join(directory, "received.jsonl");
      const config = join(directory, "daemon.conf");
      writeFileSync(config, peer.config(port, output));
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
      const { code } = await runTetrad(
        ["--udp-output-enabled", `--udp-output-port=${port}`, "--event-source=stdin"],
        { input: `${EVENTS.join("\n")}\n` },
      );
      expect(code).toBe(0);
      const lines = () => (existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : []);
      await until(
        () => lines().length > EVENTS.length,
        () => `${EVENTS.length + 1} lines, ${lines().length} came`,
      );
      const [first, ...events] = lines();
      expect(JSON.parse(first!).event).toBe("agent_init");
      expect(events).toEqual([...EVENTS]);
    });
  }
});
