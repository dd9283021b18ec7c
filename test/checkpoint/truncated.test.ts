import { describe, expect, test } from "bun:test";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { CHECKPOINT_BYTES } from "../../src/checkpoint/layout.ts";

/** A checkpoint file that is gone after the test. */
class Place implements Disposable {
  readonly directory = fs.mkdtempSync(join(tmpdir(), "tetrad-truncated-"));
  readonly file = join(this.directory, "checkpoint");
  [Symbol.dispose](): void {
    fs.rmSync(this.directory, { recursive: true });
  }
}

const identity = (ino: number) => ({ dev: 1n, ino: BigInt(ino), fingerprint: 0n });

describe("a checkpoint whose file is cut short", () => {
  test.each([0, 1, 4096, 8000, 20_000])(
    "to %d bytes goes on, and is made whole again with all that came since",
    (length) => {
      using place = new Place();
      {
        using checkpoint = Checkpoint.open(place.file);
        const streams = Array.from({ length: 200 }, (_, i) => checkpoint.slotFor(identity(i), i));
        checkpoint.markUsed();
        expect(checkpoint.keep()).toBe(false);
        fs.truncateSync(place.file, length);
        for (const stream of streams) checkpoint.commitPosition(stream, 1_000_000);
        checkpoint.inflight.begin(64);
        checkpoint.inflight.commit(64);
        expect(checkpoint.keep()).toBe(true);
        expect(checkpoint.keep()).toBe(false);
        checkpoint.commitPosition(streams[7]!, 77);
        expect(checkpoint.keep()).toBe(false);
      }
      using again = Checkpoint.open(place.file);
      expect(again.wasUsed).toBe(true);
      expect(again.entries().map(({ position }) => position)).toEqual(
        Array.from({ length: 200 }, (_, i) => (i === 7 ? 77 : 1_000_000)),
      );
    },
  );

  test("again and again, and when it has grown, stays a checkpoint", () => {
    using place = new Place();
    {
      using checkpoint = Checkpoint.open(place.file);
      const streams = Array.from({ length: 1500 }, (_, i) => checkpoint.slotFor(identity(i), 5));
      for (let round = 1; round <= 3; round++) {
        checkpoint.keep();
        fs.truncateSync(place.file, 0);
        checkpoint.inflight.begin(1);
        checkpoint.inflight.commit(0);
        checkpoint.commitPosition(streams[1499]!, 6);
        expect(checkpoint.keep()).toBe(true);
        for (const stream of streams) checkpoint.commitPosition(stream, round * 10);
      }
    }
    using again = Checkpoint.open(place.file);
    expect(again.entries()).toHaveLength(1500);
    expect(again.entries().every(({ position }) => position === 30)).toBe(true);
  });

  test("and made as long again with zeros by whoever cut it, is made whole", () => {
    using place = new Place();
    {
      using checkpoint = Checkpoint.open(place.file);
      const stream = checkpoint.slotFor(identity(1), 5);
      fs.truncateSync(place.file, 8192);
      fs.truncateSync(place.file, CHECKPOINT_BYTES);
      checkpoint.commitPosition(stream, 6);
      const other = checkpoint.slotFor(identity(2), 7);
      checkpoint.release(checkpoint.slotFor(identity(3), 8));
      expect(checkpoint.position(other)).toBe(7);
      expect(checkpoint.keep()).toBe(true);
    }
    using again = Checkpoint.open(place.file);
    expect(again.entries().map(({ ino, position }) => [ino, position])).toEqual([
      [1n, 6],
      [2n, 7],
    ]);
  });

  test("while a system call is under way, is whole after it", () => {
    using place = new Place();
    {
      using checkpoint = Checkpoint.open(place.file);
      const stream = checkpoint.slotFor(identity(1), 5);
      checkpoint.inflight.streams[0] = stream;
      checkpoint.inflight.positions[0] = 6;
      checkpoint.inflight.begin(1);
      fs.truncateSync(place.file);
      checkpoint.inflight.commit(0);
      expect(checkpoint.keep()).toBe(true);
    }
    using again = Checkpoint.open(place.file);
    expect(again.entries().map(({ position }) => position)).toEqual([5]);
  });

  test("before it was looked after for the first time, still knows its streams", () => {
    using place = new Place();
    {
      using checkpoint = Checkpoint.open(place.file);
      const [kept, given] = [checkpoint.slotFor(identity(1), 5), checkpoint.slotFor(identity(2), 6)];
      checkpoint.release(given);
      checkpoint.markUsed();
      fs.truncateSync(place.file);
      expect(checkpoint.keep()).toBe(true);
      checkpoint.commitPosition(kept, 9);
    }
    using again = Checkpoint.open(place.file);
    expect(again.wasUsed).toBe(true);
    expect(again.entries().map(({ ino, position }) => [ino, position])).toEqual([[1n, 9]]);
  });

  test("by one that replaces it with an empty file is not touched by that", () => {
    using place = new Place();
    using checkpoint = Checkpoint.open(place.file);
    const stream = checkpoint.slotFor(identity(1), 1);
    fs.renameSync(place.file, `${place.file}.old`);
    fs.writeFileSync(place.file, "");
    checkpoint.commitPosition(stream, 2);
    expect(checkpoint.keep()).toBe(false);
    expect(checkpoint.position(stream)).toBe(2);
  });
});
