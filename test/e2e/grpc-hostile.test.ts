import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { FineGuidanceSensors } from "../../src/encoding/protobuf/generated/tetragon/sensors_pb.ts";
import { HAS_OPENSSL, makeAuthority, makeCertificate } from "./certificates.ts";
import { addressIn, GrpcClient } from "./grpc-client.ts";
import {
  cleanUp,
  onEnd,
  type RunningAgent,
  startTetrad,
  temporaryDirectory,
  totalsIn,
  until,
} from "./harness.ts";

afterEach(cleanUp);

const { getEvents, getVersion } = FineGuidanceSensors.method;

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const CONTINUATION = 9;
const END_HEADERS = 4;
/** `:method: POST`, `:scheme: http`, `:path: /a` (RFC 7541). */
const REQUEST = Buffer.from([0x83, 0x86, 0x04, 0x02, 0x2f, 0x61]);

/** A frame (RFC 9113, section 4.1). */
function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const HELLO = Buffer.concat([PREFACE, frame(SETTINGS, 0, 0)]);

/** A connection that reads everything, or nothing, and says when it is closed. */
class Attacker {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  isClosed = false;

  constructor(address: string, { reads = true } = {}) {
    const [host, port] = address.split(":");
    this.socket = connect(Number(port), host);
    this.socket.on("error", () => {});
    if (reads) this.socket.resume();
    else this.socket.pause();
    this.closed = new Promise((resolve) => {
      this.socket.on("close", () => {
        this.isClosed = true;
        resolve();
      });
    });
    onEnd(() => void this.socket.destroy());
  }

  /** Writes until everything is written, or the connection is closed. */
  async write(...pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      if (this.isClosed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.socket.write(piece, () => resolve());
      await Promise.race([promise, this.closed]);
    }
  }
}

async function serve(...flags: string[]): Promise<{ agent: RunningAgent; address: string }> {
  const agent = startTetrad([
    ...["--event-source=stdin", "--server-address=127.0.0.1:0", "--health-server-address="],
    ...flags,
  ]);
  return { agent, address: await addressIn(agent.log) };
}

