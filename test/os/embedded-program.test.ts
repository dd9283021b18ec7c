import { dlopen, FFIType, ptr } from "bun:ffi";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { areUnchanged, embeddedProgram } from "../../src/os/embedded-program.ts";

const PAGE = 4096;
const directory = mkdtempSync(`${tmpdir()}/embedded-`);
afterAll(() => rmSync(directory, { recursive: true }));

/** A file of 64 bits that has nothing but section headers and their names. */
function encodeElf(sections: readonly { name: string; address: number; bytes: number }[]): Uint8Array {
  const names = Buffer.from(`\0.shstrtab\0${sections.map(({ name }) => `${name}\0`).join("")}`);
  const file = new Uint8Array(64 + names.length + (sections.length + 1) * 64);
  const view = new DataView(file.buffer);
  const table = 64 + names.length;
  file.set(names, 64);
  view.setBigUint64(40, BigInt(table), true);
  view.setUint16(58, 64, true);
  view.setUint16(60, sections.length + 1, true);
  view.setUint16(62, 0, true);
  view.setUint32(table, 1, true);
  view.setBigUint64(table + 24, 64n, true);
  view.setBigUint64(table + 32, BigInt(names.length), true);
  for (const [i, { name, address, bytes }] of sections.entries()) {
    const at = table + (i + 1) * 64;
    view.setUint32(at, names.indexOf(`${name}\0`), true);
    view.setBigUint64(at + 16, BigInt(address), true);
    view.setBigUint64(at + 32, BigInt(bytes), true);
  }
  return file;
}

describe("embeddedProgram()", () => {
  const found = (sections: Parameters<typeof encodeElf>[0]) => {
    const path = `${directory}/elf`;
    writeFileSync(path, encodeElf(sections));
    return embeddedProgram(path);
  };

  test("are the whole pages of .bun", () => {
    expect(
      found([
        { name: ".bun_builtins", address: 0x10000, bytes: 0x9000 },
        { name: ".bun", address: 0x20800, bytes: 0x3000 },
      ]),
    ).toEqual({ start: 0x21000, end: 0x23000 });
  });

  test("are none without that section", () => {
    expect(found([{ name: ".bunch", address: 0x20000, bytes: 0x3000 }])).toBeUndefined();
  });

  test("a file that ends before its sections do is refused", () => {
    const path = `${directory}/cut`;
    writeFileSync(path, encodeElf([{ name: ".bun", address: 0, bytes: PAGE }]).subarray(0, 100));
    expect(() => embeddedProgram(path)).toThrow(RangeError);
  });
});

test("areUnchanged() sees one page that was written in a private mapping of a file", () => {
  const path = `${directory}/pages`;
  writeFileSync(path, new Uint8Array(4 * PAGE).fill(1));
  const libc = dlopen("libc.so.6", {
    open: { args: [FFIType.ptr, FFIType.i32], returns: FFIType.i32 },
    close: { args: [FFIType.i32], returns: FFIType.i32 },
    mmap: { args: ["usize", "usize", "i32", "i32", "i32", "usize"], returns: "usize" },
    munmap: { args: ["usize", "usize"], returns: "i32" },
    memset: { args: ["usize", "i32", "usize"], returns: "usize" },
  });
  const fd = libc.symbols.open(ptr(Buffer.from(`${path}\0`)), 0);
  const start = Number(libc.symbols.mmap(0, 4 * PAGE, 3, 2, fd, 0));
  try {
    const pages = { start, end: start + 4 * PAGE };
    expect(areUnchanged(pages)).toBe(true);
    libc.symbols.memset(start + 2 * PAGE, 2, 1);
    expect(areUnchanged(pages)).toBe(false);
  } finally {
    libc.symbols.munmap(start, 4 * PAGE);
    libc.symbols.close(fd);
    libc.close();
  }
});
