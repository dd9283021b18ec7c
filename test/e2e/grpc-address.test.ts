import { afterEach, describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { FineGuidanceSensors } from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "./certificates.ts";
import { addressIn, GrpcClient } from "./grpc-client.ts";
import {
  cleanUp,
  onEnd,
  runTetrad,
  startTetrad,
  TestReceiver,
  temporaryDirectory,
  until,
} from "./harness.ts";
import { CAN_UNSHARE, makeNamespace } from "./namespace.ts";

afterEach(cleanUp);

const { getVersion, getEvents } = FineGuidanceSensors.method;
const STDIN = "--event-source=stdin";
const NO_HEALTH = "--health-server-address=";

describe("--server-address of a Unix socket", () => {
  test("is a socket that others cannot connect to, and goes with the agent", async () => {
    const path = join(temporaryDirectory(), "tetrad.sock");
    const agent = startTetrad([STDIN, NO_HEALTH, `--server-address=unix://${path}`]);
    expect(await addressIn(agent.log)).toBe(`unix://${path}`);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const client = new GrpcClient("localhost", { path });
    expect((await client.call(getVersion, {})).version).toStartWith("v");
    agent.process.kill("SIGTERM");
    expect(await agent.exit()).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test("replaces a socket that nobody listens on", async () => {
    const path = join(temporaryDirectory(), "tetrad.sock");
    const first = startTetrad([STDIN, NO_HEALTH, `--server-address=unix://${path}`]);
    await addressIn(first.log);
    first.process.kill("SIGKILL");
    await first.exit();
    expect(existsSync(path)).toBe(true);
    const second = startTetrad([STDIN, NO_HEALTH, `--server-address=unix://${path}`]);
    await addressIn(second.log);
    expect((await new GrpcClient("localhost", { path }).call(getVersion, {})).version).toStartWith("v");
  });

  test("leaves a socket alone that somebody listens on, and anything that is no socket", async () => {
    const directory = temporaryDirectory();
    const live = join(directory, "live.sock");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen({ path: live }, resolve));
    onEnd(() => void server.close());
    const file = join(directory, "file");
    writeFileSync(file, "text");
    for (const [path, reason] of [
      [live, "another program listens there"],
      [file, "found something there that is no socket"],
      [join(directory, "none", "a.sock"), `there is no directory ${join(directory, "none")} (ENOENT)`],
    ] as const) {
      const { code, stderr } = await runTetrad([STDIN, NO_HEALTH, `--server-address=unix://${path}`]);
      expect(code).toBe(3);
      expect(stderr).toContain(`Cannot listen on --server-address \\"unix://${path}\\": ${reason}`);
    }
    expect(statSync(live).isSocket()).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("text");
  });
});

describe("--server-address", () => {
  test.each(["localhost", "localhost:", "localhost:65536", "unix://relative", "[::1]", "a b:1"])(
    "is refused as %s",
    async (address) => {
      const { code, stderr } = await runTetrad([STDIN, `--server-address=${address}`]);
      expect(code).toBe(2);
      expect(stderr).toContain(
        `Cannot use --server-address (flag): found ${JSON.stringify(address)}, expected host:port, :port or unix:///path`,
      );
    },
  );

  test("that was set and is taken ends the start with 3", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onEnd(() => void server.close());
    const { port } = server.address() as { port: number };
    const { code, stderr } = await runTetrad([STDIN, `--server-address=127.0.0.1:${port}`]);
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /Cannot listen on --server-address .*: another program listens there \(EADDRINUSE\)/,
    );
  });
});

