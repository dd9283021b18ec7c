import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { WHOLE } from "../../../../src/event/batch.ts";
import { DiskQueue } from "../../../../src/exporter/delivery/disk-queue/index.ts";
import { RECORD } from "../../../../src/exporter/delivery/disk-queue/layout.ts";
import { batchOf, createTestLog, numbered, temporaryDirectory } from "../../support.ts";

/** Queues in a directory of their own, one after the other as in runs of an agent. */
function directory() {
  const { path, ...rest } = temporaryDirectory();
  const { log, messages } = createTestLog();
  const queueDirectory = join(path, "queue");
  const open = (settings: { maxBytes?: number; checkpointId?: bigint } = {}) => {
    const queue = new DiskQueue({
      directory: queueDirectory,
      option: "elasticsearch-queue-dir",
      maxBytes: 8 * 1024 * 1024,
      checkpointId: 7n,
      exporter: "test",
      log,
      ...settings,
    });
    return { queue, positions: queue.open() };
  };
  const segments = () =>
    readdirSync(queueDirectory)
      .filter((name) => name.endsWith(".events"))
      .sort()
      .map((name) => join(queueDirectory, name));
  return { path, queueDirectory, messages, open, segments, [Symbol.dispose]: () => rest[Symbol.dispose]() };
}

/** Takes all lines that there are. */
function drain(queue: DiskQueue): { lines: string[]; ids: string[] } {
  const [lines, ids]: [string[], string[]] = [[], []];
  for (let taken = queue.take(); taken !== undefined; taken = queue.take()) {
    for (let i = 0; i < taken.length; i++) {
      lines.push(Buffer.from(taken.bufferAt().subarray(taken.startAt(i), taken.endAt(i) - 1)).toString());
      ids.push(`${taken.prefix.toString()}${taken.first + i}`);
    }
  }
  return { lines, ids };
}

