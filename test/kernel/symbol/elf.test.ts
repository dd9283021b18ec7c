import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { ElfFile, findElfFunction } from "../../../src/kernel/symbol/index.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-elf-"));
afterAll(() => rmSync(directory, { recursive: true }));

const [NAMES, SYMBOLS, SECTIONS] = [0x100, 0x200, 0x300];

/** A file with one segment, which is loaded 0x1000 bytes behind its place in the file, and two functions. */
function sample(): Uint8Array {
  const bytes = new Uint8Array(0x400);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  view.setBigUint64(32, 64n, true);
  view.setBigUint64(40, BigInt(SECTIONS), true);
  view.setUint16(56, 1, true);
  view.setUint16(60, 3, true);
  view.setUint32(64, 1, true);
  view.setBigUint64(64 + 16, 0x1000n, true);
  view.setBigUint64(64 + 32, 0x400n, true);
  bytes.set(new TextEncoder().encode("\0first\0second\0"), NAMES);
  for (const [index, [name, type, section, address]] of [
    [1, 2, 1, 0x1020n],
    [7, 2, 1, 0x1040n],
    // Somebody else's: it is only used here.
    [1, 2, 0, 0n],
  ].entries()) {
    const at = SYMBOLS + 24 * (2 - index);
    view.setUint32(at, Number(name), true);
    view.setUint8(at + 4, Number(type));
    view.setUint16(at + 6, Number(section), true);
    view.setBigUint64(at + 8, BigInt(address!), true);
  }
  for (const [index, [type, offset, size, link]] of [
    [0, 0, 0, 0],
    [11, SYMBOLS, 72, 2],
    [3, NAMES, 14, 0],
  ].entries()) {
    const at = SECTIONS + 64 * index;
    view.setUint32(at + 4, type!, true);
    view.setBigUint64(at + 24, BigInt(offset!), true);
    view.setBigUint64(at + 32, BigInt(size!), true);
    view.setUint32(at + 40, link!, true);
  }
  return bytes;
}

function find(bytes: Uint8Array, name: string): bigint | undefined {
  const path = join(directory, "file");
  writeFileSync(path, bytes);
  return findElfFunction(path, name);
}

