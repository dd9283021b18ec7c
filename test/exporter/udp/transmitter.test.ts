import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { Congestion } from "../../../src/exporter/udp/congestion.ts";
import { LocalErrors } from "../../../src/exporter/udp/local-errors.ts";
import { Path } from "../../../src/exporter/udp/path.ts";
import { Transmitter } from "../../../src/exporter/udp/transmitter.ts";
import { RUN_BYTES } from "../../../src/os/datagram-sender.ts";
import { AF_INET, encodeSocketAddress } from "../../../src/os/socket-address.ts";
import { reportErrors, setReceiveBuffer } from "../../../src/os/udp-socket.ts";
import { createExporterCounters } from "../../../src/telemetry/counters.ts";
import { omitChecksums, receiveTogether } from "../../os/socket-options.ts";
import { batchOf, until } from "../support.ts";

const fdOf = (socket: unknown) => (socket as { readonly fd: number }).fd;

class NotedPath extends Path {
  refusals = 0;
  override refuse(now: number): void {
    this.refusals++;
    super.refuse(now);
  }
}

/** A transmitter to a receiver on loopback that keeps all that comes. */
async function openPair({ padPercent = 0, hasPath = true, maxDatagramBytes = 65507 } = {}) {
  const datagrams: string[] = [];
  const receiver = await Bun.udpSocket({
    hostname: "127.0.0.1",
    binaryType: "buffer",
    socket: { data: (_socket, data) => void datagrams.push(data.toString()) },
  });
  setReceiveBuffer(fdOf(receiver), 64 * 1024 * 1024);
  const socket = await Bun.udpSocket({ hostname: "0.0.0.0" });
  reportErrors(fdOf(socket), AF_INET, false);
  const address = encodeSocketAddress("127.0.0.1", receiver.port);
  const counters = createExporterCounters();
  const checkpoint = Checkpoint.anonymous();
  const seen = { wishes: 0, errors: 0 };
  const transmitter = new Transmitter({
    maxDatagramBytes,
    padPercent,
    runBytes: RUN_BYTES,
    inflight: checkpoint.inflight,
    counters,
    congestion: new Congestion(),
    onPathWanted: () => void seen.wishes++,
    onAnswer: () => {},
    onError: () => void seen.errors++,
    onTooLarge: () => {},
  });
  transmitter.setDestination(fdOf(socket), address);
  const localErrors = new LocalErrors(fdOf(socket), AF_INET, address);
  const path = new NotedPath({
    fd: fdOf(socket),
    family: AF_INET,
    receiver: address,
    localErrors,
    largestPacket: Number.POSITIVE_INFINITY,
    wantsRuns: true,
  });
  if (hasPath) transmitter.setPath(path);
  return {
    transmitter,
    path,
    counters,
    checkpoint,
    datagrams,
    seen,
    fd: fdOf(socket),
    receiverFd: fdOf(receiver),
    [Symbol.dispose]() {
      path[Symbol.dispose]();
      localErrors[Symbol.dispose]();
      socket.close();
      receiver.close();
    },
  };
}

/** A document of exactly so many bytes, newline included, that says which one it is. */
function documentOf(i: number, bytes: number): string {
  const text = (filler: string) => JSON.stringify({ i, filler });
  return text("x".repeat(Math.max(0, bytes - 1 - text("").length)));
}

