/** Syslog daemons over TCP, with the lines of configuration that docs/syslog.md has for them. */
import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanUp,
  EVENTS,
  freePort,
  onEnd,
  runTetrad,
  startTetrad,
  temporaryDirectory,
  until,
} from "./harness.ts";
import { DAEMONS, type Daemon } from "./syslog-daemons.ts";

afterEach(cleanUp);

const ROOT = join(import.meta.dir, "../..");
/** The block of that name in the document. */
function configurationOf(name: string): string {
  const document = readFileSync(join(ROOT, "docs/syslog.md"), "utf8");
  return new RegExp(`^\`\`\`${name}\n(.*?)^\`\`\``, "ms").exec(document)![1]!;
}

/** A daemon that writes where it is told to, and can be killed and started again. */
async function prepare(daemon: Daemon) {
  const directory = temporaryDirectory();
  const [port, output, config] = [await freePort(), join(directory, "events"), join(directory, "conf")];
  const lines = configurationOf(daemon.name).replace("/var/log/tetrad.json", output);
  writeFileSync(config, daemon.wrap(lines, port));
  const start = async () => {
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
    await until(
      () => readFileSync("/proc/net/tcp", "utf8").includes(`0100007F:${hex} 00000000:0000 0A`),
      daemon.name,
    );
    return child;
  };
  const written = () => (existsSync(output) ? readFileSync(output, "utf8").trimEnd().split("\n") : []);
  return { directory, port, start, written };
}

describe.each(DAEMONS)("$name, with the lines of docs/syslog.md", (daemon) => {
  const isMissing = !existsSync(daemon.executable);
  if (isMissing) console.warn(`SKIPPED: ${daemon.name} is not installed; scripts/ci/peers.sh does that`);

  test.skipIf(isMissing)("writes agent_init, then the events as they were, large ones too", async () => {
    const { port, start, written } = await prepare(daemon);
    await start();
    const large = JSON.stringify({ process_exec: { process: { arguments: "x".repeat(60_000) } } });
    const events = [...EVENTS, large];
    const { code } = await runTetrad([`--syslog-servers=127.0.0.1:${port}`, "--event-source=stdin"], {
      input: `${events.join("\n")}\n`,
    });
    expect(code).toBe(0);
    await until(() => written().length === events.length + 1, `lines of ${daemon.name}`);
    const [first, ...others] = written();
    expect(JSON.parse(first!).event).toBe("agent_init");
    expect(others).toEqual(events);
  });

  test.skipIf(isMissing)("gets all events that came while it was away, from a queue on disk", async () => {
    const { directory, port, start, written } = await prepare(daemon);
    const agent = startTetrad([
      ...[`--syslog-servers=127.0.0.1:${port}`, "--event-source=stdin"],
      ...[`--syslog-queue-dir=${join(directory, "queue")}`, "--syslog-backoff-max=100ms"],
    ]);
    agent.process.stdin.write(`${EVENTS.join("\n")}\n`);
    await agent.process.stdin.flush();
    await agent.logged("Cannot write events");
    await start();
    await until(() => written().length > EVENTS.length, `lines of ${daemon.name}`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    expect(written().slice(1, EVENTS.length + 1)).toEqual([...EVENTS]);
  });
});