describe("DiskQueue", () => {
  test("gives back what was appended, in order, with an id of its own each", () => {
    using place = directory();
    const { queue } = place.open();
    const lines = numbered(0, 500, 50);
    for (let i = 0; i < 500; i += 100) expect(queue.append(batchOf(lines.slice(i, i + 100), i))).toBe(100);
    const { lines: back, ids } = drain(queue);
    expect(back).toEqual(lines);
    expect(new Set(ids).size).toBe(500);
    expect(queue.length).toBe(500);
    queue.ack(500);
    expect([queue.length, queue.bytes]).toEqual([0, 0]);
    queue.close();
  });

  test("lines are known to be whole in the next run, too, where that was known of all of a batch", () => {
    using place = directory();
    const first = place.open().queue;
    for (const known of [10, 9, 0]) {
      const batch = batchOf(numbered(0, 10));
      batch.whole.fill(WHOLE.yes, 0, known);
      expect(first.append(batch)).toBe(10);
    }
    first.close();
    const { queue } = place.open();
    const found: boolean[] = [];
    for (let taken = queue.take(); taken !== undefined; taken = queue.take())
      for (let i = 0; i < taken.length; i++) found.push(taken.isWholeAt());
    expect(found).toEqual([...Array(10).fill(true), ...Array(20).fill(false)]);
    queue.close();
  });

  test("what was not delivered comes again in the next run, with the ids that it had", () => {
    using place = directory();
    const first = place.open().queue;
    first.append(batchOf(numbered(0, 100)));
    first.append(batchOf(numbered(100, 100), 100));
    const { ids } = drain(first);
    first.ack(130);
    first.close();
    const { queue, positions } = place.open();
    expect([...positions]).toEqual([[0, 200]]);
    queue.append(batchOf(numbered(200, 10), 200));
    const again = drain(queue);
    expect(again.lines).toEqual(numbered(130, 80));
    expect(again.ids.slice(0, 70)).toEqual(ids.slice(130));
    expect(new Set([...ids, ...again.ids]).size).toBe(210);
    queue.close();
  });

  test("lines that an earlier run has appended are passed over when they come again", () => {
    using place = directory();
    const first = place.open().queue;
    first.append(batchOf(numbered(0, 100)));
    first.close();
    const second = place.open().queue;
    expect(second.append(batchOf(numbered(50, 100), 50))).toBe(100);
    expect(second.append(batchOf(numbered(150, 10), 150))).toBe(10);
    expect(drain(second).lines).toEqual(numbered(0, 160));
    second.close();
    // The numbers of streams of another checkpoint mean others.
    const { queue, positions } = place.open({ checkpointId: 8n });
    expect(positions.size).toBe(0);
    queue.append(batchOf(numbered(0, 5)));
    expect(queue.length).toBe(165);
    queue.close();
  });

  test("how far streams are outlives the segments that said so", () => {
    using place = directory();
    const { queue } = place.open({ maxBytes: 1024 * 1024 });
    for (let i = 0; i < 3000; i += 100) {
      queue.append(batchOf(numbered(i, 100, 500), i));
      drain(queue);
      queue.ack(i + 100);
    }
    queue.close();
    expect(place.segments().length).toBeLessThan(4);
    const second = place.open({ maxBytes: 1024 * 1024 });
    expect([...second.positions]).toEqual([[0, 3000]]);
    second.queue.close();
  });

  test("keeps within its bytes, and gives them back", () => {
    using place = directory();
    const { queue } = place.open({ maxBytes: 1024 * 1024 });
    let appended = 0;
    for (let taken = 100; taken === 100; ) {
      taken = queue.append(batchOf(numbered(appended, 100, 1000), appended));
      appended += taken;
    }
    expect(appended).toBeGreaterThan(500);
    const size = () => place.segments().reduce((sum, path) => sum + statSync(path).size, 0);
    expect(size()).toBeLessThanOrEqual(1024 * 1024);
    expect(queue.append(batchOf(numbered(appended, 100, 1000), appended))).toBe(0);
    expect(drain(queue).lines).toHaveLength(appended);
    queue.ack(appended - 1);
    expect(queue.append(batchOf(numbered(appended, 100, 1000), appended))).toBe(100);
    expect(size()).toBeLessThan(512 * 1024);
    queue.close();
  });

  test("metadata is a line of its own", () => {
    using place = directory();
    const { queue } = place.open();
    queue.append(batchOf(['{"event":"agent_init"}']), 0, RECORD.metadata);
    queue.append(batchOf(numbered(0, 1)));
    expect(queue.take()?.isMetadata).toBe(true);
    expect(queue.take()?.isMetadata).toBe(false);
    queue.close();
  });

  test("says in the next run which events may have been sent, and is known by the same number", () => {
    using place = directory();
    const first = place.open().queue;
    first.append(batchOf(numbered(0, 100)));
    drain(first);
    first.noteSent(40);
    first.noteSent(60);
    first.ack(20);
    first.close();
    const second = place.open().queue;
    expect([second.sentBefore, second.id]).toEqual([60, first.id]);
    drain(second);
    second.ack(60);
    second.noteSent(80);
    second.close();
    const third = place.open().queue;
    expect([third.sentBefore, third.id]).toEqual([80, first.id]);
    third.close();
  });
});