describe("Transmitter", () => {
  test("what a receiver gets is each event, spaces before its newline, in order, and costs no more than it may", async () => {
    const input = fc.record({
      lengths: fc.array(
        fc.oneof(fc.integer({ min: 40, max: 300 }), fc.constant(200), fc.integer({ min: 40, max: 20_000 })),
        { minLength: 1, maxLength: 200 },
      ),
      padPercent: fc.constantFrom(0, 1, 10, 25, 100),
    });
    await fc.assert(
      fc.asyncProperty(input, async ({ lengths, padPercent }) => {
        using pair = await openPair({ padPercent });
        const lines = lengths.map((bytes, i) => documentOf(i, bytes));
        expect(pair.transmitter.transmit(batchOf(lines))).toBe(lines.length);
        await until(() => pair.datagrams.length === lines.length, "all have come");
        expect(pair.datagrams.map((text) => text.replace(/ *\n$/, ""))).toEqual(lines);
        const sent = pair.datagrams.join("").length;
        const own = lines.join("\n").length + 1;
        expect((sent - own) * 100).toBeLessThanOrEqual(own * padPercent);
        expect(pair.counters).toMatchObject({
          exported: lines.length,
          bytes_exported: sent,
          send_failed: 0,
          too_large: 0,
        });
        expect(pair.path.refusals).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test("adds spaces for --udp-pad alone: 0 leaves the bytes as they came", async () => {
    using pair = await openPair();
    const lines = [200, 200, 200, 180, 210, 210].map((bytes, i) => documentOf(i, bytes));
    pair.transmitter.transmit(batchOf(lines));
    await until(() => pair.datagrams.length === lines.length, "all have come");
    expect(pair.datagrams).toEqual(lines.map((line) => `${line}\n`));
  });

  test("commits the position of a run as a whole, and of each stream", async () => {
    using pair = await openPair({ padPercent: 50 });
    const stream = pair.checkpoint.slotFor({ dev: 1n, ino: 1n, fingerprint: 1n }, 0);
    const batch = batchOf([120, 150, 130, 140].map((bytes, i) => documentOf(i, bytes)));
    batch.stream = stream;
    pair.transmitter.transmit(batch);
    expect(pair.checkpoint.position(stream)).toBe(batch.positionAt(3));
  });

  test("asks for the path once, when lines come that could leave together", async () => {
    using pair = await openPair({ hasPath: false });
    const [one, other] = [documentOf(1, 100), documentOf(2, 101)];
    pair.transmitter.transmit(batchOf([one, other, one]));
    expect(pair.seen.wishes).toBe(0);
    pair.transmitter.transmit(batchOf([one, one]));
    pair.transmitter.transmit(batchOf([one, one]));
    expect(pair.seen.wishes).toBe(1);
    await until(() => pair.datagrams.length === 7, "all have come, one by one");
  });

  test("a socket whose runs the kernel refuses loses no event by it, and is asked for no more of them", async () => {
    using pair = await openPair({ padPercent: 25 });
    // The kernel sums up what it cuts, or does not cut: EINVAL.
    expect(omitChecksums(pair.fd)).toBe(true);
    const lines = Array.from({ length: 300 }, (_, i) => documentOf(i, 100 + (i % 7)));
    expect(pair.transmitter.transmit(batchOf(lines))).toBe(lines.length);
    expect(pair.transmitter.transmit(batchOf(lines))).toBe(lines.length);
    await until(() => pair.datagrams.length === 2 * lines.length, "all have come");
    expect(pair.datagrams).toEqual([...lines, ...lines].map((line) => `${line}\n`));
    expect(pair.seen).toEqual({ wishes: 0, errors: 0 });
    expect(pair.path.refusals).toBe(1);
    expect(pair.counters).toMatchObject({ exported: 600, send_failed: 0, retries: 0 });
  });

  test("a receiver that asks for it gets a run as it left, whole documents and newlines", async () => {
    using pair = await openPair({ padPercent: 25 });
    expect(receiveTogether(pair.receiverFd)).toBe(true);
    const lines = Array.from({ length: 64 }, (_, i) => documentOf(i, 100 + (i % 7)));
    pair.transmitter.transmit(batchOf(lines));
    await until(() => pair.datagrams.join("").split("\n").length === 65, "all have come");
    expect(pair.datagrams.length).toBe(1);
    const documents = pair.datagrams.join("").split("\n").slice(0, -1);
    expect(documents.map((text) => text.trimEnd())).toEqual(lines);
  });

  test("a line too large for a datagram is shortened in its place between runs", async () => {
    using pair = await openPair({ padPercent: 25, maxDatagramBytes: 600 });
    const lines = [100, 100, 5000, 110, 110].map((bytes, i) => documentOf(i, bytes));
    expect(pair.transmitter.transmit(batchOf(lines))).toBe(5);
    await until(() => pair.datagrams.length === 5, "all have come");
    expect(pair.datagrams.map((text) => JSON.parse(text).i)).toEqual([0, 1, 2, 3, 4]);
    expect(pair.counters).toMatchObject({ exported: 5, truncated: 1 });
  });
});
