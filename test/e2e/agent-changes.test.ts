/** Agents that are upgraded, and whose receiver moves, while `tetrad listen` watches. */
import { afterEach, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanUp,
  EVENTS,
  type RunningAgent,
  startTetrad,
  TETRAD,
  temporaryDirectory,
  until,
} from "./harness.ts";
import { CAN_UNSHARE, makeNamespace } from "./namespace.ts";

afterEach(cleanUp);

interface Said {
  readonly type: string;
  readonly what?: string;
  readonly [more: string]: unknown;
}

/** What a listener has said of agents. */
function notices(listener: RunningAgent): Said[] {
  const lines: Said[] = listener
    .stdout()
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  return lines.filter(({ type }) => type === "agent");
}

const whats = (listener: RunningAgent) => notices(listener).map(({ what }) => what);

/** The commit that an executable was built from. */
function commitOf(executable: string): string {
  const { stdout } = Bun.spawnSync([executable, "version"], { env: {} });
  return /\b[0-9a-f]{40}\b/.exec(stdout.toString())![0];
}

/** The executable as if it were built from another commit. */
function rebuilt(from: string, to: string): string {
  const path = join(temporaryDirectory(), "tetrad");
  const bytes = readFileSync(TETRAD);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at)) bytes.write(to, at, "latin1");
  writeFileSync(path, bytes);
  chmodSync(path, 0o755);
  return path;
}

test("listen says that an agent was upgraded, from what to what, and that nothing else has changed", async () => {
  const before = commitOf(TETRAD);
  const after = "0123456789abcdef0123456789abcdef01234567";
  const upgraded = rebuilt(before, after);
  expect(commitOf(upgraded)).toBe(after);
  const listener = startTetrad(["listen", "--port=0", "--json"]);
  await listener.logged("Listening on ");
  const port = /Listening on \S+:(\d+)/.exec(listener.log())![1];
  for (const executable of [TETRAD, upgraded, upgraded]) {
    const stops = whats(listener).filter((what) => what === "stopped").length;
    const agent = Bun.spawn(
      [
        executable,
        ...["--udp-output-enabled", `--udp-output-port=${port}`, "--event-source=stdin"],
        "--metadata-interval=1h",
      ],
      { stdin: Buffer.from(`${EVENTS[0]}\n`), stdout: "ignore", stderr: "ignore", env: {} },
    );
    expect(await agent.exited).toBe(0);
    await until(() => whats(listener).filter((what) => what === "stopped").length > stops, "agent_stop");
  }
  listener.process.kill("SIGINT");
  expect(await listener.exit()).toBe(0);
  expect(whats(listener)).toEqual([
    ...["started", "stopped"],
    ...["restarted", "version", "stopped"],
    ...["restarted", "stopped"],
  ]);
  expect(notices(listener)[3]).toMatchObject({
    what: "version",
    changes: [{ field: "build_commit", from: before, to: after }],
  });
});

test.skipIf(!CAN_UNSHARE)(
  "listen says that an agent's receiver has another address now, which the name resolves to, and loses nothing",
  async () => {
    const network = await makeNamespace();
    const hosts = join(temporaryDirectory(), "hosts");
    const resolveTo = (address: string) => writeFileSync(hosts, `${address} siem.test\n`);
    resolveTo("127.0.0.2");
    network.shell(`mount --bind ${hosts} /etc/hosts`);
    const listener = startTetrad(["listen", "--address=0.0.0.0", "--port=5140", "--json"], network);
    await listener.logged("Listening on ");
    const agent = startTetrad(
      [
        ...["--udp-output-enabled", "--udp-output-address=siem.test", "--udp-output-port=5140"],
        ...["--event-source=stdin", "--metadata-interval=1h", "--udp-resolve-interval=100ms"],
      ],
      network,
    );
    await until(() => whats(listener).includes("started"), "the first receiver");
    resolveTo("127.0.0.3");
    await until(() => whats(listener).includes("moved"), "the second receiver");
    agent.process.stdin.write(`${EVENTS[0]}\n`);
    agent.process.stdin.end();
    expect(await agent.exit()).toBe(0);
    await until(() => whats(listener).includes("stopped"), "agent_stop");
    listener.process.kill("SIGINT");
    expect(await listener.exit()).toBe(0);
    const said = notices(listener);
    expect(said.map(({ what }) => what)).toEqual(["started", "moved", "stopped"]);
    expect(said[1]).toMatchObject({ udp_receiver: "127.0.0.3:5140", from: said[0]!.address });
    const summary = JSON.parse(listener.stdout().trimEnd().split("\n").at(-1)!);
    expect(summary).toMatchObject({ type: "summary", agent_init: 1, invalid: 0 });
    expect(summary.agents).toEqual([
      expect.objectContaining({ state: "moved", start_id: said[0]!.start_id }),
      expect.objectContaining({ state: "stopped", start_id: said[0]!.start_id, lost: 0, surplus: 0 }),
    ]);
  },
);