/** Resident memory, bytes. */
function memoryOf({ process }: RunningAgent): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process.pid}/status`, "utf8"))![1]) * 1024;
}

const event = (pid: number, padding = 0) =>
  `{"process_exit":{"process":{"pid":${pid},"binary":"${"x".repeat(padding)}"}},"time":"2026-01-01T00:00:00Z"}\n`;

/** Whether the API answers as if nothing had been. */
async function expectWell(address: string): Promise<void> {
  expect((await new GrpcClient(address).call(getVersion, {})).version).toStartWith("v");
}

describe("a peer is cut off, and others are served, when it sends", () => {
  const MANY = 100_000;
  const repeated = (count: number, make: (i: number) => Buffer): Buffer =>
    Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
  const streams = (from: number, count: number, also = (_id: number): Buffer => Buffer.alloc(0)) =>
    repeated(count, (i) => {
      const id = (from + i) * 2 + 1;
      return Buffer.concat([frame(HEADERS, END_HEADERS, id, REQUEST), also(id)]);
    });
  const thousands = (make: (from: number) => Buffer) =>
    Array.from({ length: MANY / 1000 }, (_, i) => make(i * 1000));

  test.each([
    ["garbage", () => [Buffer.alloc(64 * 1024, 0xa5)]],
    ["garbage after its preface", () => [HELLO, Buffer.alloc(64 * 1024, 0xa5)]],
    ["another protocol", () => [Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]],
    ["100,000 calls", () => [HELLO, ...thousands((from) => streams(from, 1000))]],
    [
      "100,000 calls that it resets",
      () => {
        const reset = (id: number) => frame(RST_STREAM, 0, id, Buffer.from([0, 0, 0, 8]));
        return [HELLO, ...thousands((from) => streams(from, 1000, reset))];
      },
    ],
    [
      "100,000 pings",
      () => [HELLO, ...thousands(() => repeated(1000, () => frame(PING, 0, 0, Buffer.alloc(8))))],
    ],
    ["100,000 settings", () => [HELLO, ...thousands(() => repeated(1000, () => frame(SETTINGS, 0, 0)))]],
    [
      "headers that do not end",
      () => {
        const field = Buffer.concat([Buffer.from([0, 1, 0x61, 127, 0x81, 0x7d]), Buffer.alloc(16_000, 0x62)]);
        const more = frame(CONTINUATION, 0, 1, field);
        return [HELLO, frame(HEADERS, 0, 1, REQUEST), ...Array.from({ length: 500 }, () => more)];
      },
    ],
  ])("%s", async (_what, pieces) => {
    const { agent, address } = await serve();
    const call = new GrpcClient(address).open(getEvents, {});
    await call.headers;
    const before = memoryOf(agent);
    const attacker = new Attacker(address);
    await attacker.write(...pieces());
    await attacker.closed;
    expect(memoryOf(agent) - before).toBeLessThan(64 * 1024 ** 2);
    agent.process.stdin.write(event(7));
    await agent.process.stdin.flush();
    await until(() => call.messages.length === 1, "the event");
    await expectWell(address);
    expect(agent.log()).toMatch(/level=warning msg="gRPC API: connection refused or ended"/);
  });
});

describe("a call is refused", () => {
  test("when its message is too long, compressed or cut off", async () => {
    const { address } = await serve();
    const client = new GrpcClient(address);
    for (const [bytes, status] of [
      [Buffer.from([0, 0x7f, 0, 0, 0]), 8],
      [Buffer.from([1, 0, 0, 0, 1, 0]), 13],
      [Buffer.from([0, 0, 0, 0, 9, 1]), 13],
      [Buffer.from([0, 0, 0, 0, 2, 0xff, 0xff]), 3],
    ] as const)
      expect((await client.openRaw(getEvents, bytes).end).status).toBe(status);
    const zipped = client.openRaw(getVersion, Buffer.alloc(5), { "grpc-encoding": "gzip" });
    expect((await zipped.end).status).toBe(12);
    expect((await zipped.headers)["grpc-accept-encoding"]).toBe("identity");
  });

  test("when its headers are too large, and the connection lives on", async () => {
    const { address } = await serve();
    const client = new GrpcClient(address);
    const { status } = await client.openRaw(getVersion, Buffer.alloc(5), { big: "x".repeat(20_000) }).end;
    expect(status).not.toBe(0);
    await expectWell(address);
  });

  test("when its regular expressions would take long and much memory, and others are served", async () => {
    const { agent, address } = await serve();
    const before = memoryOf(agent);
    const binaryRegex = Array.from({ length: 300 }, (_, i) => `^(a+)+${i}.*b{1,900}$`);
    const allowList = Array.from({ length: 128 }, () => ({ binaryRegex }));
    const { status, message } = await new GrpcClient(address).open(getEvents, { allowList }).end;
    expect(status).toBe(3);
    expect(message).toContain("too large together");
    await expectWell(address);
    expect(memoryOf(agent) - before).toBeLessThan(96 * 1024 ** 2);
  });

  test("when it is no gRPC", async () => {
    const { address } = await serve();
    const client = new GrpcClient(address);
    expect(
      await client.openRaw(getVersion, Buffer.alloc(5), { "content-type": "text/plain" }).headers,
    ).toMatchObject({
      ":status": 415,
    });
    expect(await client.openRaw(getVersion, Buffer.alloc(0), { ":method": "GET" }).headers).toMatchObject({
      ":status": 405,
    });
  });
});

describe("connections", () => {
  test("that have begun nothing are closed after a while", async () => {
    const { address } = await serve();
    const silent = new Attacker(address);
    const slow = new Attacker(address);
    const dribble = setInterval(() => slow.socket.write(PREFACE.subarray(0, 1)), 3000);
    onEnd(() => clearInterval(dribble));
    await Promise.all([silent.closed, slow.closed]);
    await expectWell(address);
  });

  test.skipIf(!HAS_OPENSSL)("whose TLS handshake never ends are closed after a while", async () => {
    const directory = temporaryDirectory();
    const authority = makeAuthority(directory, "authority");
    const { cert, key } = makeCertificate(directory, "server", authority);
    const { address } = await serve(`--server-tls-cert-file=${cert}`, `--server-tls-key-file=${key}`);
    const attackers = Array.from({ length: 50 }, () => new Attacker(address));
    // A record of a handshake that says it has more than there is.
    await Promise.all(attackers.map((attacker) => attacker.write(Buffer.from([22, 3, 1, 2, 0, 1]))));
    const ca = readFileSync(authority.cert);
    const client = new GrpcClient(address.replace("127.0.0.1", "localhost"), { ca });
    expect((await client.call(getVersion, {})).version).toStartWith("v");
    await Promise.all(attackers.map(({ closed }) => closed));
  });

  test("beyond the limit take the place of idle ones, and never of those with a call", async () => {
    const { agent, address } = await serve();
    const call = new GrpcClient(address).open(getEvents, {});
    await call.headers;
    const attackers = Array.from({ length: 400 }, () => new Attacker(address));
    await Promise.all(attackers.map((attacker) => attacker.write(HELLO)));
    await until(
      () => attackers.filter(({ isClosed }) => isClosed).length >= 144,
      "those beyond the limit to be closed",
    );
    await expectWell(address);
    agent.process.stdin.write(event(1));
    await agent.process.stdin.flush();
    await until(() => call.messages.length === 1, "the event");
  });
});

describe("clients that never read", () => {
  test("lose events, which is counted and logged, take no more than their queues, and slow nobody", async () => {
    const { agent, address } = await serve("--event-queue-size=2000", "--event-queue-bytes=1M");
    const reader = new GrpcClient(address).open(getEvents, {});
    await reader.headers;
    const stuck = Array.from({ length: 20 }, () => {
      const client = new GrpcClient(address);
      const call = client.open(getEvents, {});
      call.stream.pause();
      return call;
    });
    await Promise.all(stuck.map(({ headers }) => headers));
    const before = memoryOf(agent);
    const EVENTS = 40_000;
    for (let i = 0; i < EVENTS; i += 100) {
      agent.process.stdin.write(Array.from({ length: 100 }, (_, j) => event(i + j, 600)).join(""));
      await agent.process.stdin.flush();
      await until(
        () => reader.messages.length > i - 1000,
        () => `event ${i}, got ${reader.messages.length}`,
      );
    }
    await until(
      () => reader.messages.length === EVENTS,
      () => `${reader.messages.length} events`,
    );
    expect(memoryOf(agent) - before).toBeLessThan(64 * 1024 ** 2);
    agent.process.kill("SIGTERM");
    await reader.end;
    expect(await agent.exit()).toBe(0);
    expect(agent.log()).toContain("A gRPC client does not read fast enough: it loses events");
    const totals = totalsIn(agent.log());
    expect(totals.grpc_queue_full).toBeGreaterThan(EVENTS);
    expect(
      totals.grpc_exported! +
        totals.grpc_queue_full! +
        totals.grpc_send_failed! +
        totals.grpc_not_expressible!,
    ).toBe(EVENTS * 21);
  });
});
