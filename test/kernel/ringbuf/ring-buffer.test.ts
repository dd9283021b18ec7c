import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { RingBuffer } from "../../../src/kernel/ringbuf/index.ts";
import { PAGE_SIZE } from "../../../src/os/mapping.ts";

const SIZE = PAGE_SIZE;
const BUSY = 0x80000000;
const DISCARDED = 0x40000000;

/** A file that looks like a ring buffer's pages: reader's position, writers' position, the data twice. */
describe("RingBuffer", () => {
  let directory: string;
  let fd: number;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "tetrad-ring-"));
    fd = openSync(join(directory, "ring"), "w+");
    ftruncateSync(fd, 2 * PAGE_SIZE + 2 * SIZE);
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(directory, { recursive: true });
  });

  function put64(at: number, value: bigint): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    writeSync(fd, bytes, 0, 8, at);
  }

  function consumerPosition(): bigint {
    const bytes = new Uint8Array(8);
    readSync(fd, bytes, 0, 8, 0);
    return new DataView(bytes.buffer).getBigUint64(0, true);
  }

  /** Writes a record at a position, as the kernel does, into both copies of the data. @returns The next position. */
  function putRecord(position: number, text: string, flags = 0): number {
    const record = new Uint8Array(8 + text.length);
    new DataView(record.buffer).setUint32(0, (text.length | flags) >>> 0, true);
    record.set(new TextEncoder().encode(text), 8);
    for (const [index, byte] of record.entries()) {
      for (const copy of [0, SIZE]) {
        writeSync(fd, new Uint8Array([byte]), 0, 1, 2 * PAGE_SIZE + copy + ((position + index) % SIZE));
      }
    }
    return position + Math.ceil(record.length / 8) * 8;
  }

  function start(position: number): void {
    put64(0, BigInt(position));
    put64(PAGE_SIZE, BigInt(position));
  }

  function readAll(ring: RingBuffer, limit?: number): string[] {
    const texts: string[] = [];
    ring.read((offset, length) => {
      texts.push(new TextDecoder().decode(new Uint8Array(ring.memory, offset, length)));
    }, limit);
    return texts;
  }

  test("read() gives the records in order and frees their room", () => {
    start(0);
    using ring = new RingBuffer(fd, SIZE);
    expect(readAll(ring)).toEqual([]);
    let end = putRecord(0, "one");
    end = putRecord(end, "twenty-two");
    put64(PAGE_SIZE, BigInt(end));
    expect(ring.pendingBytes).toBe(end);
    expect(readAll(ring)).toEqual(["one", "twenty-two"]);
    expect(ring.pendingBytes).toBe(0);
    expect(consumerPosition()).toBe(BigInt(end));
  });

  test("a handler may close the ring: nothing is read after that", () => {
    for (const method of ["read", "peek"] as const) {
      start(0);
      const ring = new RingBuffer(fd, SIZE);
      let end = 0;
      for (const text of ["one", "two", "three"]) end = putRecord(end, text);
      put64(PAGE_SIZE, BigInt(end));
      const seen: number[] = [];
      ring[method]((offset) => {
        seen.push(offset);
        ring[Symbol.dispose]();
      });
      expect(seen).toHaveLength(1);
      expect(ring.read(() => seen.push(0))).toBe(0);
      expect(seen).toHaveLength(1);
    }
  });

  test("leaves nothing mapped when the ring is smaller than was said", () => {
    const mappings = () => readFileSync("/proc/self/maps", "utf8").split(directory).length;
    const before = mappings();
    using _ = new RingBuffer(fd, SIZE);
    expect(mappings()).toBe(before + 2);
    // A file may be mapped beyond its end; a size that is not a number of bytes may not.
    expect(() => new RingBuffer(fd, Number.MAX_SAFE_INTEGER)).toThrow("mmap");
    expect(mappings()).toBe(before + 2);
  });

  test("read() gives a record that wraps around as one piece", () => {
    const from = 3 * SIZE - 16;
    start(from);
    using ring = new RingBuffer(fd, SIZE);
    put64(PAGE_SIZE, BigInt(putRecord(from, "a text across the end of the ring")));
    expect(readAll(ring)).toEqual(["a text across the end of the ring"]);
  });

  test("read() goes on where positions pass 32 bits", () => {
    const from = 2 ** 32 - 16;
    start(from);
    using ring = new RingBuffer(fd, SIZE);
    let end = putRecord(from, "before");
    end = putRecord(end, "after");
    put64(PAGE_SIZE, BigInt(end));
    expect(readAll(ring)).toEqual(["before", "after"]);
    expect(consumerPosition()).toBe(BigInt(end));
  });

  test("read() stops at a record that is being written, skips one that was discarded, obeys its limit", () => {
    start(0);
    using ring = new RingBuffer(fd, SIZE);
    const second = putRecord(0, "gone", DISCARDED);
    const third = putRecord(second, "a");
    const busy = putRecord(third, "b");
    const last = putRecord(busy, "c", BUSY);
    put64(PAGE_SIZE, BigInt(putRecord(last, "d")));
    expect(readAll(ring, 1)).toEqual(["a"]);
    expect(readAll(ring)).toEqual(["b"]);
    expect(readAll(ring)).toEqual([]);
    putRecord(busy, "c");
    expect(readAll(ring)).toEqual(["c", "d"]);
  });

  test("read() counts a record whose handler throws as read, and goes on after it", () => {
    start(0);
    using ring = new RingBuffer(fd, SIZE);
    const second = putRecord(0, "bad");
    const end = putRecord(second, "good");
    put64(PAGE_SIZE, BigInt(end));
    expect(() =>
      ring.read(() => {
        throw new TypeError("cannot read this one");
      }),
    ).toThrow(new TypeError("cannot read this one"));
    expect(consumerPosition()).toBe(BigInt(second));
    expect(readAll(ring)).toEqual(["good"]);
    expect(consumerPosition()).toBe(BigInt(end));
  });

  /** Reads `count` records of `size` bytes, headers included. @returns How many were read when room was given back. */
  function releases(count: number, size: number): number[] {
    start(0);
    using ring = new RingBuffer(fd, SIZE);
    let end = 0;
    for (let i = 0; i < count; i++) end = putRecord(end, "x".repeat(size - 8));
    put64(PAGE_SIZE, BigInt(end));
    const found: number[] = [];
    let known = 0n;
    let handled = 0;
    ring.read(() => {
      // What a handler has not seen the end of must not be given back yet.
      if (consumerPosition() !== known) found.push(handled);
      known = consumerPosition();
      handled++;
    });
    if (consumerPosition() !== known) found.push(handled);
    return found;
  }

  test("read() gives room back after an eighth of the ring, before all is read", () => {
    expect(releases(8, SIZE / 16)).toEqual([2, 4, 6, 8]);
    expect(releases(3, SIZE / 4)).toEqual([1, 2, 3]);
  });

  test("a closed ring has nothing to read", () => {
    start(0);
    const ring = new RingBuffer(fd, SIZE);
    put64(PAGE_SIZE, BigInt(putRecord(0, "one")));
    ring[Symbol.dispose]();
    ring[Symbol.dispose]();
    expect(readAll(ring)).toEqual([]);
  });

  test("peek() shows what is ready and takes nothing", () => {
    start(0);
    using ring = new RingBuffer(fd, SIZE);
    let end = putRecord(0, "one");
    end = putRecord(end, "two");
    put64(PAGE_SIZE, BigInt(end));
    let count = 0;
    ring.peek(() => count++);
    expect(count).toBe(2);
    expect(readAll(ring)).toEqual(["one", "two"]);
  });

  test("peek() gives up on a record that stays unwritten", () => {
    start(0);
    using ring = new RingBuffer(fd, SIZE);
    const busy = putRecord(0, "one");
    const last = putRecord(busy, "two", BUSY);
    put64(PAGE_SIZE, BigInt(putRecord(last, "three")));
    let count = 0;
    ring.peek(() => count++);
    expect(count).toBe(1);
    expect(readAll(ring)).toEqual(["one"]);
  });

  test("read() refuses a writers' position behind the reader's, and one farther ahead than the ring is long", () => {
    for (const [from, to] of [
      [64, 0],
      [0, SIZE + 8],
      [0, 4],
      [2 ** 33, 2 ** 33 - 8],
    ] as const) {
      start(from);
      using ring = new RingBuffer(fd, SIZE);
      put64(PAGE_SIZE, BigInt(to));
      expect(ring.pendingBytes).toBe(0);
      expect(readAll(ring)).toEqual([]);
      expect(ring.fault).toEqual({ kind: "positions", position: from, pending: (to - from) >>> 0 });
      expect(consumerPosition()).toBe(BigInt(from));
      ring.peek(() => expect.unreachable());
    }
  });

  test("read() refuses a record that is longer than what was written, and reads on after skip()", () => {
    start(0);
    using ring = new RingBuffer(fd, SIZE);
    const bad = putRecord(0, "good");
    const end = putRecord(bad, "bad");
    put64(2 * PAGE_SIZE + bad, BigInt(SIZE));
    put64(PAGE_SIZE, BigInt(end));
    expect(readAll(ring)).toEqual(["good"]);
    expect(ring.fault).toEqual({ kind: "length", position: bad, pending: end - bad, header: SIZE });
    expect(readAll(ring)).toEqual([]);
    let shown = 0;
    ring.peek(() => shown++);
    expect(shown).toBe(0);
    expect(ring.skip()).toBe(end - bad);
    expect(ring.fault).toBeUndefined();
    expect(consumerPosition()).toBe(BigInt(end));
    put64(PAGE_SIZE, BigInt(putRecord(end, "next")));
    expect(readAll(ring)).toEqual(["next"]);
  });

  test("read() refuses a record that is longer than the longest one, whose end is not mapped", () => {
    const from = 2 * SIZE - 16;
    start(from);
    using ring = new RingBuffer(fd, SIZE, 8);
    // The first page of the second copy is mapped, since a page is the least.
    expect(ring.memory.byteLength).toBe(PAGE_SIZE + SIZE + PAGE_SIZE);
    put64(PAGE_SIZE, BigInt(putRecord(from, "x".repeat(SIZE - 8))));
    expect(readAll(ring)).toHaveLength(1);
  });

  test("skip() leaves out what waits, even where the writers' position went back", () => {
    start(2 ** 33);
    using ring = new RingBuffer(fd, SIZE);
    put64(PAGE_SIZE, 16n);
    expect(readAll(ring)).toEqual([]);
    expect(ring.fault?.kind).toBe("positions");
    expect(ring.skip()).toBe(0);
    put64(PAGE_SIZE, BigInt(putRecord(16, "again")));
    expect(readAll(ring)).toEqual(["again"]);
  });

  test("whatever is written into the ring, reading it ends, and records lie inside of it", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 256, maxLength: 256 }),
        fc.nat(SIZE / 8).map((words) => words * 8),
        fc.nat(2 * SIZE),
        (bytes, from, ahead) => {
          start(from);
          for (const copy of [0, SIZE]) {
            for (let at = 0; at < SIZE; at += bytes.length)
              writeSync(fd, bytes, 0, bytes.length, 2 * PAGE_SIZE + copy + at);
          }
          using ring = new RingBuffer(fd, SIZE);
          put64(PAGE_SIZE, BigInt(from + ahead));
          const check = (offset: number, length: number): void => {
            expect(offset).toBeGreaterThanOrEqual(PAGE_SIZE);
            expect(offset + length).toBeLessThanOrEqual(ring.memory.byteLength);
          };
          ring.peek(check);
          ring.read(check);
          expect(Number(consumerPosition())).toBeLessThanOrEqual(from + ahead);
        },
      ),
      { numRuns: 200 },
    );
  });
});
