import { afterEach, describe, expect, test } from "bun:test";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { PEER_LIMITS, type PeerLimits } from "../../../src/lib/grpc/limits.ts";
import { frameMessage } from "../../../src/lib/grpc/message.ts";
import { PeerServer } from "../../../src/lib/grpc/peer-server.ts";
import { type Method, Router } from "../../../src/lib/grpc/router.ts";
import { GrpcError, STATUS } from "../../../src/lib/grpc/status.ts";
import { cleanUp, onEnd, until } from "../../e2e/harness.ts";

afterEach(cleanUp);

/** Serves one method to a client that takes nothing until it is told to. */
async function serve(method: Method, limits: Partial<PeerLimits> = {}): Promise<ClientHttp2Session> {
  const all = { ...PEER_LIMITS, ...limits };
  const fail = (error: unknown) => {
    throw error;
  };
  const router = new Router({ limits: all, find: () => method, onInternalError: fail });
  const server = new PeerServer({
    limits: all,
    tls: undefined,
    onStream: (stream, headers, peer) => router.accept(stream, headers, peer),
    onTrouble() {},
    onInternalError: fail,
  });
  onEnd(() => server.close());
  const port = await server.listen({ host: "127.0.0.1", port: 0 });
  server.open();
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
  session.on("error", () => {});
  onEnd(() => session.destroy());
  return session;
}

/** A call, and what came of it. */
interface Called {
  readonly stream: ClientHttp2Stream;
  bytes: number;
  status: unknown;
  isOver: boolean;
}

function call(session: ClientHttp2Session): Called {
  const stream = session.request(
    { ":method": "POST", ":path": "/a.B/C", "content-type": "application/grpc", te: "trailers" },
    { endStream: false },
  );
  const called: Called = { stream, bytes: 0, status: undefined, isOver: false };
  const note = (headers: Record<string, unknown>) => {
    called.status = headers["grpc-status"] ?? called.status;
  };
  stream.on("response", note);
  stream.on("trailers", note);
  stream.on("data", (piece: Buffer) => {
    called.bytes += piece.length;
  });
  stream.on("error", () => {});
  stream.on("close", () => {
    called.isOver = true;
  });
  return called;
}

const REQUEST = frameMessage(new Uint8Array(1));

describe("answers that are not taken", () => {
  test("stop a dialogue, which goes on once they are", async () => {
    let handled = 0;
    const session = await serve({
      kind: "dialogue",
      handle() {
        handled++;
        return new Uint8Array(1000);
      },
    });
    const dialogue = call(session);
    for (let i = 0; i < 10; i++) dialogue.stream.write(REQUEST);
    await until(() => handled > 0, "the first request");
    await Bun.sleep(50);
    expect(handled).toBe(1);
    session.settings({ initialWindowSize: 100_000 });
    dialogue.stream.end();
    await until(() => dialogue.isOver, "the end");
    expect(dialogue).toMatchObject({ status: "0", bytes: 10 * 1005 });
    expect(handled).toBe(10);
  });

  test("make room for others, the oldest first", async () => {
    const session = await serve({ kind: "unary", handle: () => new Uint8Array(1000) }, { answerBytes: 2500 });
    const calls: Called[] = [];
    for (let i = 0; i < 4; i++) {
      const called = call(session);
      calls.push(called);
      called.stream.end(REQUEST);
      await new Promise((resolve) => called.stream.once("response", resolve));
    }
    await until(() => calls[0]!.isOver && calls[1]!.isOver, "the oldest to be ended");
    session.settings({ initialWindowSize: 100_000 });
    await until(() => calls.every(({ isOver }) => isOver), "the others to be answered");
    expect(calls.map(({ bytes }) => bytes)).toEqual([0, 0, 1005, 1005]);
  });

  test("are given up after a while", async () => {
    const session = await serve({ kind: "unary", handle: () => new Uint8Array(1000) }, { answerMs: 50 });
    const called = call(session);
    called.stream.end(REQUEST);
    await until(() => called.isOver, "the end");
    expect(called.bytes).toBe(0);
  });
});

test("requests that wait count towards what all may take", async () => {
  const session = await serve(
    { kind: "dialogue", handle: () => new Uint8Array(1000) },
    { pendingBytes: 10_000 },
  );
  const dialogue = call(session);
  // The first is answered, and nobody takes it; the others wait.
  for (let i = 0; i < 12; i++) dialogue.stream.write(frameMessage(new Uint8Array(1000)));
  session.settings({ initialWindowSize: 100_000 });
  await until(() => dialogue.isOver, "the end");
  expect(dialogue.status).toBe(String(STATUS.resourceExhausted));
});

test("a status message has 1,024 characters at most", async () => {
  const session = await serve({
    kind: "unary",
    handle() {
      throw new GrpcError(STATUS.notFound, "x".repeat(1_000_000));
    },
  });
  const called = call(session);
  const answer = new Promise<Record<string, unknown>>((resolve) => called.stream.once("response", resolve));
  called.stream.end(REQUEST);
  expect(String((await answer)["grpc-message"])).toBe(`${"x".repeat(1023)}%E2%80%A6`);
});
