/**
 * @module Where in memory the executable's own program lies: its modules and their bytecode, which Bun puts into the
 * section `.bun`. The section is mapped privately and writable, but nobody writes to it.
 */
import { fs } from "./fs.ts";

const SECTION = ".bun";
/** A file header of 64 bits (elf(5)): where the section headers are, how long one is, how many, and which has the names. */
const HEADER = { bytes: 64, offset: 40, entryBytes: 58, count: 60, names: 62 } as const;
/** A section header: the place of its name among the names, address, place in the file, size. */
const ENTRY = { name: 0, address: 16, offset: 24, bytes: 32 } as const;

const PAGE = 4096;
/** Bits of an entry of /proc/pid/pagemap, in its upper half (Documentation/admin-guide/mm/pagemap.rst). */
const PRESENT = 1 << 31;
const SWAPPED = 1 << 30;
const OF_FILE = 1 << 29;

/** Whole pages in memory. */
export interface Pages {
  readonly start: number;
  readonly end: number;
}

/** The pages that hold nothing but the section; `undefined` where the file has none. @param path An ELF file of 64 bits. */
export function embeddedProgram(path: string): Pages | undefined {
  const fd = fs().openSync(path, "r");
  try {
    const header = readAt(fd, 0, HEADER.bytes);
    const entryBytes = header.getUint16(HEADER.entryBytes, true);
    const count = header.getUint16(HEADER.count, true);
    const table = readAt(fd, Number(header.getBigUint64(HEADER.offset, true)), entryBytes * count);
    const field = (section: number, at: number) =>
      Number(table.getBigUint64(section * entryBytes + at, true));
    const names = header.getUint16(HEADER.names, true);
    const texts = readAt(fd, field(names, ENTRY.offset), field(names, ENTRY.bytes));
    const latin1 = new TextDecoder("latin1").decode(texts);
    for (let i = 0; i < count; i++) {
      if (!latin1.startsWith(`${SECTION}\0`, table.getUint32(i * entryBytes + ENTRY.name, true))) continue;
      const address = field(i, ENTRY.address);
      const end = Math.floor((address + field(i, ENTRY.bytes)) / PAGE) * PAGE;
      return { start: Math.ceil(address / PAGE) * PAGE, end };
    }
    return undefined;
  } finally {
    fs().closeSync(fd);
  }
}

/** Whether the pages in memory are all as they are in the file. */
export function areUnchanged({ start, end }: Pages): boolean {
  const fd = fs().openSync("/proc/self/pagemap", "r");
  try {
    const map = readAt(fd, (start / PAGE) * 8, ((end - start) / PAGE) * 8);
    for (let at = 4; at < map.byteLength; at += 8) {
      const flags = map.getUint32(at, true);
      if ((flags & SWAPPED) !== 0 || (flags & (PRESENT | OF_FILE)) === PRESENT) return false;
    }
    return true;
  } finally {
    fs().closeSync(fd);
  }
}

/** @throws RangeError where the file ends before. */
function readAt(fd: number, position: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  if (fs().readSync(fd, bytes, 0, length, position) !== length)
    throw new RangeError("Unexpected end of file");
  return new DataView(bytes.buffer);
}
