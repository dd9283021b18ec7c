/** Events of another agent over Tetragon's API: both ends are the executable. */
import { afterEach, describe, expect, test } from "bun:test";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "./certificates.ts";
import { addressIn } from "./grpc-client.ts";
import {
  cleanUp,
  EVENTS,
  feed,
  onEnd,
  type RunningAgent,
  runTetrad,
  startTetrad,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

/** What the API has a message for. */
const EXPRESSIBLE = EVENTS.filter((line) => !/^\{"process_(?:connect|close|listen|accept)"/.test(line));

/** An agent that serves what it reads from standard input. */
async function serve(...flags: string[]): Promise<{ server: RunningAgent; address: string }> {
  const server = startTetrad([
    ...["--event-source=stdin", "--health-server-address="],
    ...(flags.some((flag) => flag.startsWith("--server-address")) ? [] : ["--server-address=127.0.0.1:0"]),
    ...flags,
  ]);
  return { server, address: await addressIn(server.log) };
}

/** An agent that takes events from `source` and writes them to standard output, once it is connected. */
async function follow(source: string, ...flags: string[]): Promise<RunningAgent> {
  const agent = startTetrad([`--event-source=${source}`, "--export-stdout", ...flags]);
  await agent.logged('msg="Connected"');
  return agent;
}

const isIntroduction = (line: string) => (JSON.parse(line) as { event?: string }).event === "agent_init";

/** Events that have been written, without the introduction of the agent that they come from. */
const eventsOf = (agent: RunningAgent) =>
  agent
    .stdout()
    .split("\n")
    .filter((line) => line.endsWith("}") && !isIntroduction(line));

/** Waits for a client of `server`. */
const joined = (server: RunningAgent) => server.logged('msg="Client takes events"');

/** Listens on loopback, and does with each connection what the test says. */
async function listen(onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onEnd(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("--event-source=grpc:", () => {
  test("takes the events of another agent, who says who it is first", async () => {
    const { server, address } = await serve();
    const agent = await follow(`grpc:${address}`);
    await joined(server);
    await feed(server, EVENTS);
    await until(
      () => eventsOf(agent).length === EXPRESSIBLE.length,
      () => `${eventsOf(agent).length} of ${EXPRESSIBLE.length}:\n${agent.log()}`,
    );
    expect(isIntroduction(agent.stdout().split("\n")[0]!)).toBe(true);
    const types = (lines: readonly string[]) =>
      lines.map((line) =>
        Object.keys(JSON.parse(line) as object).filter((key) => key.startsWith("process_")),
      );
    expect(types(eventsOf(agent))).toEqual(types(EXPRESSIBLE));
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
    expect(totalsIn(agent.log())).toMatchObject({ invalid: 0, stdout_exported: EXPRESSIBLE.length + 1 });
  });

  test("lets the server filter where it can", async () => {
    const { server, address } = await serve();
    const agent = await follow(
      `grpc:${address}`,
      '--export-allowlist={"event_set":["PROCESS_EXIT"]}',
      '--export-denylist={"health_check":true}',
    );
    await joined(server);
    await feed(server, EVENTS);
    const expected = EXPRESSIBLE.filter((line) => line.startsWith('{"process_exit"'));
    await until(
      () => eventsOf(agent).length === expected.length,
      () => `${eventsOf(agent).length} of ${expected.length}`,
    );
    agent.process.kill("SIGTERM");
    await agent.exit();
    expect(totalsIn(agent.log())).toMatchObject({ filtered: 0 });
  });

  test("connects again after the server was killed, and says how long events are missing", async () => {
    const path = join(temporaryDirectory(), "api.sock");
    const { server } = await serve(`--server-address=unix://${path}`);
    const agent = await follow(`grpc:unix://${path}`);
    await joined(server);
    await feed(server, EXPRESSIBLE.slice(0, 1));
    await until(
      () => eventsOf(agent).length === 1,
      () => agent.log(),
    );
    server.process.kill("SIGKILL");
    await agent.logged("Stream of events is not there: it is tried again");
    const { server: next } = await serve(`--server-address=unix://${path}`);
    await joined(next);
    await feed(next, EXPRESSIBLE.slice(1, 3));
    await until(
      () => eventsOf(agent).length === 3,
      () => agent.log(),
    );
    expect(agent.log()).toMatch(
      /msg="Stream of events is back: what happened in between is missing" .* gap=\d/,
    );
  });

  test("waits for a slow exporter: the server drops and counts what finds no room, and nothing is lost here", async () => {
    const { server, address } = await serve();
    const count = 10_000;
    const agent = startTetrad([`--event-source=grpc:${address}`, "--export-stdout"], {
      // Nothing reads its standard output for a while.
      prefix: ["bash", "-c", '"$@" | { sleep 1; wc -l; }', "bash"],
    });
    await joined(server);
    server.process.stdin.write(`${EXPRESSIBLE[0]}\n`.repeat(count));
    server.process.stdin.end();
    await server.exit();
    const sent = totalsIn(server.log());
    expect(sent.grpc_exported! + sent.grpc_queue_full! + sent.grpc_send_failed!).toBe(count);
    await agent.logged("Stream of events is not there");
    const [child] = (
      await Bun.file(`/proc/${agent.process.pid}/task/${agent.process.pid}/children`).text()
    ).split(" ");
    process.kill(Number(child), "SIGTERM");
    await agent.exit();
    const { read, stdout_exported } = totalsIn(agent.log());
    expect(stdout_exported).toBe(read!);
    expect(Number(agent.stdout().trim())).toBe(read!);
  });

  test.each([
    [
      "nothing listens",
      async (): Promise<string> => "127.0.0.1:1",
      /connection refused: nothing listens on that port of this host: no agent runs here, or its --server-address is another one/,
    ],
    [
      "the name does not resolve",
      async (): Promise<string> => "tetragon.invalid:54321",
      /could not resolve host tetragon\.invalid/,
    ],
    [
      "the peer speaks HTTP/1",
      () => listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
      /what listens there is no gRPC server, or one that wants TLS/,
    ],
    [
      "the peer closes at once",
      () => listen((socket) => socket.destroy()),
      /what listens there is no gRPC server/,
    ],
  ] as const)("says what is wrong when %s, and goes on trying", async (_, address, message) => {
    const agent = startTetrad([`--event-source=grpc:${await address()}`, "--export-stdout"]);
    await agent.logged("Stream of events is not there: it is tried again");
    expect(agent.log()).toMatch(message);
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
  });

  test.each(["grpc:", "grpc:localhost", "grpc:localhost:0", "grpc+tls:http://x:1", "grpc:unix://x"])(
    "refuses %s at start",
    async (source) => {
      const { code, stderr } = await runTetrad([`--event-source=${source}`, "--export-stdout"]);
      expect(code).toBe(2);
      expect(stderr).toContain(`--event-source`);
    },
  );
});

describe.skipIf(!HAS_OPENSSL)("--event-source=grpc+tls:", () => {
  function certificates() {
    const directory = temporaryDirectory();
    const authority = makeAuthority(directory, "authority");
    return {
      directory,
      authority,
      server: makeCertificate(directory, "server", authority),
      client: makeCertificate(directory, "client", authority),
    };
  }

  test("shows its certificate to a server that wants one", async () => {
    const { authority, server: pair, client } = certificates();
    const { server, address } = await serve(
      ...[`--server-tls-cert-file=${pair.cert}`, `--server-tls-key-file=${pair.key}`],
      ...[`--server-tls-client-ca-files=${authority.cert}`, "--server-tls-require-client-cert"],
    );
    const agent = await follow(
      `grpc+tls:${address}`,
      ...[
        `--tls-ca-cert-files=${authority.cert}`,
        `--tls-cert-file=${client.cert}`,
        `--tls-key-file=${client.key}`,
      ],
    );
    await joined(server);
    await feed(server, EXPRESSIBLE);
    await until(
      () => eventsOf(agent).length === EXPRESSIBLE.length,
      () => agent.log(),
    );
  });

  test("says so when the server speaks no TLS", async () => {
    const { authority } = certificates();
    const { address } = await serve();
    const agent = startTetrad([
      `--event-source=grpc+tls:${address}`,
      `--tls-ca-cert-files=${authority.cert}`,
      "--export-stdout",
    ]);
    await agent.logged("Stream of events is not there: it is tried again");
    expect(agent.log()).toContain("TLS: what listens there speaks no TLS");
  });

  test("takes no certificate that nobody it knows has signed", async () => {
    const { server: pair } = certificates();
    const { address } = await serve(
      `--server-tls-cert-file=${pair.cert}`,
      `--server-tls-key-file=${pair.key}`,
    );
    const agent = startTetrad([`--event-source=grpc+tls:${address}`, "--export-stdout"]);
    await agent.logged("Stream of events is not there: it is tried again");
    expect(agent.log()).toMatch(/Cannot connect to 127\.0\.0\.1:\d+: TLS: /);
  });

  test("a plain client says that the server may want TLS", async () => {
    const { server: pair } = certificates();
    const { address } = await serve(
      `--server-tls-cert-file=${pair.cert}`,
      `--server-tls-key-file=${pair.key}`,
    );
    const agent = startTetrad([`--event-source=grpc:${address}`, "--export-stdout"]);
    await agent.logged("Stream of events is not there: it is tried again");
    expect(agent.log()).toContain("one that wants TLS");
  });

  test("refuses half of a pair at start", async () => {
    const { client } = certificates();
    const { code, stderr } = await runTetrad([
      "--event-source=grpc+tls:localhost:1",
      "--export-stdout",
      `--tls-cert-file=${client.cert}`,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("Cannot use --tls-cert-file alone: needs --tls-key-file, too");
  });
});
