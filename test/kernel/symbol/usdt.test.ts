import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ElfFile,
  listElfFunctions,
  listTraceableFunctions,
  listUsdts,
  usdtPlaces,
} from "../../../src/kernel/symbol/index.ts";

const directory = mkdtempSync(join(tmpdir(), "tetrad-usdt-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** A note as compilers leave one for each tracepoint. */
function note(owner: string, type: number, texts: string): Uint8Array {
  const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  const name = Buffer.from(`${owner}\0`);
  const description = Buffer.concat([Buffer.alloc(24, 0x11), Buffer.from(texts)]);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length, 0);
  head.writeUInt32LE(description.length, 4);
  head.writeUInt32LE(type, 8);
  return Buffer.concat([head, padded(name), padded(description)]);
}

/** A file whose only sections are these notes and the names. @returns Its path. */
function fileWith(name: string, notes: Uint8Array): string {
  const names = Buffer.from("\0.note.stapsdt\0.shstrtab\0");
  const sections = 64 + names.length + notes.length;
  const bytes = Buffer.alloc(sections + 3 * 64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  bytes.writeBigUInt64LE(BigInt(sections), 40);
  bytes.writeUInt16LE(3, 60);
  bytes.writeUInt16LE(2, 62);
  bytes.set(names, 64);
  bytes.set(notes, 64 + names.length);
  for (const [index, [nameAt, type, offset, size]] of [
    [1, 7, 64 + names.length, notes.length],
    [15, 3, 64, names.length],
  ].entries()) {
    const at = sections + 64 * (index + 1);
    bytes.writeUInt32LE(nameAt!, at);
    bytes.writeUInt32LE(type!, at + 4);
    bytes.writeBigUInt64LE(BigInt(offset!), at + 24);
    bytes.writeBigUInt64LE(BigInt(size!), at + 32);
  }
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

test("listUsdts() lists each tracepoint once, whatever other notes there are", () => {
  const path = fileWith(
    "all",
    Buffer.concat([
      note("stapsdt", 3, "libc\0setjmp\0-8@%rdi\0"),
      note("GNU", 3, "other\0one\0\0"),
      note("stapsdt", 9, "other\0two\0\0"),
      note("stapsdt", 3, "mysql\0query__start\0\0"),
      note("stapsdt", 3, "libc\0setjmp\0-4@%esi\0"),
    ]),
  );
  expect(listUsdts(path)).toEqual([
    { provider: "libc", name: "setjmp" },
    { provider: "mysql", name: "query__start" },
  ]);
});

test("usdtPlaces() has every place, with its counter and the words for its arguments", () => {
  const notes = [
    note("stapsdt", 3, "libc\0setjmp\0-8@%rdi 4@$3\0"),
    note("stapsdt", 3, "libc\0setjmp\0\0"),
    note("stapsdt", 3, "").subarray(0, 32),
  ];
  new DataView(notes[2]!.buffer, notes[2]!.byteOffset).setUint32(4, 12, true);
  using file = ElfFile.open(fileWith("places", Buffer.concat(notes)));
  const place = {
    provider: "libc",
    name: "setjmp",
    address: 0x1111111111111111n,
    semaphore: 0x1111111111111111n,
  };
  expect([...usdtPlaces(file)]).toEqual([
    { ...place, arguments: "-8@%rdi 4@$3" },
    { ...place, arguments: "" },
  ]);
});

test("listUsdts() and listElfFunctions() find nothing in a file that has none", () => {
  const path = fileWith("none", new Uint8Array(0));
  expect(listUsdts(path)).toEqual([]);
  expect(listElfFunctions(path)).toEqual([]);
});

test("listUsdts() refuses a section that is cut off, and what is no ELF file", () => {
  const whole = note("stapsdt", 3, "libc\0setjmp\0\0");
  expect(() => listUsdts(fileWith("cut", whole.subarray(0, 40)))).toThrow("it ends within a note");
  expect(() => listUsdts(import.meta.path)).toThrow("it is no ELF file of 64 bits, little-endian");
});

test("listUsdts() refuses a file with more tracepoints than anybody puts into one", () => {
  const one = note("stapsdt", 3, "a\0b\0\0");
  const many = (count: number) => Buffer.concat(Array.from({ length: count }, () => one));
  expect(listUsdts(fileWith("many", many(1 << 14)))).toEqual([{ provider: "a", name: "b" }]);
  expect(() => listUsdts(fileWith("more", many((1 << 14) + 1)))).toThrow(
    "more than 16384 static tracepoints",
  );
});

test("listElfFunctions() lists each function of a library once", () => {
  const names = listElfFunctions(process.execPath);
  expect(new Set(names).size).toBe(names.length);
});

test("listTraceableFunctions() leaves out functions of modules and those that are gone, and sorts", () => {
  writeFileSync(
    join(directory, "available_filter_functions"),
    "vfs_read\n__ftrace_invalid_address___64\ndo_exit\nvfs_read\nnf_hook [nf_tables]\nlate\n",
  );
  expect(listTraceableFunctions(directory)).toEqual(["do_exit", "vfs_read"]);
});
