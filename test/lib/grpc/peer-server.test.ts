import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type ClientHttp2Session, connect, type SecureClientSessionOptions } from "node:http2";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { PEER_LIMITS } from "../../../src/lib/grpc/limits.ts";
import { PeerServer } from "../../../src/lib/grpc/peer-server.ts";
import type { PeerTls } from "../../../src/lib/grpc/peer-settings.ts";
import type { HeaderMap } from "../../../src/lib/http2/request-headers.ts";
import type { ServerStream } from "../../../src/lib/http2/server-stream.ts";
import { HAS_OPENSSL, makeAuthority, makeCertificate, type Pair } from "../../e2e/certificates.ts";
import { cleanUp, onEnd, temporaryDirectory, until } from "../../e2e/harness.ts";

afterEach(cleanUp);

/** A server that says what it was asked, and sends back what it was sent. */
async function serve({ tls, path }: { tls?: PeerTls; path?: string } = {}) {
  const asked: HeaderMap[] = [];
  const troubles: string[] = [];
  const server = new PeerServer({
    limits: { ...PEER_LIMITS, headerBytes: 256 * 1024 },
    tls,
    onStream(stream: ServerStream, headers) {
      asked.push(headers);
      stream.respond([[":status", "200"]]);
      stream.onData = (piece) => stream.write(piece.slice());
      stream.onEnd = () => stream.end([["grpc-status", "0"]]);
      if (stream.hasPeerEnded) stream.onEnd();
    },
    onTrouble: (_peer, reason) => troubles.push(reason),
    onInternalError(error) {
      throw error;
    },
  });
  onEnd(() => server.close());
  const port = await server.listen(path === undefined ? { host: "127.0.0.1", port: 0 } : { path });
  server.open();
  return { server, asked, troubles, port };
}

function open(
  address: string,
  options: SecureClientSessionOptions = {},
): ClientHttp2Session & { failed: string[] } {
  const session = Object.assign(connect(address, options), { failed: [] as string[] });
  session.on("error", (error: Error) => session.failed.push(error.message));
  onEnd(() => session.destroy());
  return session;
}

/** Sends a body, and gives what came back. */
async function exchange(session: ClientHttp2Session, body: Uint8Array, headers = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    body: Buffer;
    status: unknown;
    last: unknown;
  }>();
  const stream = session.request({ ":method": "POST", ":path": "/a", ...headers }, { endStream: false });
  const pieces: Buffer[] = [];
  let status: unknown;
  let last: unknown;
  stream.on("response", (answer) => {
    status = answer[":status"];
  });
  stream.on("trailers", (trailers) => {
    last = trailers["grpc-status"];
  });
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  stream.on("error", reject);
  stream.on("close", () => resolve({ body: Buffer.concat(pieces), status, last }));
  stream.end(body);
  return promise;
}

describe("PeerServer and node:http2", () => {
  // Names that node gives a meaning of their own, or refuses, are left out.
  const name = fc.stringMatching(/^x-[a-z0-9_.-]{1,30}$/);
  // Visible characters, of any length: short ones stand as they are, others in Huffman's code.
  const value = fc.oneof(
    fc.stringMatching(/^[\x21-\x7e]{0,300}$/),
    fc.constantFrom("grpc-go/1.85.0", "trailers", "application/grpc+proto", "x".repeat(5000)),
  );

  test("agree on thousands of headers, on one connection whose table they fill", async () => {
    const { asked, port } = await serve();
    const session = open(`http://127.0.0.1:${port}`);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 8 }), async (fields) => {
        const { status, last } = await exchange(session, new Uint8Array(0), fields);
        expect([status, last]).toEqual([200, "0"]);
        const got = Object.fromEntries([...asked.at(-1)!].filter(([key]) => key.startsWith("x-")));
        expect(got).toEqual({ ...fields });
      }),
      { numRuns: 2000 },
    );
    expect(asked).toHaveLength(2000);
    expect(asked.every((headers) => headers.get(":path") === "/a")).toBe(true);
  }, 120_000);

  test("agree on bodies, many at once", async () => {
    const { port } = await serve();
    const session = open(`http://127.0.0.1:${port}`);
    const bodies = Array.from({ length: 40 }, (_, i) => Buffer.alloc(i * i * 300, i));
    const answers = await Promise.all(bodies.map((body) => exchange(session, body)));
    for (const [i, { body, last }] of answers.entries()) {
      expect(body.equals(bodies[i]!)).toBe(true);
      expect(last).toBe("0");
    }
  });

  test("agree on the end", async () => {
    const { server, port } = await serve();
    const session = open(`http://127.0.0.1:${port}`);
    await exchange(session, new Uint8Array(0));
    const codes: number[] = [];
    session.on("goaway", (code: number) => codes.push(code));
    server.leave();
    await until(() => session.closed && server.connections === 0, "both ends to be closed");
    expect(codes).toEqual([0]);
    expect(session.failed).toEqual([]);
  });

  test("speak over a Unix socket", async () => {
    const path = join(temporaryDirectory(), "socket");
    await serve({ path });
    const session = open("http://localhost", { createConnection: () => connectSocket({ path }) });
    expect((await exchange(session, Buffer.from("abc"))).body.toString()).toBe("abc");
  });
});

