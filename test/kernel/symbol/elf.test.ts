import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { findElfFunction } from "../../../src/kernel/symbol/index.ts";

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
  test("gives the place in the file, not the address in memory", () => {
    expect(find(sample(), "first")).toBe(0x20n);
    expect(find(sample(), "second")).toBe(0x40n);
    expect(find(sample(), "firs")).toBeUndefined();
    expect(find(sample(), "third")).toBeUndefined();
  });

  test("refuses what is no such file, and one that ends too early", () => {
    expect(() => find(new Uint8Array(100), "first")).toThrow(
      new SyntaxError("Cannot read ELF file: expected 64 bits, little-endian"),
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
