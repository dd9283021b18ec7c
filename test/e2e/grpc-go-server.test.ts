/** Events of a server in Go, as Tetragon is one. */
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "./certificates.ts";
import { API_EVENTS, GoPeer, HAS_GO_PEER } from "./go-peer.ts";
import {
  cleanUp,
  type RunningAgent,
  runTetrad,
  startTetrad,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

type Event = Readonly<Record<string, unknown>>;

/** Memory that the agent may have, whatever the server wants to send. */
const MAX_RSS = 120 * 1024 * 1024;
/** What the agent and the sockets hold of it at most: the window, a queue, the kernel's buffers. */
const MAX_AHEAD = 16 * 1024 * 1024;

const linesOf = (agent: RunningAgent) => agent.stdout().split("\n").slice(0, -1);
const eventsOf = (agent: RunningAgent) => linesOf(agent).map((line) => JSON.parse(line) as Event);

function follow(address: string, ...flags: string[]): RunningAgent {
  return startTetrad([`--event-source=grpc:${address}`, "--export-stdout", ...flags]);
}

async function haveCome(agent: RunningAgent, count: number): Promise<void> {
  await until(
    () => linesOf(agent).length === count,
    () => `${linesOf(agent).length} of ${count} events:\n${agent.log()}`,
  );
}

/** Ends the agent. @returns Its counters. */
async function stop(agent: RunningAgent): Promise<Record<string, number>> {
  agent.process.kill("SIGTERM");
  expect(await agent.exit()).toBe(0);
  return totalsIn(agent.log());
}

describe.skipIf(!HAS_GO_PEER)("--event-source=grpc: of a server in Go", () => {
  test("takes every event as it was before Go made protobuf of it", async () => {
    const { peer, address } = await GoPeer.serve();
    const agent = follow(address);
    expect(await peer.reported("stream")).toMatchObject({ request: {} });
    await agent.logged('msg="Connected" ');
    expect(agent.log()).toContain("version=v1.7.0");
    peer.tell(`send ${API_EVENTS.length}`);
    await haveCome(agent, API_EVENTS.length);
    expect(eventsOf(agent)).toEqual(API_EVENTS.map((line) => JSON.parse(line) as Event));
    const { read, stdout_exported, invalid } = await stop(agent);
    expect({ read, stdout_exported, invalid }).toEqual({
      read: API_EVENTS.length,
      stdout_exported: API_EVENTS.length,
      invalid: 0,
    });
  });

  test("hands it the filters of the configuration", async () => {
    const { peer, address } = await GoPeer.serve();
    follow(
      address,
      '--export-allowlist={"event_set":["PROCESS_EXEC"],"namespace":["shop"]}\n{"binary_regex":["^/usr"]}',
      '--export-denylist={"pod_regex":["^test-"],"labels":["app=x"]}',
    );
    expect(await peer.reported("stream")).toMatchObject({
      request: {
        allow_list: [{ event_set: ["PROCESS_EXEC"], namespace: ["shop"] }, { binary_regex: ["^/usr"] }],
        deny_list: [{ pod_regex: ["^test-"], labels: ["app=x"] }],
      },
    });
  });

  test("goes on after a status, and after the server has stopped, and says what may be missing", async () => {
    const path = join(temporaryDirectory(), "tetragon.sock");
    const flags = ["-network=unix", `-address=${path}`];
    const { peer } = await GoPeer.serve(...flags);
    const agent = follow(`unix://${path}`);
    await peer.reported("stream");
    peer.tell("send 3");
    await haveCome(agent, 3);
    peer.tell("fail");
    await agent.logged("INTERNAL: the peer fails, as it was told");
    await peer.reported("stream", 2);
    peer.tell("send 4");
    await haveCome(agent, 7);
    peer.tell("end");
    expect(await peer.process.exited).toBe(0);
    const { peer: next } = await GoPeer.serve(...flags);
    await next.reported("stream");
    next.tell("send 5");
    await haveCome(agent, 12);
    expect(agent.log().match(/Stream of events is back: .* gap=\d/g)).toHaveLength(2);
    expect(await stop(agent)).toMatchObject({ read: 12, stdout_exported: 12, invalid: 0 });
  });

  test("loses no event that came when the server is killed in the middle, and takes no half", async () => {
    const path = join(temporaryDirectory(), "tetragon.sock");
    const flags = ["-network=unix", `-address=${path}`];
    const { peer } = await GoPeer.serve(...flags);
    const agent = follow(`unix://${path}`);
    await peer.reported("stream");
    peer.tell("send 10000000");
    await until(
      () => linesOf(agent).length > 2000,
      () => agent.log(),
    );
    await peer.kill();
    await agent.logged("Stream of events is not there: it is tried again");
    // Nobody has removed its socket. The next one's events can be told from the first one's.
    unlinkSync(path);
    const { peer: next } = await GoPeer.serve(...flags, "-newer");
    await next.reported("stream");
    next.tell("send 10");
    const ofNext = () => linesOf(agent).filter((line) => line.includes('"unknown_fields"')).length;
    await until(
      () => ofNext() === 10,
      () => `${ofNext()} events of the next server:\n${agent.log()}`,
    );
    const totals = await stop(agent);
    const { length } = linesOf(agent);
    expect(totals).toMatchObject({ read: length, stdout_exported: length, invalid: 0 });
    const events = eventsOf(agent);
    for (const [i, line] of API_EVENTS.entries()) {
      expect(events[i]).toEqual(JSON.parse(line) as Event);
      expect(events[i + API_EVENTS.length]).toEqual(JSON.parse(line) as Event);
    }
  });

  test("holds the server back while an exporter is slow, and its own memory where it is", async () => {
    const { peer, address } = await GoPeer.serve();
    const gate = join(temporaryDirectory(), "gate");
    Bun.spawnSync(["mkfifo", gate]);
    const agent = startTetrad([`--event-source=grpc:${address}`, "--export-stdout"], {
      // Nothing reads its standard output until the gate opens.
      prefix: ["bash", "-c", 'gate=$0; "$@" | { read -r _ < "$gate"; wc -l; }', gate],
    });
    await peer.reported("stream");
    const count = 60_000;
    peer.tell(`send ${count}`);
    const child = readFileSync(`/proc/${agent.process.pid}/task/${agent.process.pid}/children`, "utf8").split(
      " ",
    )[0]!;
    const sentBytes = () =>
      Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${peer.process.pid}/io`, "utf8"))?.[1]);
    // Until the server cannot send any more.
    for (let sent = -1; sent !== sentBytes(); await Bun.sleep(500)) sent = sentBytes();
    expect(peer.reports.some((report) => "streamed" in report)).toBe(false);
    expect(sentBytes()).toBeLessThan(MAX_AHEAD);
    const [, peak] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${child}/status`, "utf8"))!;
    expect(Number(peak) * 1024).toBeLessThan(MAX_RSS);
    await Bun.write(gate, "open\n");
    expect(await peer.reported("streamed")).toMatchObject({ sent: count });
    peer.tell("end");
    await agent.logged("Stream of events is not there");
    process.kill(Number(child), "SIGTERM");
    await agent.exit();
    expect(totalsIn(agent.log())).toMatchObject({
      read: count,
      stdout_exported: count,
      stdout_queue_full: 0,
    });
    expect(Number(agent.stdout())).toBe(count);
  });

  test.each([
    ["v0.8.0, which does not say its version", ["-methods=GetHealth"], "unknown"],
    ["v0.8.0", ["-methods=GetHealth,GetVersion", "-release=v0.8.0"], "v0.8.0"],
  ])(
    "takes the stream of %s, and asks it for nothing that it would misunderstand",
    async (_, flags, version) => {
      const { peer, address } = await GoPeer.serve(...flags);
      const agent = follow(
        address,
        '--export-allowlist={"event_set":["PROCESS_EXEC","PROCESS_EXIT"]}',
        // A server that knows no CEL would see a filter that matches everything.
        '--export-denylist={"namespace":["kube-system"]}\n{"cel_expression":["true == false"]}',
      );
      expect(await peer.reported("stream")).toMatchObject({
        request: {
          allow_list: [{ event_set: ["PROCESS_EXEC", "PROCESS_EXIT"] }],
          deny_list: [{ namespace: ["kube-system"] }],
        },
      });
      await agent.logged('msg="Connected" ');
      expect(agent.log()).toContain(`version=${version}`);
      expect(agent.log().includes("Server is older than Tetragon 1.0")).toBe(version === "v0.8.0");
      peer.tell(`send ${API_EVENTS.length}`);
      const expected = API_EVENTS.map((line) => JSON.parse(line) as Event).filter(
        (event) => "process_exec" in event || "process_exit" in event,
      );
      await haveCome(agent, expected.length);
      expect(eventsOf(agent)).toEqual(expected);
    },
  );

  test("keeps what a newer API has, as fields and as events", async () => {
    const { peer, address } = await GoPeer.serve("-newer", "-release=v2.3.0");
    const agent = follow(address);
    await peer.reported("stream");
    peer.tell(`send ${API_EVENTS.length + 1}`);
    await haveCome(agent, API_EVENTS.length + 1);
    const events = eventsOf(agent);
    const { unknown_199: body, ...last } = events.at(-1)!;
    expect(last).toEqual({ node_name: "newer" });
    expect(body).toEqual({ unknown_fields: Buffer.from("\n\tsomething").toString("base64") });
    // Field 1999, a varint: 7.
    for (const event of events.slice(0, -1)) expect(event.unknown_fields).toBe("+HwH");
    const { process } = events.find((event) => "process_exec" in event)!.process_exec as { process: Event };
    expect(process.unknown_fields).toBe("+HwH");
    peer.tell("end");
    await agent.logged("Server's API is newer than this agent");
    expect(await stop(agent)).toMatchObject({ invalid: 0, stdout_exported: API_EVENTS.length + 1 });
  });

  test.skipIf(!HAS_OPENSSL)("over TLS, with a certificate of either side", async () => {
    const directory = temporaryDirectory();
    const authority = makeAuthority(directory, "authority");
    const [own, other] = ["server", "client"].map((name) => makeCertificate(directory, name, authority));
    const { peer, address } = await GoPeer.serve(
      `-cert=${own!.cert}`,
      `-key=${own!.key}`,
      `-ca=${authority.cert}`,
    );
    const agent = startTetrad([
      ...[`--event-source=grpc+tls:${address}`, "--export-stdout", `--tls-ca-cert-files=${authority.cert}`],
      ...[`--tls-cert-file=${other!.cert}`, `--tls-key-file=${other!.key}`],
    ]);
    await peer.reported("stream");
    peer.tell("send 10");
    await haveCome(agent, 10);
    const stranger = startTetrad([
      ...[`--event-source=grpc+tls:${address}`, "--export-stdout", `--tls-ca-cert-files=${authority.cert}`],
    ]);
    await stranger.logged("Stream of events is not there: it is tried again");
  });
});

