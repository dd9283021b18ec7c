import { expect, test } from "bun:test";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { GrpcClient } from "../../../src/lib/grpc/client.ts";
import type { GrpcError } from "../../../src/lib/grpc/status.ts";
import { FRAME } from "../../../src/lib/http2/protocol.ts";
import { frame, uint32 } from "../http2/support.ts";

/** A server that says hello, and then the same without end, once it is called. */
async function flood(what: Uint8Array): Promise<{ port: number } & Disposable> {
  const sockets = new Set<Socket>();
  const piece = Buffer.concat(Array.from({ length: Math.ceil(65_536 / what.length) }, () => what));
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.write(frame(FRAME.settings, 0, 0));
    const send = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    // The preface and the first settings come before the call.
    let bytes = 0;
    socket.on("data", ({ length }) => {
      bytes += length;
      if (bytes > 1000 && bytes - length <= 1000) send();
    });
    socket.on("drain", send);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function connectTo(port: number): Promise<GrpcClient> {
  return GrpcClient.connect({
    target: { kind: "tcp", host: "127.0.0.1", port },
    windowBytes: 1024 * 1024,
    messageBytes: 1024,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
  });
}

test.each<[what: string, bytes: Uint8Array]>([
  ["goodbyes that take all streams", frame(FRAME.goaway, 0, 0, [...uint32(2 ** 31 - 1), 0, 0, 0, 0])],
  ["acknowledgements of settings", frame(FRAME.settings, 1, 0)],
  ["windows", frame(FRAME.windowUpdate, 0, 0, uint32(1))],
  ["windows of the call", frame(FRAME.windowUpdate, 0, 1, uint32(1))],
  ["priorities", frame(FRAME.priority, 0, 1, [0, 0, 0, 0, 1])],
  ["unknown frames", frame(0xfa, 0, 0)],
  ["long unknown frames", frame(0xfa, 0, 0, Buffer.alloc(16_384))],
  ["other servers' addresses", frame(0xa, 0, 0, [0, 1, 0x61, 0x62])],
  ["answers that are on their way", frame(FRAME.headers, 4, 1, [0x08, 3, 0x31, 0x30, 0x30])],
  ["resets", frame(FRAME.rstStream, 0, 9, uint32(8))],
  ["data of no call", frame(FRAME.data, 0, 9, [1])],
])("a server's flood of %s ends the connection", async (_what, bytes) => {
  using server = await flood(bytes);
  const client = await connectTo(server.port);
  const caught = await client
    .unary("/a.B/C", new Uint8Array(4096), 20_000)
    .catch((error: GrpcError) => error);
  expect(client.isClosed).toBe(true);
  expect(caught).toMatchObject({ name: "GrpcError" });
});

test("a call after a flood says what was wrong", async () => {
  using server = await flood(frame(0xfa, 0, 0));
  const client = await connectTo(server.port);
  await expect(client.unary("/a.B/C", new Uint8Array(4096), 20_000)).rejects.toThrow(
    "the server floods it with what is no answer",
  );
});
