/**
 * @module Functions of an executable or a library, by name: where in the file they are, as uprobes want to know it.
 *
 * Source of the facts: elf(5).
 */
import { closeSync, openSync, readSync } from "node:fs";

const MAGIC = 0x464c457f;
const CLASS_64 = 2;
const HEADER_SIZE = 64;
const SECTION_SIZE = 64;
const SEGMENT_SIZE = 56;
const SYMBOL_SIZE = 24;
const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const PT_LOAD = 1;
const STT_FUNC = 2;
const STT_GNU_IFUNC = 10;

/** Bytes of a table of symbols or of their names that are read at most. */
const MAX_TABLE = 1 << 28;

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Of a table of symbols: which section holds their names. */
  readonly link: number;
}

interface Segment {
  readonly offset: number;
  readonly address: bigint;
  readonly size: bigint;
}

/**
 * Where a function begins in the file, or `undefined` when the file does not have it: it is looked for among what a
 * library offers, and among all symbols where the file was not stripped of them.
 * @throws SyntaxError when the file is not a 64-bit little-endian ELF file, or damaged; the system's error when it cannot be read.
 */
export function findElfFunction(path: string, name: string): bigint | undefined {
  const fd = openSync(path, "r");
  try {
    const { sections, segments } = readTables(fd);
    for (const type of [SHT_DYNSYM, SHT_SYMTAB]) {
      const table = sections.find((section) => section.type === type);
      const names = table === undefined ? undefined : sections[table.link];
      if (table === undefined || names === undefined) continue;
      const address = findSymbol(
        read(fd, table.offset, table.size),
        read(fd, names.offset, names.size),
        name,
      );
      if (address !== undefined) return offsetOf(address, segments);
    }
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function readTables(fd: number): { sections: Section[]; segments: Segment[] } {
  const header = viewOf(read(fd, 0, HEADER_SIZE));
  if (header.getUint32(0, true) !== MAGIC || header.getUint8(4) !== CLASS_64 || header.getUint8(5) !== 1)
    throw new SyntaxError("Cannot read ELF file: expected 64 bits, little-endian");
  const segmentCount = header.getUint16(56, true);
  const sectionCount = header.getUint16(60, true);
  const segments = viewOf(read(fd, Number(header.getBigUint64(32, true)), segmentCount * SEGMENT_SIZE));
  const sections = viewOf(read(fd, Number(header.getBigUint64(40, true)), sectionCount * SECTION_SIZE));
  return {
    segments: Array.from({ length: segmentCount }, (_, index) => index * SEGMENT_SIZE)
      .filter((at) => segments.getUint32(at, true) === PT_LOAD)
      .map((at) => ({
        offset: Number(segments.getBigUint64(at + 8, true)),
        address: segments.getBigUint64(at + 16, true),
        size: segments.getBigUint64(at + 32, true),
      })),
    sections: Array.from({ length: sectionCount }, (_, index) => index * SECTION_SIZE).map((at) => ({
      type: sections.getUint32(at + 4, true),
      offset: Number(sections.getBigUint64(at + 24, true)),
      size: Number(sections.getBigUint64(at + 32, true)),
      link: sections.getUint32(at + 40, true),
    })),
  };
}

/** Address of the function of that name that the file itself has. */
function findSymbol(symbols: Uint8Array, names: Uint8Array, name: string): bigint | undefined {
  const view = viewOf(symbols);
  const wanted = Buffer.from(`${name}\0`, "latin1");
  for (let at = 0; at + SYMBOL_SIZE <= symbols.length; at += SYMBOL_SIZE) {
    const type = view.getUint8(at + 4) & 0x0f;
    const isHere = view.getUint16(at + 6, true) !== 0;
    if (!isHere || (type !== STT_FUNC && type !== STT_GNU_IFUNC)) continue;
    const nameAt = view.getUint32(at, true);
    if (wanted.equals(names.subarray(nameAt, nameAt + wanted.length))) return view.getBigUint64(at + 8, true);
  }
  return undefined;
}

/** Addresses are those of memory: of the segment that is loaded from the file. */
function offsetOf(address: bigint, segments: readonly Segment[]): bigint {
  const segment = segments.find(({ address: start, size }) => address >= start && address < start + size);
  if (segment === undefined) throw new SyntaxError("Cannot read ELF file: a function is in no segment");
  return address - segment.address + BigInt(segment.offset);
}

/** @throws SyntaxError when the file ends before that. */
function read(fd: number, offset: number, size: number): Uint8Array {
  if (size > MAX_TABLE) throw new SyntaxError(`Cannot read ELF file: a table has ${size} bytes`);
  const bytes = new Uint8Array(size);
  if (size > 0 && readSync(fd, bytes, 0, size, offset) !== size)
    throw new SyntaxError("Cannot read ELF file: it ends too early");
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
