import { describe, expect, setSystemTime, test } from "bun:test";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { fingerprintOf } from "../../src/checkpoint/fingerprint.ts";
import {
  CHECKPOINT_BYTES,
  MAX_SLOT_COUNT,
  MESSAGE_LENGTH_WORD,
  MESSAGE_WORDS,
  slotOf,
} from "../../src/checkpoint/layout.ts";
import { TetradError } from "../../src/os/error.ts";
import { isOwnFile } from "../../src/source/file/own-files.ts";
import { openLogFile } from "../../src/telemetry/log-file.ts";

/** A directory that is gone after the test. */
class Place implements Disposable {
  readonly path = fs.mkdtempSync(join(tmpdir(), "tetrad-checkpoint-"));
  readonly file = join(this.path, "state", "checkpoint");
  [Symbol.dispose](): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

const identity = (ino: number, text = "") => ({
  dev: 1n,
  ino: BigInt(ino),
  fingerprint: fingerprintOf(new TextEncoder().encode(text)),
});

/** What the kernel does for each datagram that leaves. */
function send(checkpoint: Checkpoint, entry: number): void {
  checkpoint.inflight.messages[entry * MESSAGE_WORDS + MESSAGE_LENGTH_WORD] = 100;
}

/** The message of the error that opening throws. */
function refusal(path: string): string {
  try {
    Checkpoint.open(path).close();
  } catch (error) {
    expect(error).toBeInstanceOf(TetradError);
    return (error as TetradError).message;
  }
  throw new Error("The checkpoint was opened");
}

describe("Checkpoint", () => {
  test("remembers streams over a restart", () => {
    using place = new Place();
    {
      using first = Checkpoint.open(place.file);
      expect(first.wasUsed).toBe(false);
      const stream = first.slotFor(identity(7, "head"), 0);
      first.markUsed();
      first.commitPosition(stream, 1234);
      first.slotFor({ dev: 2n ** 63n, ino: 2n ** 64n - 1n, fingerprint: 0n }, 2 ** 52);
    }
    using second = Checkpoint.open(place.file);
    expect(second.wasUsed).toBe(true);
    const [one, two] = second.entries();
    expect(one).toMatchObject({ ...identity(7, "head"), position: 1234 });
    expect(two).toMatchObject({ dev: 2n ** 63n, ino: 2n ** 64n - 1n, position: 2 ** 52 });
  });

  test("is not the log's file, which may be empty, under another name", () => {
    using place = new Place();
    fs.mkdirSync(join(place.path, "state"));
    const log = openLogFile(join(place.path, "agent.log"));
    fs.linkSync(join(place.path, "agent.log"), place.file);
    expect(refusal(place.file)).toBe(
      `Cannot use --checkpoint-file "${place.file}": --log-file writes to it, needs a file of its own`,
    );
    expect(fs.statSync(place.file).size).toBe(0);
    log.close();
    Checkpoint.open(place.file).close();
  });

  test("is a file that no source reads", () => {
    using place = new Place();
    using _ = Checkpoint.open(place.file);
    expect(isOwnFile(fs.statSync(place.file, { bigint: true }), place.file)).toBe(true);
  });

  test("ignores a stream whose slot has gone to another", () => {
    using checkpoint = Checkpoint.anonymous();
    const old = checkpoint.slotFor(identity(1), 10);
    checkpoint.release(old);
    const young = checkpoint.slotFor(identity(2), 20);
    expect(slotOf(young)).toBe(slotOf(old));
    checkpoint.commitPosition(old, 99);
    checkpoint.release(old);
    expect(checkpoint.position(young)).toBe(20);
    expect(checkpoint.position(old)).toBe(0);
    expect(checkpoint.entries()).toHaveLength(1);
  });

  test("ignores lines that no stream follows", () => {
    using checkpoint = Checkpoint.anonymous();
    checkpoint.commitPosition(-1, 5);
    expect(checkpoint.position(-1)).toBe(0);
  });

  test("gives away the slot of an earlier run's file when all are taken, and none of this run's", () => {
    using place = new Place();
    {
      using first = Checkpoint.open(place.file);
      for (let i = 0; i < MAX_SLOT_COUNT; i++) first.slotFor(identity(i), i);
    }
    using second = Checkpoint.open(place.file);
    const kept = second.entries().slice(0, MAX_SLOT_COUNT - 1);
    for (const { stream } of kept) second.adopt(stream);
    const stream = second.slotFor(identity(100_000), 50);
    expect(second.evictions).toBe(1);
    expect(second.position(stream)).toBe(50);
    expect(second.entries()).toHaveLength(MAX_SLOT_COUNT);
    expect(second.entries().some(({ ino }) => ino === BigInt(MAX_SLOT_COUNT - 1))).toBe(false);
    expect(second.slotFor(identity(100_001), 51)).toBe(-1);
  });

  test("grows with the number of files, in a file and in memory, and keeps what it knew and what is in flight", () => {
    using place = new Place();
    for (const open of [() => Checkpoint.open(place.file), () => Checkpoint.anonymous()]) {
      using checkpoint = open();
      const { inflight } = checkpoint;
      const streams = Array.from({ length: 5000 }, (_, i) => checkpoint.slotFor(identity(i), i));
      expect(new Set(streams).size).toBe(5000);
      expect(checkpoint.evictions).toBe(0);
      expect(streams.map((stream) => checkpoint.position(stream))).toEqual(streams.map((_, i) => i));
      inflight.streams[0] = streams[4999]!;
      inflight.positions[0] = 77_777;
      inflight.begin(1);
      inflight.messages[14] = 1;
      inflight.commit(1);
      checkpoint.commitPosition(streams[3]!, 33_333);
      expect([4999, 3].map((i) => checkpoint.position(streams[i]!))).toEqual([77_777, 33_333]);
    }
    using again = Checkpoint.open(place.file);
    expect(again.entries()).toHaveLength(5000);
    expect(again.entries()[4999]).toMatchObject({ ...identity(4999), position: 77_777 });
  });

  test.each([
    ["is at 1970", 0],
    ["is years ahead", Date.UTC(2099, 0, 1)],
    ["has gone back", Date.UTC(2001, 0, 1)],
  ])("forgets nothing when the wall clock %s", (_what, now) => {
    using place = new Place();
    {
      using first = Checkpoint.open(place.file);
      first.slotFor(identity(1), 10);
    }
    setSystemTime(new Date(now));
    try {
      using second = Checkpoint.open(place.file);
      second.slotFor(identity(2), 20);
    } finally {
      setSystemTime();
    }
    using third = Checkpoint.open(place.file);
    expect(third.entries().map(({ position }) => position)).toEqual([10, 20]);
  });

  test("gives away what was not seen for longest, whenever that was", () => {
    using place = new Place();
    {
      using first = Checkpoint.open(place.file);
      const streams = Array.from({ length: MAX_SLOT_COUNT }, (_, i) => first.slotFor(identity(i), i));
      for (const stream of streams) if (stream !== streams[7]) first.touch(stream);
    }
    using second = Checkpoint.open(place.file);
    second.slotFor(identity(100_000), 0);
    expect(second.entries().some(({ ino }) => ino === 7n)).toBe(false);
  });

  test("makes directory and file for its owner alone", () => {
    using place = new Place();
    using _checkpoint = Checkpoint.open(place.file);
    expect(fs.statSync(join(place.path, "state")).mode & 0o777).toBe(0o700);
    expect(fs.statSync(place.file).mode & 0o777).toBe(0o600);
    expect(fs.statSync(place.file).size).toBe(CHECKPOINT_BYTES);
  });

  test("starts over where its own making was cut short", () => {
    for (const size of [0, 8, 4096, CHECKPOINT_BYTES]) {
      using place = new Place();
      fs.mkdirSync(join(place.path, "state"), { mode: 0o700 });
      fs.writeFileSync(place.file, new Uint8Array(size), { mode: 0o600 });
      using checkpoint = Checkpoint.open(place.file);
      expect(checkpoint.entries()).toEqual([]);
    }
  });
});

describe("Checkpoint.open() refuses", () => {
  test("a file that another process holds", () => {
    using place = new Place();
    using _first = Checkpoint.open(place.file);
    expect(refusal(place.file)).toBe(
      `Cannot use --checkpoint-file "${place.file}": another process holds it, needs a file of its own`,
    );
  });

  test("what is not a checkpoint, and leaves it alone", () => {
    using place = new Place();
    fs.mkdirSync(join(place.path, "state"));
    fs.writeFileSync(place.file, "precious\n", { mode: 0o600 });
    expect(refusal(place.file)).toContain("not a checkpoint, needs a new file or one of tetrad");
    expect(fs.readFileSync(place.file, "utf8")).toBe("precious\n");
  });

  for (const [what, damage, message] of [
    ["another version", (file: Buffer) => file.writeInt32LE(9, 8), "layout version 9, needs 1"],
    ["an impossible position", (file: Buffer) => file.writeDoubleLE(-1, 12288 + 32), "contents are corrupt"],
    ["an impossible count", (file: Buffer) => file.writeInt32LE(65, 4096), "contents are corrupt"],
  ] as const) {
    test(`a checkpoint with ${what}`, () => {
      using place = new Place();
      {
        using checkpoint = Checkpoint.open(place.file);
        checkpoint.slotFor(identity(1), 1);
      }
      const bytes = fs.readFileSync(place.file);
      damage(bytes);
      fs.writeFileSync(place.file, bytes);
      expect(refusal(place.file)).toContain(message);
      // The refusal has not kept the lock.
      expect(refusal(place.file)).toContain(message);
    });
  }

  test("a checkpoint of another size", () => {
    using place = new Place();
    Checkpoint.open(place.file).close();
    fs.truncateSync(place.file, CHECKPOINT_BYTES - 1);
    expect(refusal(place.file)).toContain(`${CHECKPOINT_BYTES - 1} bytes, needs ${CHECKPOINT_BYTES}`);
  });

  test("a file or directory that others may write, a link, a directory, a place that cannot be", () => {
    using place = new Place();
    Checkpoint.open(place.file).close();
    fs.chmodSync(place.file, 0o622);
    expect(refusal(place.file)).toContain("file is writable by other users");
    fs.chmodSync(place.file, 0o600);
    fs.chmodSync(join(place.path, "state"), 0o777);
    expect(refusal(place.file)).toContain("directory is writable by other users");
    fs.chmodSync(join(place.path, "state"), 0o1777);
    Checkpoint.open(place.file).close();
    fs.symlinkSync(place.file, join(place.path, "link"));
    expect(refusal(join(place.path, "link"))).toContain("a symbolic link, needs a file");
    expect(refusal(join(place.path, "state"))).toContain("EISDIR");
    expect(refusal("/proc/self/no/such")).toContain(`Cannot use --checkpoint-file "/proc/self/no/such": `);
  });
});

describe("a kill", () => {
  /** The positions that an agent finds which starts from the file as it is now. */
  function recovered(file: string): Map<bigint, number> {
    const copy = `${file}-${Math.random()}`;
    fs.copyFileSync(file, copy);
    try {
      using checkpoint = Checkpoint.open(copy);
      return new Map(checkpoint.entries().map(({ ino, position }) => [ino, position]));
    } finally {
      fs.rmSync(copy);
    }
  }

  test("after any store leaves exactly the datagrams that left", () => {
    using place = new Place();
    using checkpoint = Checkpoint.open(place.file);
    const { inflight } = checkpoint;
    const streams = [0, 1, 2].map((ino) => checkpoint.slotFor(identity(ino), 0));
    const next = [0, 0, 0];
    /** What each stream's position must be: after the last line of it that left. */
    const truth = new Map([0n, 1n, 2n].map((ino) => [ino, 0]));
    const check = () => expect(recovered(place.file)).toEqual(truth);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1, max: 2 }), { minLength: 1, maxLength: 6 }),
        fc.nat({ max: 6 }),
        (owners, wanted) => {
          const sent = Math.min(wanted, owners.length);
          for (const [i, owner] of owners.entries()) {
            inflight.streams[i] = owner === -1 ? -1 : streams[owner]!;
            check();
            if (owner !== -1) next[owner]! += 10;
            inflight.positions[i] = owner === -1 ? 0 : next[owner]!;
            check();
          }
          inflight.begin(owners.length);
          check();
          for (let i = 0; i < sent; i++) {
            send(checkpoint, i);
            if (owners[i] !== -1) truth.set(BigInt(owners[i]!), inflight.positions[i]!);
            check();
          }
          // The stores of `commit`, one by one.
          for (let i = 0; i < sent; i++) {
            checkpoint.commitPosition(inflight.streams[i]!, inflight.positions[i]!);
            check();
          }
          inflight.commit(sent);
          check();
          // What did not leave is sent again.
          for (const owner of [0, 1, 2]) next[owner] = truth.get(BigInt(owner))!;
        },
      ),
      { numRuns: 40 },
    );
  });
});
