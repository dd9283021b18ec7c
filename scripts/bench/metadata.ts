/** @module Sending the cached metadata event again: what it takes beyond the system call. */
import { heapStats } from "bun:jsc";
import { bench, do_not_optimize } from "mitata";
import { createMetadata, encodeMetadata, NOTHING } from "../../src/metadata/document.ts";
import { addressOf } from "../../src/os/address.ts";
import { DatagramSender, MESSAGES_PER_CALL, MMSGHDR_WORDS } from "../../src/os/datagram-sender.ts";
import { AF_INET, encodeSocketAddress } from "../../src/os/socket-address.ts";
import { dropIncoming, reportErrors } from "../../src/os/udp-socket.ts";
import { median } from "./statistics.ts";

/** What a send costs. */
export interface MetadataCost {
  /** CPU time of one send of the cached bytes through Bun's socket, as the exporter does it, nanoseconds. */
  readonly sendNs: number;
  /** CPU time of sendmmsg(2) with the same bytes prepared once, nanoseconds. */
  readonly bareNs: number;
  /** Memory that a send leaves behind after a collection, bytes. */
  readonly heapBytesPerSend: number;
}

/** Bun's socket; `fd` is there, but not in its types. */
type Socket = Bun.udp.Socket<"buffer"> & { readonly fd: number };

const EVENT = createMetadata(
  {
    build: {
      version: "v1.2.3",
      commit: "0".repeat(40),
      date: "2026-01-01T00:00:00Z",
      target: "bun-linux-x64",
    },
    startedAt: new Date(0),
    startId: "00000000-0000-0000-0000-000000000000",
    pid: 4242,
    host: { hostname: "node-1.example.com", kernelVersion: "6.12.0" },
    configDigest: "0".repeat(32),
    intervalMs: 0,
    fields: new Map(),
  },
  {
    event: "agent_init",
    sequence: 0,
    udp: { address: "127.0.0.1", port: 514, bufferSize: 65536 },
    progress: NOTHING,
    now: new Date(0),
    uptimeMs: 0,
  },
);
const LINE = encodeMetadata(EVENT);

/** Two ways to send the line to a socket that the kernel keeps empty. */
interface Ways {
  readonly send: () => unknown;
  readonly sendBare: () => unknown;
  close(): void;
}

async function openWays(): Promise<Ways> {
  const target = (await Bun.udpSocket({ hostname: "127.0.0.1" })) as Socket;
  dropIncoming(target.fd);
  const { port } = target;
  const socket = (await Bun.udpSocket({ hostname: "0.0.0.0" })) as Socket;
  reportErrors(socket.fd, AF_INET, false);
  const messages = new Uint32Array(MESSAGES_PER_CALL * MMSGHDR_WORDS);
  const sender = new DatagramSender({
    messages,
    messagesAddress: addressOf(new Uint8Array(messages.buffer)),
  });
  sender.setDestination(socket.fd, encodeSocketAddress("127.0.0.1", port, 0));
  sender.add(addressOf(LINE), LINE.length);
  return {
    send: () => socket.send(LINE, port, "127.0.0.1"),
    sendBare: () => sender.send(0),
    close() {
      socket.close();
      target.close();
    },
  };
}

/** CPU time of one call, nanoseconds. */
function timeCalls(call: () => unknown, calls: number): number {
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) call();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / calls;
}

/** Measures both ways in turn. @param rounds Odd, so that the median is a measured value. */
export async function measureMetadata(rounds: number, calls: number): Promise<MetadataCost> {
  const ways = await openWays();
  try {
    timeCalls(ways.send, calls);
    timeCalls(ways.sendBare, calls);
    Bun.gc(true);
    const heapBefore = heapStats().heapSize;
    const send: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round++) {
      send.push(timeCalls(ways.send, calls));
      bare.push(timeCalls(ways.sendBare, calls));
    }
    Bun.gc(true);
    const heapBytesPerSend = (heapStats().heapSize - heapBefore) / (rounds * calls);
    return { sendNs: median(send), bareNs: median(bare), heapBytesPerSend };
  } finally {
    ways.close();
  }
}

/**
 * Registers `metadata/...`.
 * @returns Closes the sockets; to be called after the run.
 */
export async function registerMetadataBenchmarks(): Promise<() => void> {
  const ways = await openWays();
  bench("metadata/encode", () => do_not_optimize(encodeMetadata(EVENT)));
  bench("metadata/send-cached", () => do_not_optimize(ways.send()));
  bench("metadata/send-bare", () => do_not_optimize(ways.sendBare()));
  return () => ways.close();
}