describe("a damaged queue", () => {
  function filled(place: ReturnType<typeof directory>) {
    const { queue } = place.open({ maxBytes: 4 * 1024 * 1024 });
    for (let i = 0; i < 2000; i += 100) queue.append(batchOf(numbered(i, 100, 1000), i));
    queue.close();
    return place.segments();
  }

  function survivors(place: ReturnType<typeof directory>) {
    const { queue } = place.open({ maxBytes: 4 * 1024 * 1024 });
    const { lines } = drain(queue);
    const lost = queue.takeLost();
    queue.close();
    return { numbers: lines.map((line) => (JSON.parse(line) as { n: number }).n), lost };
  }

  const flip = (path: string, at: number, length = 1) => {
    const bytes = readFileSync(path);
    for (let i = at; i < at + length; i++) bytes[i]! ^= 0xff;
    writeFileSync(path, bytes);
  };

  test("a byte in an event costs its record, and no other", () => {
    using place = directory();
    const [path] = filled(place);
    flip(path!, 50_000);
    const { numbers, lost } = survivors(place);
    expect(lost).toBe(100);
    expect(numbers).toHaveLength(1900);
    expect(numbers.every((n, i) => i === 0 || n > numbers[i - 1]!)).toBe(true);
    expect(place.messages.some((message) => message.includes("damaged"))).toBe(true);
  });

  test("any damage costs what it hits, is counted, and the rest is read", () => {
    for (const [at, length] of [
      [0, 64],
      [64, 200],
      [130, 1],
      [100_000, 150_000],
      [400_000, 100],
    ] as const) {
      using place = directory();
      const paths = filled(place);
      flip(paths[1]!, at, Math.min(length, statSync(paths[1]!).size - at));
      const { numbers, lost } = survivors(place);
      expect(numbers.length + lost).toBe(2000);
      expect(numbers.length).toBeGreaterThan(1000);
      expect(numbers[0]).toBe(0);
      expect(numbers.at(-1)).toBe(1999);
    }
  });

  test("a segment that is gone, or empty, is counted", () => {
    using place = directory();
    const paths = filled(place);
    truncateSync(paths[1]!, 0);
    const { numbers, lost } = survivors(place);
    expect(numbers.length + lost).toBe(2000);
    expect(lost).toBeGreaterThan(0);
  });

  test("a record that a kill has cut is as if it had never been", () => {
    for (const cut of [1, 50, 1000, 100_000]) {
      using place = directory();
      const { queue } = place.open();
      queue.append(batchOf(numbered(0, 100, 1000)));
      const before = statSync(place.segments()[0]!).size;
      queue.append(batchOf(numbered(100, 100, 1000), 100));
      queue.close();
      truncateSync(place.segments()[0]!, before + cut);
      const second = place.open();
      expect([...second.positions]).toEqual([[0, 100]]);
      second.queue.append(batchOf(numbered(100, 100, 1000), 100));
      expect(drain(second.queue).lines).toEqual(numbered(0, 200, 1000));
      expect(second.queue.takeLost()).toBe(0);
      second.queue.close();
    }
  });

  test("a last segment that was cut behind the program's back: what it had is counted, by what the cursor knows", async () => {
    for (const isSent of [true, false]) {
      using place = directory();
      const first = place.open().queue;
      first.append(batchOf(numbered(0, 100)));
      const { size } = statSync(place.segments()[0]!);
      first.append(batchOf(numbered(100, 100), 100));
      if (isSent) first.noteSent(200);
      else await first.sync();
      first.close();
      truncateSync(place.segments()[0]!, size);
      const { queue, positions } = place.open();
      expect([...positions]).toEqual([[0, 100]]);
      expect(drain(queue).lines).toEqual(numbered(0, 100));
      expect([queue.takeLost(), queue.seen]).toEqual([100, 200]);
      expect(place.messages.filter((message) => message.includes("damaged"))).toHaveLength(1);
      expect(queue.append(batchOf(numbered(200, 10), 200))).toBe(10);
      expect(drain(queue).lines).toEqual(numbered(200, 10));
      queue.close();
    }
  });

  test("a segment of another layout is refused, and nothing is numbered anew", () => {
    using place = directory();
    const first = place.open().queue;
    first.append(batchOf(numbered(0, 10)));
    first.close();
    const path = place.segments()[0]!;
    const bytes = readFileSync(path);
    bytes.writeUInt32LE(2, 8);
    bytes.writeUInt32LE(Bun.hash.crc32(bytes.subarray(0, 60)), 60);
    writeFileSync(path, bytes);
    for (let i = 0; i < 2; i++)
      expect(() => place.open()).toThrow(
        /^Cannot use --elasticsearch-queue-dir ".*": found a segment of layout 2, needs layout 1: another version/,
      );
    expect(place.segments()).toEqual([path]);
  });

  test("without its cursor everything comes again, and may have been sent", () => {
    using place = directory();
    const first = place.open().queue;
    first.append(batchOf(numbered(0, 100)));
    drain(first);
    first.noteSent(100);
    first.ack(50);
    first.close();
    writeFileSync(join(place.queueDirectory, "cursor"), "nonsense");
    const { queue } = place.open();
    expect([queue.sentBefore, queue.id]).toEqual([100, first.id]);
    expect(drain(queue).lines).toEqual(numbered(0, 100));
    queue.close();
  });

  test("a cursor that says no number of an event is none", () => {
    for (const acked of [-5.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY, 0.5]) {
      using place = directory();
      const first = place.open().queue;
      first.append(batchOf(numbered(0, 10)));
      first.close();
      const file = join(place.queueDirectory, "cursor");
      const bytes = readFileSync(file);
      for (let at = 0; at < bytes.length; at += 64) {
        bytes.writeDoubleLE(acked, at + 24);
        bytes.writeUInt32LE(Bun.hash.crc32(bytes.subarray(at, at + 60)), at + 60);
      }
      writeFileSync(file, bytes);
      const { queue } = place.open();
      expect(queue.append(batchOf(numbered(0, 11)))).toBe(11);
      expect(drain(queue).lines).toEqual(numbered(0, 11));
      expect(queue.takeLost()).toBe(0);
      queue.close();
    }
  });

  test("segments of another queue, links and directories are left alone", () => {
    using place = directory();
    using other = directory();
    const { queue: foreign } = other.open();
    foreign.append(batchOf(numbered(900, 10)));
    foreign.close();
    const first = place.open().queue;
    first.append(batchOf(numbered(0, 10)));
    first.close();
    const name = "00000000000000-00000000000001.events";
    writeFileSync(join(place.queueDirectory, name), readFileSync(other.segments()[0]!));
    symlinkSync(other.segments()[0]!, join(place.queueDirectory, "00000000000000-00000000000002.events"));
    mkdirSync(join(place.queueDirectory, "00000000000000-00000000000003.events"));
    const { queue } = place.open();
    expect(drain(queue).lines).toEqual(numbered(0, 10));
    queue.ack(10);
    queue.close();
    expect(existsSync(join(place.queueDirectory, name))).toBe(true);
    expect(place.messages.filter((message) => message.includes("Left alone"))).toHaveLength(3);
  });
});

