/**
 * @module Just enough of ELF to pack an executable: 64-bit, little-endian files, read and changed in place.
 * Layouts are those of the System V ABI's generic part and of elf(5).
 */

/** Values from elf.h that the packer compares with. */
export const ELF = {
  ET_EXEC: 2,
  EM_X86_64: 62,
  EM_AARCH64: 183,
  PT_LOAD: 1,
  PT_DYNAMIC: 2,
  PT_INTERP: 3,
  PT_NOTE: 4,
  PT_PHDR: 6,
  PF_X: 1,
  PF_W: 2,
  PF_R: 4,
  DT_NEEDED: 1,
  DT_STRTAB: 5,
  DT_SONAME: 14,
  DT_DEBUG: 21,
  DT_VERNEED: 0x6ffffffe,
  DT_VERNEEDNUM: 0x6fffffff,
  SHT_PROGBITS: 1,
} as const;

/** Sizes in bytes of the file's structures. */
export const SIZE = { header: 64, programHeader: 56, sectionHeader: 64, dynamic: 16, symbol: 24 } as const;

/** One program header. Offsets, addresses and sizes stay below 2^53 in every file that can be packed. */
export interface ProgramHeader {
  type: number;
  flags: number;
  offset: number;
  address: number;
  fileSize: number;
  memorySize: number;
  align: number;
}

/** One section header, with its name resolved. */
export interface SectionHeader {
  name: string;
  type: number;
  address: number;
  offset: number;
  size: number;
}

/** A dynamic entry: its tag and value, and where the entry lies in the file and in memory. */
export interface DynamicEntry {
  tag: number;
  value: number;
  fileOffset: number;
  address: number;
}

/** A parsed ELF file. `bytes` is the file itself; `view` covers it. */
export interface ElfFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly type: number;
  readonly machine: number;
  readonly entry: number;
  readonly sectionTableOffset: number;
  readonly sectionCount: number;
  readonly sectionNamesIndex: number;
  readonly programHeaders: ProgramHeader[];
}

/**
 * Parses the ELF header and program headers.
 * @param path Only for messages.
 * @throws SyntaxError when the bytes are not a 64-bit little-endian ELF file, or end too early.
 */
export function parseElf(path: string, bytes: Uint8Array): ElfFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < SIZE.header || view.getUint32(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) {
    throw new SyntaxError(`Cannot read "${path}": not a 64-bit little-endian ELF file`);
  }
  const programTable = Number(view.getBigUint64(32, true));
  const programCount = view.getUint16(56, true);
  if (programTable + programCount * SIZE.programHeader > bytes.length) {
    throw new SyntaxError(`Cannot read "${path}": truncated in its program headers`);
  }
  const programHeaders: ProgramHeader[] = [];
  for (let i = 0; i < programCount; i++) {
    programHeaders.push(readProgramHeader(view, programTable + i * SIZE.programHeader));
  }
  return {
    path,
    bytes,
    view,
    type: view.getUint16(16, true),
    machine: view.getUint16(18, true),
    entry: Number(view.getBigUint64(24, true)),
    sectionTableOffset: Number(view.getBigUint64(40, true)),
    sectionCount: view.getUint16(60, true),
    sectionNamesIndex: view.getUint16(62, true),
    programHeaders,
  };
}

function readProgramHeader(view: DataView, at: number): ProgramHeader {
  const word = (offset: number): number => Number(view.getBigUint64(at + offset, true));
  return {
    type: view.getUint32(at, true),
    flags: view.getUint32(at + 4, true),
    offset: word(8),
    address: word(16),
    fileSize: word(32),
    memorySize: word(40),
    align: word(48),
  };
}

/** Writes one program header at byte `at` of `view`. The physical address repeats the virtual one. */
export function writeProgramHeader(view: DataView, at: number, header: ProgramHeader): void {
  view.setUint32(at, header.type, true);
  view.setUint32(at + 4, header.flags, true);
  const words = [
    header.offset,
    header.address,
    header.address,
    header.fileSize,
    header.memorySize,
    header.align,
  ];
  for (const [i, word] of words.entries()) view.setBigUint64(at + 8 + i * 8, BigInt(word), true);
}

/**
 * The file offset of a virtual address.
 * @throws RangeError when no loaded segment's file part holds it.
 */