test("nothing of a peer is read before the server is open", async () => {
  const asked: string[] = [];
  const server = new PeerServer({
    limits: PEER_LIMITS,
    tls: undefined,
    onStream(stream, headers) {
      asked.push(headers.get(":path")!);
      stream.end([[":status", "200"]]);
    },
    onTrouble() {},
    onInternalError(error) {
      throw error;
    },
  });
  onEnd(() => server.close());
  const port = await server.listen({ host: "127.0.0.1", port: 0 });
  const session = open(`http://127.0.0.1:${port}`);
  const answer = exchange(session, new Uint8Array(0));
  await until(() => session.socket?.bytesWritten > 0, "the client to begin");
  // The server's loop has come round a few times since.
  for (let i = 0; i < 5; i++) {
    const other = connectSocket(port!, "127.0.0.1");
    await new Promise<void>((resolve) => other.once("connect", () => resolve()));
    other.destroy();
  }
  expect(server.connections).toBe(0);
  expect(asked).toEqual([]);
  server.open();
  expect((await answer).status).toBe(200);
  expect(asked).toEqual(["/a"]);
});

describe.skipIf(!HAS_OPENSSL)("PeerServer with TLS", () => {
  const read = (path: string) => readFileSync(path);
  const tlsOf = ({ cert, key }: Pair) => ({ cert: read(cert), key: read(key) });

  function setUp() {
    const directory = temporaryDirectory();
    const authority = makeAuthority(directory, "authority");
    const stranger = makeAuthority(directory, "stranger");
    return {
      ca: read(authority.cert),
      server: tlsOf(makeCertificate(directory, "server", authority)),
      other: tlsOf(makeCertificate(directory, "other", authority)),
      client: tlsOf(makeCertificate(directory, "client", authority)),
      foreign: tlsOf(makeCertificate(directory, "foreign", stranger)),
    };
  }

  const nameOf = (session: ClientHttp2Session) =>
    (session.socket as unknown as import("node:tls").TLSSocket).getPeerCertificate().subject.CN;

  test("carries bodies that are larger than what a socket takes at once", async () => {
    const { ca, server: pair } = setUp();
    const { port } = await serve({ tls: { ...pair, requiresClient: false } });
    const session = open(`https://localhost:${port}`, { ca });
    const body = Buffer.alloc(5_000_000, "tetrad");
    expect((await exchange(session, body)).body.equals(body)).toBe(true);
  });

  test("shows a changed certificate to new connections, and those that there are go on", async () => {
    const { ca, server: pair, other } = setUp();
    const { server, port } = await serve({ tls: { ...pair, requiresClient: false } });
    const before = open(`https://localhost:${port}`, { ca });
    await exchange(before, Buffer.from("a"));
    server.useTls({ ...other, requiresClient: false });
    const after = open(`https://localhost:${port}`, { ca });
    for (const session of [before, after])
      expect((await exchange(session, Buffer.from("abc"))).body.toString()).toBe("abc");
    expect([nameOf(before), nameOf(after)] as unknown[]).toEqual(["server", "other"]);
  });

  test.each([
    ["takes clients without a certificate, where it need not be shown", false, "none", true],
    ["refuses clients without a certificate, where it must be shown", true, "none", false],
    ["takes a good certificate", true, "client", true],
    ["takes a good certificate that need not be shown", false, "client", true],
    ["refuses a certificate that others have signed", true, "foreign", false],
    ["refuses a certificate that others have signed, although it need not be shown", false, "foreign", false],
  ] as const)("%s", async (_what, requiresClient, shown, isTaken) => {
    const pairs = setUp();
    const { ca, server: pair } = pairs;
    const { asked, troubles, port } = await serve({ tls: { ...pair, ca: [ca], requiresClient } });
    const session = open(`https://localhost:${port}`, { ca, ...(shown === "none" ? {} : pairs[shown]) });
    const answer = exchange(session, Buffer.from("abc")).catch(() => undefined);
    if (isTaken) expect((await answer)?.body.toString()).toBe("abc");
    else {
      await until(() => session.destroyed && troubles.length > 0, "the connection to end");
      expect(asked).toEqual([]);
      expect(troubles).toHaveLength(1);
    }
  });

  test("refuses peers that do not speak HTTP/2, or no TLS", async () => {
    const { ca, server: pair } = setUp();
    const { troubles, port } = await serve({ tls: { ...pair, requiresClient: false } });
    const { connect: connectTls } = await import("node:tls");
    const noAlpn = connectTls({ host: "localhost", port: port!, ca });
    const plain = connectSocket(port!, "127.0.0.1");
    plain.write("GET / HTTP/1.1\r\n\r\n");
    const closed: string[] = [];
    for (const [what, socket] of [
      ["no ALPN", noAlpn],
      ["plain", plain],
    ] as const) {
      socket.on("error", () => {});
      socket.on("close", () => closed.push(what));
      socket.resume();
    }
    await until(
      () => closed.length === 2,
      () => `both to be closed: ${closed}`,
    );
    expect(troubles).toHaveLength(2);
    expect(troubles).toContain("peer does not speak HTTP/2");
  });
});
