/**
 * @module Makes a compiled Bun program self-contained: one ELF file that brings its dynamic loader and its
 * libraries along, and starts where the file system holds nothing else.
 *
 * The packed file, by file offset:
 *
 *     0          ELF header, program headers, stub code, table        read, execute
 *     0x10000    names of the libraries, written at start             read, write
 *     0x20000    loader and libraries                                 read; unmapped once copied
 *     shift      the program as it was, every offset moved by `shift` as it was
 *     end        licences, section names, section headers             not loaded
 *
 * The program keeps its addresses; the stub's segments lie above them. stub/stub.c describes what happens at the start.
 */
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { LICENSES_SECTION } from "../../src/install/licenses.ts";
import { TetradError } from "../../src/os/error.ts";
import {
  dynamicEntries,
  dynamicStringsOffset,
  ELF,
  type ElfFile,
  fileOffsetOf,
  type ProgramHeader,
  parseElf,
  SIZE,
  stringAt,
  writeProgramHeader,
} from "./elf.ts";
import { findLibraries, type Library } from "./libraries.ts";
import { machineOf } from "./machine.ts";
import { appendSection } from "./section.ts";
import { compileStub, type Stub } from "./stub.ts";
import {
  encodeTable,
  MAX_LIBRARIES,
  MAX_SONAME,
  NAME_BYTES,
  type Patch,
  type Patches,
  TABLE,
} from "./table.ts";

/** What {@link packSelfContained} is given. */
export interface PackSettings {
  /** The executable that `bun build --compile` made, for x86-64 or arm64 with glibc. */
  readonly input: string;
  /** Where the packed file goes; may be `input`. Replaced in one step. */
  readonly output: string;
  /** Directories to take loader and libraries from. @default the build host's, of the input's architecture */
  readonly libraryDirectories?: readonly string[];
  /** Text for `tetrad version --licenses`, kept in the section {@link LICENSES_SECTION}. */
  readonly licenses?: string;
}

/** What was packed. */
export interface PackResult {
  /** Size of the packed file, and by how much it is larger than the input, in bytes. */
  readonly size: number;
  readonly added: number;
  /** SONAMEs of what was packed, the loader first. */
  readonly libraries: readonly string[];
}

/** The largest page size of either architecture: segments lie on these boundaries in the file and in memory. */
const PAGE = 0x10000;

/**
 * Packs `input` into `output`. The result is the same bytes for the same input, libraries and compiler.
 * @throws TetradError when the input cannot be packed, or a library or the compiler is missing.
 */
export function packSelfContained(settings: PackSettings): PackResult {
  const program = parseElf(settings.input, readFileSync(settings.input));
  checkProgram(program);
  const libraries = findLibraries(program, settings.libraryDirectories);
  checkLibraries(libraries);
  const packed = pack(program, libraries, compileStub(machineOf(program)), settings.licenses ?? "");

  const temporary = `${settings.output}.packing`;
  writeFileSync(temporary, packed);
  chmodSync(temporary, 0o755);
  renameSync(temporary, settings.output);
  return {
    size: packed.length,
    added: packed.length - program.bytes.length,
    libraries: libraries.map((library) => library.soname),
  };
}

function checkProgram(program: ElfFile): void {
  const refuse = (found: string, needed: string): never => {
    throw new TetradError("failed", `Cannot pack "${program.path}": ${found}, needs ${needed}`);
  };
  // A position-independent program would need its load address added to every address in the table.
  if (program.type !== ELF.ET_EXEC) refuse(`ELF type is ${program.type}`, `${ELF.ET_EXEC} (ET_EXEC)`);
  const dynamic = program.programHeaders.find((p) => p.type === ELF.PT_DYNAMIC);
  if (dynamic === undefined) refuse("it is a static program", "a dynamically linked one");
  else if ((dynamic.flags & ELF.PF_W) === 0) refuse("its dynamic section is read-only", "a writable one");
  const versions = dynamicEntries(program).find((entry) => entry.tag === ELF.DT_VERNEED);
  if (versions === undefined) refuse("it has no version requirements", "DT_VERNEED");
  else if (flagsAt(program, versions.value) !== ELF.PF_R) {
    // The stub leaves this memory read-only.
    refuse("its version requirements are not read-only", "a read-only segment");
  }
}

function flagsAt(program: ElfFile, address: number): number | undefined {
  const holds = (p: ProgramHeader): boolean => address >= p.address && address < p.address + p.memorySize;
  return program.programHeaders.find((p) => p.type === ELF.PT_LOAD && holds(p))?.flags;
}

function checkLibraries(libraries: readonly Library[]): void {
  if (libraries.length > MAX_LIBRARIES) {
    throw new TetradError(
      "failed",
      `Cannot pack ${libraries.length} libraries: the stub takes ${MAX_LIBRARIES}`,
    );
  }
  const long = libraries.slice(1).find((library) => library.soname.length > MAX_SONAME);
  if (long !== undefined) {
    throw new TetradError(
      "failed",
      `Cannot pack library "${long.soname}": its name has ${long.soname.length} characters, needs at most ${MAX_SONAME}`,
    );
  }
}