export function fileOffsetOf(elf: ElfFile, address: number): number {
  for (const p of elf.programHeaders) {
    if (p.type === ELF.PT_LOAD && address >= p.address && address < p.address + p.fileSize) {
      return p.offset + (address - p.address);
    }
  }
  throw new RangeError(`Cannot read "${elf.path}": no segment holds address 0x${address.toString(16)}`);
}

/** The NUL-terminated string at a file offset. */
export function stringAt(bytes: Uint8Array, offset: number): string {
  const end = bytes.indexOf(0, offset);
  return new TextDecoder().decode(bytes.subarray(offset, end < 0 ? bytes.length : end));
}

/** The entries of PT_DYNAMIC up to DT_NULL; none where the file has no such segment. */
export function dynamicEntries(elf: ElfFile): DynamicEntry[] {
  const segment = elf.programHeaders.find((p) => p.type === ELF.PT_DYNAMIC);
  const entries: DynamicEntry[] = [];
  if (segment === undefined) return entries;
  for (let at = 0; at + SIZE.dynamic <= segment.fileSize; at += SIZE.dynamic) {
    const fileOffset = segment.offset + at;
    const tag = Number(elf.view.getBigInt64(fileOffset, true));
    if (tag === 0) break;
    const value = Number(elf.view.getBigUint64(fileOffset + 8, true));
    entries.push({ tag, value, fileOffset, address: segment.address + at });
  }
  return entries;
}

/** File offset of the dynamic string table. */
export function dynamicStringsOffset(elf: ElfFile, entries: readonly DynamicEntry[]): number {
  const table = entries.find((entry) => entry.tag === ELF.DT_STRTAB);
  if (table === undefined) throw new SyntaxError(`Cannot read "${elf.path}": no dynamic string table`);
  return fileOffsetOf(elf, table.value);
}

/** What a shared library calls itself (DT_SONAME) and which others it needs (DT_NEEDED). */
export function libraryNames(elf: ElfFile): { soname: string | undefined; needed: string[] } {
  const entries = dynamicEntries(elf);
  if (entries.length === 0) return { soname: undefined, needed: [] };
  const strings = dynamicStringsOffset(elf, entries);
  const named = (tag: number): string[] =>
    entries.filter((entry) => entry.tag === tag).map((entry) => stringAt(elf.bytes, strings + entry.value));
  return { soname: named(ELF.DT_SONAME)[0], needed: named(ELF.DT_NEEDED) };
}

/** The section headers, names resolved. */
export function sectionHeaders(elf: ElfFile): SectionHeader[] {
  const { view, sectionTableOffset: table, sectionCount } = elf;
  if (table + sectionCount * SIZE.sectionHeader > elf.bytes.length) {
    throw new SyntaxError(`Cannot read "${elf.path}": truncated in its section headers`);
  }
  const word = (index: number, offset: number): number =>
    Number(view.getBigUint64(table + index * SIZE.sectionHeader + offset, true));
  const names = sectionCount === 0 ? 0 : word(elf.sectionNamesIndex, 24);
  return Array.from({ length: sectionCount }, (_, i) => ({
    name: stringAt(elf.bytes, names + view.getUint32(table + i * SIZE.sectionHeader, true)),
    type: view.getUint32(table + i * SIZE.sectionHeader + 4, true),
    address: word(i, 16),
    offset: word(i, 24),
    size: word(i, 32),
  }));
}

/**
 * The value of a symbol in `.symtab`.
 * @throws RangeError when the file has no such symbol.
 */
export function symbolAddress(elf: ElfFile, symbol: string): number {
  const sections = sectionHeaders(elf);
  const symbols = sections.find((section) => section.name === ".symtab");
  const strings = sections.find((section) => section.name === ".strtab");
  if (symbols !== undefined && strings !== undefined) {
    for (let at = symbols.offset; at < symbols.offset + symbols.size; at += SIZE.symbol) {
      if (stringAt(elf.bytes, strings.offset + elf.view.getUint32(at, true)) === symbol) {
        return Number(elf.view.getBigUint64(at + 8, true));
      }
    }
  }
  throw new RangeError(`Cannot read "${elf.path}": no symbol "${symbol}"`);
}
