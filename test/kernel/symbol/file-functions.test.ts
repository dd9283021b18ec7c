/** Functions of files whose owners mean harm: what they take does not grow with what the files say. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ElfFile, FileFunctions } from "../../../src/kernel/symbol/index.ts";
import { elf, note, type Segment, symbols } from "./made-elf.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-functions-"));
afterAll(() => rmSync(directory, { recursive: true }));

function write(name: string, ...parts: Parameters<typeof elf>): string {
  const path = join(directory, name);
  writeFileSync(path, elf(...parts));
  return path;
}

const LOAD: Segment = { type: 1, offset: 0, size: 1 << 30 };

describe("FileFunctions", () => {
  test("names of many functions that have no end take no more memory than the table of names", () => {
    const names = 1 << 16;
    const count = 1 << 16;
    const path = write(
      "names",
      [LOAD],
      symbols(count, (row) => 1 + (row % 1000)),
      Buffer.alloc(names, 0x41),
    );
    const functions = FileFunctions.read(path);
    expect(functions.bytes).toBeLessThan(names + count * 32);
    expect(functions.find(0x1000)).toBe("A".repeat(1 << 14));
    expect(functions.find(0x1000 + count - 1)).toHaveLength(1 << 14);
  });

  test("functions without a name count, too", () => {
    const path = write(
      "nameless",
      [LOAD],
      symbols((1 << 17) + 1, (row) => (row < 1 << 17 ? 0 : 1)),
      Buffer.from("\0last\0"),
    );
    expect(FileFunctions.read(path).find(0x1000 + (1 << 17))).toBeUndefined();
  });

  test("finds functions in the order of their places, whichever order the file has", () => {
    const names = Buffer.from("\0one\0two\0");
    const path = write(
      "order",
      [LOAD],
      Buffer.concat([symbols(1, () => 5, 0x3000), symbols(1, () => 1, 0x2000)]),
      names,
    );
    const functions = FileFunctions.read(path);
    expect([0x1fff, 0x2000, 0x3000].map((offset) => functions.find(offset))).toEqual([
      undefined,
      "one",
      "two",
    ]);
  });
});

describe("ElfFile", () => {
  test("refuses more segments than programs have: each function would be looked for in all of them", () => {
    const many = Array.from({ length: 33 }, () => LOAD);
    expect(() => ElfFile.open(write("loads", many))).toThrow("it has 33 segments to load");
    const notes = Array.from({ length: 257 }, (): Segment => ({ type: 4, offset: 0, size: 0 }));
    expect(() => ElfFile.open(write("segments", notes))).toThrow("a table has 257 rows");
  });

  test("buildId() looks into a bounded number of bytes", () => {
    const id = note("GNU", 3, Buffer.from("abcd", "hex"));
    const at = 1 << 16;
    const build = (name: string, before: number): string | undefined => {
      const zeros: Segment = { type: 4, offset: 1 << 20, size: before };
      const path = write(
        name,
        [zeros, { type: 4, offset: at, size: id.length }],
        Buffer.alloc(0),
        Buffer.alloc(0),
        { at, bytes: id },
      );
      truncateSync(path, 1 << 24);
      using file = ElfFile.open(path);
      return file.buildId();
    };
    expect(build("few", 1 << 19)).toBe("abcd");
    expect(build("many", 1 << 23)).toBeUndefined();
  });

  test("loadedBuildId() is there whatever sections the file has: none is read", () => {
    const id = note("GNU", 3, Buffer.from("abcd", "hex"));
    const empty = Buffer.alloc(0);
    const bytes = elf([{ type: 4, offset: 1 << 16, size: id.length }], empty, empty, {
      at: 1 << 16,
      bytes: id,
    });
    bytes.writeUInt16LE(0xffff, 60);
    const path = join(directory, "sections");
    writeFileSync(path, bytes);
    using file = ElfFile.open(path);
    expect(file.loadedBuildId()).toBe("abcd");
    expect(() => file.sections).toThrow("it ends too early");
  });

  test("reads a file without sections whose names would be in one", () => {
    const bytes = elf([LOAD]);
    new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(40, 0n, true);
    new DataView(bytes.buffer, bytes.byteOffset).setUint16(62, 0xffff, true);
    const path = join(directory, "elsewhere");
    writeFileSync(path, bytes);
    using file = ElfFile.open(path);
    expect(file.section(".text")).toBeUndefined();
  });
});