function pack(program: ElfFile, libraries: readonly Library[], stub: Stub, licenses: string): Uint8Array {
  const base = alignUp(Math.max(...program.programHeaders.map((p) => p.address + p.memorySize)));
  const payload = placeLibraries(libraries, alignUp(stub.names.offset + stub.names.size));
  const shift = alignUp(payload.end);

  const head = new Uint8Array(shift);
  head.set(stub.code, stub.codeOffset);
  for (const { library, offset } of payload.placed) head.set(library.elf.bytes, offset);

  const forLoader = program.programHeaders.map((p) => ({ ...p, offset: p.offset + shift }));
  const headersAddress = base + stub.table + TABLE.headers;
  for (const p of forLoader) if (p.type === ELF.PT_PHDR) p.address = headersAddress;
  const forKernel: ProgramHeader[] = [
    ...forLoader.filter((p) => p.type !== ELF.PT_INTERP),
    segment(base, 0, stub.codeOffset + stub.code.length, ELF.PF_R | ELF.PF_X),
    segment(base + stub.names.offset, stub.names.offset, stub.names.size, ELF.PF_R | ELF.PF_W),
    segment(base + payload.start, payload.start, payload.end - payload.start, ELF.PF_R),
  ].map((p) => (p.type === ELF.PT_PHDR ? { ...p, offset: SIZE.header, address: base + SIZE.header } : p));
  for (const p of forKernel) {
    if (p.type === ELF.PT_PHDR) p.fileSize = p.memorySize = forKernel.length * SIZE.programHeader;
  }
  writeHeaders(head, program, forKernel, base + stub.start, stub.codeOffset);

  const whole = appendSection(
    head,
    program.bytes,
    shift,
    LICENSES_SECTION,
    new TextEncoder().encode(licenses),
  );
  const debug = dynamicEntries(program).find((entry) => entry.tag === ELF.DT_DEBUG);
  if (debug === undefined)
    throw new TetradError("failed", `Cannot pack "${program.path}": it has no DT_DEBUG`);
  encodeTable(whole, stub.table, {
    fileSize: whole.length,
    entry: program.entry,
    headersAddress,
    headers: forLoader,
    debugAddress: debug.address + 8,
    ...redirectLibraries(program, libraries, base + stub.names.offset),
    payload: { address: base + payload.start, size: payload.end - payload.start },
    libraries: payload.placed.map(({ library, offset, size }) => ({
      soname: library.soname,
      address: base + offset,
      bytes: whole.subarray(offset, offset + size),
    })),
  });
  return whole;
}

function alignUp(value: number, to = PAGE): number {
  return Math.ceil(value / to) * to;
}

function segment(address: number, offset: number, size: number, flags: number): ProgramHeader {
  return { type: ELF.PT_LOAD, flags, offset, address, fileSize: size, memorySize: size, align: PAGE };
}

/** Lays the libraries one after another, each at a multiple of 4 KiB, sizes rounded up to whole words. */
function placeLibraries(libraries: readonly Library[], start: number) {
  let offset = start;
  const placed = libraries.map((library) => {
    const size = alignUp(library.elf.bytes.length, 8);
    const place = { library, offset, size };
    offset = alignUp(offset + size, 4096);
    return place;
  });
  return { start, placed, end: offset };
}

/**
 * The words that the stub changes while the loader works, so that DT_NEEDED and the version requirements name
 * rows of the stub's names. The loader itself is in memory already and keeps its name.
 */
function redirectLibraries(
  program: ElfFile,
  libraries: readonly Library[],
  namesAddress: number,
): { patches: Patches; versions: { address: number; size: number } } {
  const entries = dynamicEntries(program);
  const dynamicValue = (tag: number): number => entries.find((entry) => entry.tag === tag)?.value ?? 0;
  const stringsAddress = dynamicValue(ELF.DT_STRTAB);
  const strings = dynamicStringsOffset(program, entries);
  const redirected = (address: number, name: number): Patch[] => {
    const i = libraries.findIndex(({ soname }) => soname === stringAt(program.bytes, strings + name));
    if (i <= 0) return [];
    return [{ address, during: namesAddress + i * NAME_BYTES - stringsAddress, after: name }];
  };

  const needed = entries
    .filter((entry) => entry.tag === ELF.DT_NEEDED)
    .flatMap((entry) => redirected(entry.address + 8, entry.value));

  const start = dynamicValue(ELF.DT_VERNEED);
  const versions: Patch[] = [];
  let address = start;
  for (let i = 0; i < dynamicValue(ELF.DT_VERNEEDNUM); i++) {
    const at = fileOffsetOf(program, address);
    versions.push(...redirected(address + 4, program.view.getUint32(at + 4, true)));
    address += program.view.getUint32(at + 12, true);
  }
  return { patches: { needed, versions }, versions: { address: start, size: address + 16 - start } };
}

function writeHeaders(
  head: Uint8Array,
  program: ElfFile,
  programHeaders: readonly ProgramHeader[],
  entry: number,
  room: number,
): void {
  if (SIZE.header + programHeaders.length * SIZE.programHeader > room) {
    throw new TetradError(
      "failed",
      `Cannot pack "${program.path}": ${programHeaders.length} program headers do not fit before the stub`,
    );
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  head.set(program.bytes.subarray(0, SIZE.header), 0);
  view.setBigUint64(24, BigInt(entry), true);
  view.setBigUint64(32, BigInt(SIZE.header), true);
  view.setUint16(56, programHeaders.length, true);
  for (const [i, header] of programHeaders.entries()) {
    writeProgramHeader(view, SIZE.header + i * SIZE.programHeader, header);
  }
}