describe.skipIf(!CAN_UNSHARE)("Tetragon's default addresses", () => {
  const open = (shell: (script: string) => string) =>
    shell("cat /proc/net/tcp /proc/net/tcp6 | awk '$4==\"0A\"{print $2}'")
      .split("\n")
      .filter(Boolean)
      .map((address) => address.split(":").map((part, i) => (i === 1 ? Number.parseInt(part, 16) : part)))
      .map(([host, port]) => `${host === "0100007F" ? "loopback" : host}:${port}`)
      .sort();

  test("are open, on loopback, where there is no exporter", async () => {
    const { prefix, shell } = await makeNamespace();
    const agent = startTetrad([STDIN], { prefix });
    await addressIn(agent.log, "Health service");
    expect(open(shell)).toEqual(["loopback:54321", "loopback:6789"]);
  });

  test("are closed beside an exporter without the sensor, and beside UDP", async () => {
    const { prefix, shell } = await makeNamespace();
    const stdout = startTetrad([STDIN, "--export-stdout"], { prefix });
    await stdout.logged("Source started");
    const udp = startTetrad([STDIN, "--udp-output-enabled", "--udp-output-port=9"], { prefix });
    await udp.logged("Source started");
    expect(open(shell)).toEqual([]);
  });

  test("open beside UDP for --grpc-enabled, and close for --grpc-enabled=false", async () => {
    const { prefix, shell } = await makeNamespace();
    const udp = ["--udp-output-enabled", "--udp-output-port=9"];
    const agent = startTetrad([STDIN, ...udp, "--grpc-enabled"], { prefix });
    expect(await addressIn(agent.log)).toBe("localhost:54321");
    expect(open(shell)).toEqual(["loopback:54321"]);
    const closed = startTetrad([STDIN, ...udp, "--grpc-enabled=false", "--server-address=:1"], { prefix });
    await closed.logged("Source started");
    expect(open(shell)).toEqual(["loopback:54321"]);
  });

  test("that are taken are a warning", async () => {
    const { prefix } = await makeNamespace();
    const first = startTetrad([STDIN], { prefix });
    await addressIn(first.log, "Health service");
    const second = startTetrad([STDIN], { prefix });
    await second.logged("Source started");
    for (const address of ['--server-address \\\\"localhost:54321\\\\"', "--health-server-address"])
      expect(second.log()).toMatch(
        new RegExp(`level=warning msg="Cannot listen on ${address}.*: the run goes on without it"`),
      );
  });

  test("of the health service are for all when they are set", async () => {
    const { prefix, shell } = await makeNamespace();
    const agent = startTetrad([STDIN, "--server-address=127.0.0.1:0", "--health-server-address=:6789"], {
      prefix,
    });
    await addressIn(agent.log, "Health service");
    expect(open(shell).some((address) => /^0+:6789$/.test(address))).toBe(true);
  });

  test("are where Tetragon's clients look for them, but for those of another agent that runs", async () => {
    const { prefix, shell } = await makeNamespace();
    shell(
      "mount -t tmpfs none /run; mkdir -p /var/run || true; [ /var/run -ef /run ] || mount --bind /run /var/run",
    );
    const info = () =>
      JSON.parse(shell("cat /var/run/tetragon/tetragon-info.json")) as Record<string, unknown>;
    const first = startTetrad([STDIN], { prefix });
    await addressIn(first.log);
    await until(() => shell("ls /var/run/tetragon 2>/dev/null || true").includes("info.json\n"), first.log);
    expect(info()).toMatchObject({
      server_address: "localhost:54321",
      export_fname: "",
      pid: expect.any(Number),
    });
    const { pid } = info();
    const second = startTetrad([STDIN, "--server-address=127.0.0.1:0", NO_HEALTH], { prefix });
    await second.logged("it is that of a running agent");
    expect(info().pid).toBe(pid);
    first.process.kill("SIGTERM");
    expect(await first.exit()).toBe(0);
    expect(shell("ls /var/run/tetragon")).toBe("");
  });
});

