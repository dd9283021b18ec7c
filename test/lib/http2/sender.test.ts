import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { frameData } from "../../../src/lib/http2/data-frames.ts";
import { FRAME, PREFACE, SETTING } from "../../../src/lib/http2/protocol.ts";
import { frame, Peer, request, setting, turn, uint32 } from "./support.ts";

/** Bytes that say where they are from. */
function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = i * 7 + seed * 31 + (i >> 8);
  return bytes;
}

const write = fc.record({
  do: fc.constant("write" as const),
  stream: fc.integer({ min: 0, max: 2 }),
  length: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 3000, max: 70_000 })),
  isFramed: fc.boolean(),
});
const step = fc.oneof(
  { weight: 3, arbitrary: write },
  fc.record({ do: fc.constant("room" as const), bytes: fc.integer({ min: 0, max: 60_000 }) }),
  fc.record({
    do: fc.constant("window" as const),
    stream: fc.integer({ min: -1, max: 2 }),
    bytes: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1000, max: 100_000 })),
  }),
  fc.record({ do: fc.constant("initial" as const), bytes: fc.integer({ min: 0, max: 70_000 }) }),
  fc.record({ do: fc.constant("turn" as const) }),
);

describe("a connection", () => {
  test("sends everything in order, within the windows and as far as the socket goes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 70_000 }),
        fc.array(step, { maxLength: 40 }),
        async (initialWindow, steps) => {
          const peer = new Peer();
          const first = frame(FRAME.settings, 0, 0, setting(SETTING.initialWindowSize, initialWindow));
          peer.send(PREFACE, first, request(1), request(3), request(5));
          const streams = peer.streams.map(({ stream }) => stream);
          const expected = streams.map((): Buffer[] => []);
          for (const stream of streams) stream.onDrain(() => expect(stream.unsentBytes).toBe(0));
          let initial = initialWindow;
          let all = 65_535;
          const windows = streams.map(() => initialWindow);
          /** The largest that each was: it may become smaller than what was sent. */
          const limits = [...windows];
          const check = () => {
            let sum = 0;
            for (const [i, { id }] of streams.entries()) {
              const { length } = peer.data(id);
              sum += length;
              limits[i] = Math.max(limits[i]!, windows[i]!);
              expect(length).toBeLessThanOrEqual(limits[i]!);
            }
            expect(sum).toBeLessThanOrEqual(all);
          };
          for (const now of steps) {
            if (now.do === "write") {
              const bytes = pattern(now.length, expected[now.stream]!.length);
              expected[now.stream]!.push(bytes);
              if (now.isFramed) streams[now.stream]!.writeFrames(frameData(bytes, 0, bytes.length));
              else streams[now.stream]!.write(bytes);
            } else if (now.do === "room") peer.drain(now.bytes);
            else if (now.do === "turn") await turn();
            else if (now.do === "initial") {
              for (const i of windows.keys()) windows[i]! += now.bytes - initial;
              initial = now.bytes;
              peer.send(frame(FRAME.settings, 0, 0, setting(SETTING.initialWindowSize, now.bytes)));
            } else {
              if (now.stream === -1) all += now.bytes;
              else windows[now.stream]! += now.bytes;
              const id = now.stream === -1 ? 0 : streams[now.stream]!.id;
              peer.send(frame(FRAME.windowUpdate, 0, id, uint32(now.bytes)));
            }
            check();
          }
          for (const stream of streams) stream.end([["grpc-status", "0"]]);
          for (const id of [0, 1, 3, 5]) peer.send(frame(FRAME.windowUpdate, 0, id, uint32(2 ** 30)));
          peer.drain();
          await turn();
          for (const [i, { id, unsentBytes, isClosed }] of streams.entries()) {
            expect(peer.data(id).equals(Buffer.concat(expected[i]!))).toBe(true);
            expect([unsentBytes, isClosed]).toEqual([0, true]);
          }
          expect(peer.of(FRAME.headers)).toHaveLength(3);
          expect(peer.end).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  test("never sends more on a stream than its window", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 30_000 }), { maxLength: 10 }),
        async (lengths, increments) => {
          const peer = new Peer();
          peer.send(
            PREFACE,
            frame(FRAME.settings, 0, 0, setting(SETTING.initialWindowSize, 1000)),
            request(1),
          );
          peer.send(frame(FRAME.windowUpdate, 0, 0, uint32(2 ** 30)));
          for (const length of lengths) peer.stream.writeFrames(frameData(Buffer.alloc(length), 0, length));
          const total = lengths.reduce((sum, length) => sum + length, 0);
          let window = 1000;
          for (const increment of [0, ...increments]) {
            if (increment > 0) peer.send(frame(FRAME.windowUpdate, 0, 1, uint32(increment)));
            window += increment;
            await turn();
            expect(peer.data(1)).toHaveLength(Math.min(total, window));
          }
        },
      ),
    );
  });

  const LENGTHS = [70_000, 10, 10, 30_000];

  test.each([
    ["the socket", "room", 100_000, LENGTHS],
    ["the socket, little by little", "room", 100, LENGTHS],
    [
      "the socket, behind many small ones",
      "room",
      1_000_000,
      [...Array.from({ length: 20 }, () => 3500), ...LENGTHS],
    ],
    ["the window of the stream", "stream", 100_000, LENGTHS],
    ["the window of the connection", "connection", 100_000, LENGTHS],
  ] as const)("says that everything has left that had to wait for %s", async (_what, what, step, lengths) => {
    const peer = new Peer();
    const window = what === "stream" ? 0 : 2 ** 30;
    peer.send(PREFACE, frame(FRAME.settings, 0, 0, setting(SETTING.initialWindowSize, window)), request(1));
    if (what !== "connection") peer.send(frame(FRAME.windowUpdate, 0, 0, uint32(2 ** 30)));
    let drains = 0;
    peer.stream.onDrain(() => drains++);
    if (what === "room") peer.room = 0;
    let all = 0;
    // Small ones wait behind each other, large ones where they are.
    for (const length of lengths) {
      peer.stream.writeFrames(frameData(Buffer.alloc(length), 0, length));
      all += length;
    }
    await turn();
    expect(drains).toBe(0);
    while (peer.stream.unsentBytes > 0) {
      if (what === "room") peer.drain(step);
      else peer.send(frame(FRAME.windowUpdate, 0, what === "stream" ? 1 : 0, uint32(step)));
      await turn();
    }
    peer.drain();
    expect(peer.data(1)).toHaveLength(all);
    expect(drains).toBe(1);
  });

  test("takes turns where several streams wait for the connection", async () => {
    const peer = new Peer();
    const first = frame(FRAME.settings, 0, 0, setting(SETTING.initialWindowSize, 2 ** 30));
    peer.send(PREFACE, first, request(1), request(3));
    for (const { stream } of peer.streams) stream.write(Buffer.alloc(500_000));
    await turn();
    for (let i = 0; i < 4; i++) peer.send(frame(FRAME.windowUpdate, 0, 0, uint32(50_000)));
    for (const id of [1, 3]) expect(peer.data(id).length).toBeGreaterThan(50_000);
  });

  test("shares frames between streams and connections", async () => {
    const bytes = pattern(50_000, 1);
    const frames = frameData(bytes, 0, bytes.length);
    const peers = [1, 3, 7].map((id) => {
      const peer = new Peer().send(PREFACE, frame(FRAME.settings, 0, 0), request(id));
      peer.room = 20_000 + id;
      return { peer, id };
    });
    for (const { peer } of peers) peer.stream.writeFrames(frames);
    for (const { peer } of peers) peer.drain(10_000);
    for (const { peer } of peers) peer.drain();
    await turn();
    for (const { peer, id } of peers) expect(peer.data(id).equals(bytes)).toBe(true);
  });

  test("writes once a turn what many streams say", async () => {
    const peer = new Peer();
    await turn();
    const bytes = [PREFACE, frame(FRAME.settings, 0, 0), request(1), request(3)];
    peer.send(Buffer.concat(bytes));
    const before = peer.writes;
    for (const { stream } of peer.streams) {
      stream.respond([[":status", "200"]]);
      stream.write(Buffer.from("abc"));
      stream.end([["grpc-status", "0"]]);
    }
    await turn();
    expect(peer.writes - before).toBe(1);
  });

  test("lets no stream wait for another whose window is shut", async () => {
    const peer = new Peer();
    peer.send(
      PREFACE,
      frame(FRAME.settings, 0, 0, setting(SETTING.initialWindowSize, 100)),
      request(1),
      request(3),
    );
    const [stuck, reader] = peer.streams.map(({ stream }) => stream);
    stuck!.write(Buffer.alloc(1000));
    peer.send(frame(FRAME.windowUpdate, 0, 3, uint32(10_000)));
    reader!.write(Buffer.alloc(5000));
    await turn();
    expect(peer.data(1)).toHaveLength(100);
    expect(peer.data(3)).toHaveLength(5000);
  });
});