describe("the directory of a queue", () => {
  test("is for its owner alone", () => {
    using place = directory();
    const { queue } = place.open();
    queue.append(batchOf(numbered(0, 1)));
    expect(statSync(place.queueDirectory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(place.queueDirectory))
      expect(statSync(join(place.queueDirectory, name)).mode & 0o777).toBe(0o600);
    queue.close();
  });

  test("is one agent's at a time", () => {
    using place = directory();
    const { queue } = place.open();
    expect(() => place.open()).toThrow(/^Cannot use --elasticsearch-queue-dir ".*": another agent has it/);
    queue.append(batchOf(numbered(0, 1)));
    queue.close();
    place.open().queue.close();
  });

  test("is refused where others may write, where it is a file, and where a link is in it", () => {
    using place = directory();
    mkdirSync(place.queueDirectory);
    chmodSync(place.queueDirectory, 0o777);
    expect(() => place.open()).toThrow(/directory that others may write/);
    chmodSync(place.queueDirectory, 0o700);
    symlinkSync("/etc/passwd", join(place.queueDirectory, "cursor"));
    expect(() => place.open()).toThrow(/^Cannot use --elasticsearch-queue-dir .*ELOOP/);
    using second = directory();
    writeFileSync(second.queueDirectory, "");
    expect(() => second.open()).toThrow(/^Cannot use --elasticsearch-queue-dir/);
  });

  test("is gone again where nothing was ever in it", () => {
    using place = directory();
    const { queue } = place.open();
    queue.close();
    queue.undo();
    expect(existsSync(place.queueDirectory)).toBe(false);
  });
});