describe.skipIf(!HAS_OPENSSL)("TLS", () => {
  const certificates = () => {
    const directory = temporaryDirectory();
    const authority = makeAuthority(directory, "authority");
    const server = makeCertificate(directory, "server", authority);
    return { directory, authority, server, ca: readFileSync(authority.cert) };
  };
  const flagsOf = ({ cert, key }: { cert: string; key: string }) => [
    ...[STDIN, NO_HEALTH, "--server-address=127.0.0.1:0"],
    ...[`--server-tls-cert-file=${cert}`, `--server-tls-key-file=${key}`],
  ];
  const local = (address: string) => address.replace("127.0.0.1", "localhost");

  test("is spoken with the certificate of the flags", async () => {
    const { server, ca } = certificates();
    const agent = startTetrad(flagsOf(server));
    const address = await addressIn(agent.log);
    expect((await new GrpcClient(local(address), { ca }).call(getVersion, {})).version).toStartWith("v");
    // Plain text is not taken.
    const plain = new GrpcClient(address);
    expect((await plain.open(getVersion, {}).end).status).toBe(2);
  });

  test("asks clients for a certificate that an authority has signed", async () => {
    const { directory, authority, server, ca } = certificates();
    const mine = makeCertificate(directory, "client", authority);
    const stranger = makeCertificate(directory, "stranger", makeAuthority(directory, "other"));
    const agent = startTetrad([
      ...flagsOf(server),
      `--server-tls-client-ca-files=${authority.cert}`,
      "--server-tls-require-client-cert",
    ]);
    const address = local(await addressIn(agent.log));
    const shown = ({ cert, key }: typeof mine) => ({ ca, cert: readFileSync(cert), key: readFileSync(key) });
    expect((await new GrpcClient(address, shown(mine)).call(getVersion, {})).version).toStartWith("v");
    for (const options of [{ ca }, shown(stranger)])
      expect((await new GrpcClient(address, options).open(getVersion, {}).end).status).toBe(2);
  });

  test("shows a changed certificate to new clients, and keeps the streams of those that there are", async () => {
    const { directory, authority, server, ca } = certificates();
    const agent = startTetrad(flagsOf(server));
    const address = local(await addressIn(agent.log));
    const before = new GrpcClient(address, { ca });
    const stream = before.open(getEvents, {});
    await stream.headers;
    // Half of a change is no change.
    const other = makeAuthority(directory, "other");
    const next = makeCertificate(directory, "next", other);
    copyFileSync(next.cert, server.cert);
    agent.process.kill("SIGHUP");
    await agent.logged("Cannot use the changed certificate: the one before stays");
    expect((await new GrpcClient(address, { ca }).call(getVersion, {})).version).toStartWith("v");
    renameSync(next.key, server.key);
    agent.process.kill("SIGHUP");
    await agent.logged("Certificate read anew");
    const after = new GrpcClient(address, { ca: readFileSync(other.cert) });
    expect((await after.call(getVersion, {})).version).toStartWith("v");
    expect((await before.call(getVersion, {})).version).toStartWith("v");
    expect(authority.cert).toEndWith("authority.pem");
  });

  test("needs files that belong together", async () => {
    const { directory, authority, server } = certificates();
    const other = makeCertificate(directory, "other", authority);
    for (const [flags, message] of [
      [
        [`--server-tls-cert-file=${server.cert}`],
        "Cannot use --server-tls-cert-file: needs --server-tls-key-file, too",
      ],
      [flagsOf({ cert: server.cert, key: other.key }), "it is not the key of"],
      [flagsOf({ cert: join(directory, "none"), key: server.key }), "Cannot read --server-tls-cert-file"],
      [flagsOf({ cert: server.key, key: server.key }), "Cannot use --server-tls-cert-file"],
      [flagsOf({ cert: server.cert, key: server.cert }), "found no private key in it that can be used"],
      [
        [...flagsOf(server), "--server-tls-require-client-cert"],
        "needs --server-tls-cert-file and --server-tls-client-ca-files",
      ],
    ] as const) {
      const { code, stderr } = await runTetrad([...new Set([STDIN, ...flags])]);
      expect(code).toBe(2);
      expect(stderr).toContain(message);
    }
  });
});

test("events still go out over UDP beside the API", async () => {
  const receiver = await TestReceiver.open();
  const agent = startTetrad([
    ...[STDIN, "--udp-output-enabled", `--udp-output-port=${receiver.port}`],
    "--server-address=127.0.0.1:0",
  ]);
  const call = new GrpcClient(await addressIn(agent.log)).open(getEvents, {});
  await call.headers;
  agent.process.stdin.write('{"process_exit":{"process":{"pid":1}},"time":"2026-01-01T00:00:00Z"}\n');
  await agent.process.stdin.flush();
  await until(() => receiver.events.length === 1 && call.messages.length === 1, agent.log);
});