describe("findElfFunction()", () => {
  test("takes the version that programs are linked with, wherever the older ones stand", () => {
    const bytes = sample();
    const view = new DataView(bytes.buffer);
    // Both are called so; the one at 0x1040 stands first.
    view.setUint32(SYMBOLS + 24, 1, true);
    expect(find(bytes, "first")).toBe(0x40n);
    const versions = (...values: readonly number[]) => {
      view.setUint16(60, 4, true);
      view.setUint32(SECTIONS + 3 * 64 + 4, 0x6fffffff, true);
      view.setBigUint64(SECTIONS + 3 * 64 + 24, 0x180n, true);
      view.setBigUint64(SECTIONS + 3 * 64 + 32, 6n, true);
      for (const [row, value] of values.entries()) view.setUint16(0x180 + row * 2, value, true);
    };
    versions(0, 0x8002, 3);
    expect(find(bytes, "first")).toBe(0x20n);
    versions(0, 2, 0x8003);
    expect(find(bytes, "first")).toBe(0x40n);
    versions(0, 0x8002, 0x8003);
    expect(find(bytes, "first")).toBe(0x40n);
  });

  test("gives the place in the file, not the address in memory", () => {
    expect(find(sample(), "first")).toBe(0x20n);
    expect(find(sample(), "second")).toBe(0x40n);
    expect(find(sample(), "firs")).toBeUndefined();
    expect(find(sample(), "third")).toBeUndefined();
  });

  test("refuses what is no such file, and one that ends too early", () => {
    expect(() => find(new Uint8Array(100), "first")).toThrow(
      new SyntaxError("Cannot read ELF file: it is no ELF file of 64 bits, little-endian"),
    );
    expect(() => find(sample().subarray(0, 0x380), "first")).toThrow(
      new SyntaxError("Cannot read ELF file: it ends too early"),
    );
  });

  test("reads damaged files or refuses them, and always ends", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(0x3ff), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const bytes = sample();
          for (const [at, value] of changes) bytes[at] = value;
          try {
            find(bytes, "second");
          } catch (error) {
            if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("finds a function of this process's C library, whose code is there", () => {
    const library = /\S*\/(libc\.so\.6|ld-musl\S*)$/m.exec(readFileSync("/proc/self/maps", "utf8"))![0];
    const offset = findElfFunction(library, "kill");
    expect(offset).toBeGreaterThan(0n);
    expect(findElfFunction(library, "no_such_function_anywhere")).toBeUndefined();
  });
});

describe("ElfFile", () => {
  /** The sample with notes of 36 bytes behind its sections: in a segment of their own instead of the code. */
  function withNotes(owner: string, type: number): string {
    const bytes = Buffer.concat([sample(), Buffer.alloc(36)]);
    bytes.writeUInt32LE(4, 64);
    bytes.writeBigUInt64LE(0x400n, 64 + 8);
    bytes.writeBigUInt64LE(36n, 64 + 32);
    bytes.writeUInt32LE(owner.length + 1, 0x400);
    bytes.writeUInt32LE(20, 0x404);
    bytes.writeUInt32LE(type, 0x408);
    bytes.write(owner, 0x40c);
    bytes.fill(0xab, 0x410, 0x424);
    const path = join(directory, "notes");
    writeFileSync(path, bytes);
    return path;
  }

  test("buildId() is in the notes of the linker", () => {
    using file = ElfFile.open(withNotes("GNU", 3));
    expect(file.buildId()).toBe("ab".repeat(20));
    using other = ElfFile.open(withNotes("XYZ", 3));
    expect(other.buildId()).toBeUndefined();
    using kind = ElfFile.open(withNotes("GNU", 1));
    expect(kind.buildId()).toBeUndefined();
  });

  test("addressOf() is the way back from offsetOf()", () => {
    const path = join(directory, "file");
    writeFileSync(path, sample());
    using file = ElfFile.open(path);
    expect(file.addressOf(0x20n)).toBe(0x1020n);
    expect(file.offsetOf(0x1020n)).toBe(0x20n);
    expect(file.addressOf(0x400n)).toBeUndefined();
  });

  test("reads as many sections as the first one says where the header has no room for the number", () => {
    const bytes = sample();
    const view = new DataView(bytes.buffer);
    view.setUint16(60, 0, true);
    view.setBigUint64(SECTIONS + 32, 3n, true);
    expect(find(bytes, "second")).toBe(0x40n);
    view.setBigUint64(SECTIONS + 32, 1n << 40n, true);
    expect(() => find(bytes, "second")).toThrow("a table has 1099511627776 rows");
  });

  test("reads no more than the file has, and no pipe or device", () => {
    const bytes = sample();
    new DataView(bytes.buffer).setBigUint64(SECTIONS + 64 + 32, 1n << 27n, true);
    expect(() => find(bytes, "second")).toThrow("it ends too early");
    const pipe = join(directory, "pipe");
    expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
    expect(() => ElfFile.open(pipe)).toThrow("expected a regular file");
    expect(() => ElfFile.open("/dev/zero")).toThrow("expected a regular file");
  });

  test("ends soon with names that have no end", () => {
    const names = 1 << 20;
    const count = 1 << 12;
    const bytes = Buffer.concat([sample(), Buffer.alloc(names, 0x41), Buffer.alloc(count * 24)]);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let row = 0; row < count; row++) {
      const at = 0x400 + names + row * 24;
      view.setUint32(at, 1, true);
      view.setUint8(at + 4, 2);
      view.setUint16(at + 6, 1, true);
    }
    view.setBigUint64(SECTIONS + 64 + 24, BigInt(0x400 + names), true);
    view.setBigUint64(SECTIONS + 64 + 32, BigInt(count * 24), true);
    view.setBigUint64(SECTIONS + 128 + 24, 0x400n, true);
    view.setBigUint64(SECTIONS + 128 + 32, BigInt(names), true);
    const path = join(directory, "endless");
    writeFileSync(path, bytes);
    using file = ElfFile.open(path);
    let read = 0;
    for (const { name } of file.functions()) read += name.length;
    expect(read).toBe(count * (1 << 14));
  });
});