describe.skipIf(!HAS_GO_PEER)("the commands of tetra with a server in Go", () => {
  test("print its events, its version and health, and why it refuses", async () => {
    const { peer, address } = await GoPeer.serve("-methods=GetHealth,GetVersion", "-release=v1.6.2");
    const at = `--server-address=${address}`;
    const command = startTetrad(["getevents", at, "--event-types=PROCESS_EXEC", "--cel-expression=true"]);
    expect(await peer.reported("stream")).toMatchObject({
      request: { allow_list: [{ event_set: ["PROCESS_EXEC"], cel_expression: ["true"] }] },
    });
    const compact = startTetrad(["getevents", at, "-o", "compact", "--color=never"]);
    await peer.reported("stream", 2);
    peer.tell(`send ${API_EVENTS.length}`);
    await haveCome(command, API_EVENTS.length);
    expect(eventsOf(command)).toEqual(API_EVENTS.map((line) => JSON.parse(line) as Event));
    await haveCome(compact, API_EVENTS.length);
    expect(linesOf(compact)[0]).toMatch(/^\p{Emoji}/u);
    const run = async (...words: string[]) => {
      const { code, stdout, stderr } = await runTetrad([...words, at]);
      return { code, out: stdout, err: stderr };
    };
    expect(await run("status")).toEqual({ code: 0, out: "Health Status: running\n", err: "" });
    expect(await run("version", "--server")).toMatchObject({
      code: 0,
      out: expect.stringContaining("v1.6.2"),
    });
    for (const words of [["info"], ["tracingpolicy", "list"], ["loglevel", "get"]]) {
      const { code, out, err } = await run(...words);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(err).toContain("unknown method");
    }
    peer.tell("fail");
    expect(await command.exit()).toBe(1);
    expect(command.log()).toContain("the peer fails, as it was told");
  });
});
