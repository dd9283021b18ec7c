import { describe, expect, test } from "bun:test";
import { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { followedBy } from "../../src/checkpoint/followers.ts";

function streamAt(checkpoint: Checkpoint, position: number, ino = 1n): number {
  return checkpoint.slotFor({ dev: 1n, ino, fingerprint: 1n }, position);
}

describe("followedBy()", () => {
  test("one exporter writes to the checkpoint itself, datagrams in flight included", () => {
    const checkpoint = Checkpoint.anonymous();
    const [only] = followedBy(checkpoint, 1);
    expect(only!.positions).toBe(checkpoint);
    expect(only!.inflight).toBe(checkpoint.inflight);
  });

  test("one of several that loses events holds the others back no longer, nor do lines that it still has", () => {
    const checkpoint = Checkpoint.anonymous();
    const stream = streamAt(checkpoint, 0);
    const [udp, stdout] = followedBy(checkpoint, 2);
    udp!.positions.commitPosition(stream, 500);
    stdout!.positions.commitPosition(stream, 100);
    stdout!.positions.passOver!(stream, 400);
    expect(checkpoint.position(stream)).toBe(400);
    stdout!.positions.commitPosition(stream, 200);
    expect(checkpoint.position(stream)).toBe(400);
    stdout!.positions.passOver!(stream, 900);
    expect(checkpoint.position(stream)).toBe(500);
  });

  test("of several the slowest decides", () => {
    const checkpoint = Checkpoint.anonymous();
    const stream = streamAt(checkpoint, 100);
    const [first, second, third] = followedBy(checkpoint, 3);
    first!.positions.commitPosition(stream, 500);
    expect(checkpoint.position(stream)).toBe(100);
    second!.positions.commitPosition(stream, 300);
    expect(checkpoint.position(stream)).toBe(100);
    third!.positions.commitPosition(stream, 200);
    expect(checkpoint.position(stream)).toBe(200);
    third!.positions.commitPosition(stream, 400);
    expect(checkpoint.position(stream)).toBe(300);
  });

  test("of as many files as there may be", () => {
    const checkpoint = Checkpoint.anonymous();
    const [first, second] = followedBy(checkpoint, 2);
    const streams = Array.from({ length: 3000 }, (_, i) => streamAt(checkpoint, 0, BigInt(i)));
    for (const [i, stream] of streams.entries()) first!.positions.commitPosition(stream, i + 10);
    for (const [i, stream] of streams.entries()) second!.positions.commitPosition(stream, i + 5);
    expect(streams.map((stream) => checkpoint.position(stream))).toEqual(streams.map((_, i) => i + 5));
  });

  test("datagrams in flight count for the exporter that sent them, and are not on record themselves", () => {
    const checkpoint = Checkpoint.anonymous();
    const stream = streamAt(checkpoint, 0);
    const [udp, file] = followedBy(checkpoint, 2);
    udp!.inflight.streams[0] = stream;
    udp!.inflight.positions[0] = 50;
    udp!.inflight.begin(1);
    expect(checkpoint.inflight.isSound()).toBe(true);
    udp!.inflight.commit(1);
    expect(checkpoint.position(stream)).toBe(0);
    file!.positions.commitPosition(stream, 80);
    expect(checkpoint.position(stream)).toBe(50);
  });

  test("streams are distinguished, even one that has taken the slot of another", () => {
    const checkpoint = Checkpoint.anonymous();
    const [first, second] = followedBy(checkpoint, 2);
    const before = streamAt(checkpoint, 0, 1n);
    const other = streamAt(checkpoint, 7, 2n);
    first!.positions.commitPosition(before, 900);
    second!.positions.commitPosition(before, 800);
    expect(checkpoint.position(other)).toBe(7);
    checkpoint.release(before);
    const after = streamAt(checkpoint, 0, 3n);
    expect(after).not.toBe(before);
    first!.positions.commitPosition(after, 10);
    expect(checkpoint.position(after)).toBe(0);
    second!.positions.commitPosition(after, 20);
    expect(checkpoint.position(after)).toBe(10);
  });

  test("a late line of a stream that is gone does not set back the one that has its slot", () => {
    const checkpoint = Checkpoint.anonymous();
    const [fast, slow] = followedBy(checkpoint, 2);
    const gone = streamAt(checkpoint, 0, 1n);
    fast!.positions.commitPosition(gone, 900);
    checkpoint.release(gone);
    const stream = streamAt(checkpoint, 0, 2n);
    fast!.positions.commitPosition(stream, 50);
    slow!.positions.commitPosition(gone, 900);
    slow!.positions.commitPosition(stream, 50);
    expect(checkpoint.position(stream)).toBe(50);
  });

  test("what no checkpoint follows moves nothing", () => {
    const checkpoint = Checkpoint.anonymous();
    const stream = streamAt(checkpoint, 5);
    const [first, second] = followedBy(checkpoint, 2);
    first!.positions.commitPosition(-1, 100);
    second!.positions.commitPosition(-1, 100);
    expect(checkpoint.position(stream)).toBe(5);
  });
});
