import { afterEach, describe, expect, test } from "bun:test";
import type { Socket } from "bun";
import { HTTP_LIMITS, type HttpLimits, HttpServer } from "../../../src/server/metrics/http-server.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const GET = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";

async function setUp(limits: Partial<HttpLimits> = {}, body = "a 1\n", isOpen = true) {
  const page = { type: "text/plain", body: Buffer.from(body) };
  const server = new HttpServer({ limits: { ...HTTP_LIMITS, ...limits }, find: () => page });
  cleanups.push(() => server.close());
  const port = await server.listen({ host: "127.0.0.1", port: 0 });
  if (isOpen) server.open();
  return { server, port: port! };
}

/** A client that keeps what it gets. */
class Client {
  text = "";
  readonly closed = Promise.withResolvers<string>();
  socket: Socket<undefined> | undefined;

  static async connect(port: number, reads = true): Promise<Client> {
    const client = new Client();
    client.socket = await Bun.connect<undefined>({
      hostname: "127.0.0.1",
      port,
      socket: {
        data(_socket, bytes) {
          client.text += bytes.toString("latin1");
        },
        close: () => client.closed.resolve(client.text),
        error: () => client.closed.resolve(client.text),
      },
    });
    if (!reads) client.socket.pause();
    cleanups.push(() => client.socket?.terminate());
    return client;
  }

  send(text: string): this {
    this.socket?.write(text);
    return this;
  }
}

describe("HttpServer", () => {
  test("answers one request on a connection, and closes it", async () => {
    const { port } = await setUp();
    const client = await Client.connect(port);
    expect(await client.send(GET).closed.promise).toEndWith("\r\n\r\na 1\n");
  });

  test("answers a request that comes in pieces, and one behind which its sender has ended", async () => {
    const { port } = await setUp();
    const client = await Client.connect(port);
    for (const byte of GET) client.send(byte);
    client.socket?.shutdown();
    expect(await client.closed.promise).toEndWith("\r\n\r\na 1\n");
  });

  test("sends a large page whole", async () => {
    const { port } = await setUp({}, "x".repeat(6_000_000));
    const client = await Client.connect(port);
    expect(await client.send(GET).closed.promise).toEndWith("x".repeat(6_000_000));
  });

  test("answers those who came before it was open when it is", async () => {
    const { server, port } = await setUp({}, "a 1\n", false);
    const client = (await Client.connect(port)).send(GET);
    while (server.connections === 0) await Bun.sleep(1);
    expect(client.text).toBe("");
    server.open();
    expect(await client.closed.promise).toEndWith("a 1\n");
  });

  test("ends a request that goes on and on: by its bytes, and by its time", async () => {
    const { port } = await setUp({ requestMs: 50 });
    const large = (await Client.connect(port)).send(`GET / HTTP/1.1\r\nx: ${"y".repeat(20_000)}`);
    expect(await large.closed.promise).toStartWith("HTTP/1.1 431 ");
    const slow = await Client.connect(port);
    const drip = setInterval(() => slow.send("x"), 5);
    cleanups.push(() => clearInterval(drip));
    expect(await slow.closed.promise).toBe("");
  });

  test("closes a connection on which nothing is asked, and one that takes no answer", async () => {
    const { server, port } = await setUp({ requestMs: 50, responseMs: 50 }, "x".repeat(20_000_000));
    const silent = await Client.connect(port);
    (await Client.connect(port, false)).send(GET);
    expect(await silent.closed.promise).toBe("");
    while (server.connections > 0) await Bun.sleep(5);
  });

  test("has at most so many connections: the oldest goes, and who asks at once is answered", async () => {
    const { server, port } = await setUp({ connections: 4 });
    const idle = await Promise.all(Array.from({ length: 20 }, () => Client.connect(port)));
    const client = (await Client.connect(port)).send(GET);
    expect(await client.closed.promise).toEndWith("a 1\n");
    expect(server.connections).toBeLessThanOrEqual(4);
    expect(await idle[0]!.closed.promise).toBe("");
  });

  test("holds no more bytes for those who do not read than its limit", async () => {
    const body = "x".repeat(8_000_000);
    const { server, port } = await setUp({ waitingBytes: 20_000_000 }, body);
    for (let i = 0; i < 6; i++) {
      (await Client.connect(port, false)).send(GET);
      await Bun.sleep(20);
    }
    while (server.connections > 4) await Bun.sleep(5);
    expect(server.connections).toBeLessThanOrEqual(4);
    const client = (await Client.connect(port)).send(GET);
    expect((await client.closed.promise).length).toBeGreaterThan(body.length);
  });

  test("keeps no connection and no timer when it is closed, more than once", async () => {
    const { server, port } = await setUp();
    const client = await Client.connect(port);
    server.close();
    server.close();
    expect(await client.closed.promise).toBe("");
    expect(server.connections).toBe(0);
  });
});
