/**
 * @module Executables and libraries as files: their sections, segments and symbols.
 *
 * Source of the facts: elf(5).
 */
import { readSync } from "node:fs";
import { type ElfFunction, functionsIn, type SymbolRows, type UnnamedFunction } from "./elf-functions.ts";
import { GNU_BUILD_ID, notesIn } from "./elf-note.ts";
import { isTextAt, textAt, viewOf } from "./elf-text.ts";
import { goFunctions } from "./go-functions.ts";
import { OpenedFile } from "./opened-file.ts";

const MAGIC = 0x464c457f;
const CLASS_64 = 2;
const HEADER_SIZE = 64;
const SECTION_SIZE = 64;
const SEGMENT_SIZE = 56;
const SHT_SYMTAB = 2;
const SHT_NOTE = 7;
const SHT_DYNSYM = 11;
const SHT_GNU_VERSYM = 0x6fffffff;
const PT_LOAD = 1;
const PT_NOTE = 4;
const PF_X = 1;
/** `SHN_XINDEX` */
const NAMES_ELSEWHERE = 0xffff;

/** Bytes of a table of symbols or of their names that are read at most. */
const MAX_TABLE = 1 << 28;
/** Sections that are read at most. */
const MAX_ROWS = 1 << 17;
/** Segments that are read at most, and those of them that are loaded: each function is looked for in all. Programs have a dozen. */
const [MAX_SEGMENTS, MAX_LOADED] = [256, 32];
/** Places with notes where a build ID is looked for, and bytes of them. */
const [MAX_NOTES, MAX_NOTES_SIZE] = [64, 1 << 20];

/** Bytes of the file. */
interface Extent {
  readonly offset: number;
  readonly size: number;
}

/** A section. */
export interface ElfSection extends Extent {
  /** Where its name begins in the section of names. */
  readonly nameAt: number;
  readonly type: number;
  /** Where it is in memory; 0 where it is not. */
  readonly address: bigint;
  /** Of a table of symbols: which section holds their names. */
  readonly link: number;
}

/** What is loaded from the file, or found by who loads it. */
interface Segment extends Extent {
  readonly type: number;
  readonly address: bigint;
  readonly isCode: boolean;
}

/** A 64-bit little-endian ELF file. */
export class ElfFile {
  readonly #header: DataView;
  readonly #segments: readonly Segment[];
  readonly #loaded: readonly Segment[];
  #sections: readonly ElfSection[] | undefined;
  readonly #file: OpenedFile;
  /** Bytes of the file. */
  readonly size: number;

  private constructor(file: OpenedFile) {
    this.#file = file;
    this.size = Number(file.identity.size);
    const header = viewOf(this.#read({ offset: 0, size: Math.min(HEADER_SIZE, this.size) }));
    if (this.size < HEADER_SIZE || !isElf64(header))
      throw new SyntaxError("Cannot read ELF file: it is no ELF file of 64 bits, little-endian");
    const segments = { at: header.getBigUint64(32, true), count: header.getUint16(56, true) };
    this.#header = header;
    this.#segments = this.#readTable(segments, SEGMENT_SIZE, segmentAt, MAX_SEGMENTS);
    this.#loaded = this.#segments.filter(({ type }) => type === PT_LOAD);
    if (this.#loaded.length > MAX_LOADED)
      throw new SyntaxError(`Cannot read ELF file: it has ${this.#loaded.length} segments to load`);
  }

  /** Read when they are asked for first. @throws SyntaxError when they are damaged. */
  get sections(): readonly ElfSection[] {
    if (this.#sections !== undefined) return this.#sections;
    const at = this.#header.getBigUint64(40, true);
    const count = this.#header.getUint16(60, true);
    const [first] = at === 0n ? [] : this.#readTable({ at, count: 1 }, SECTION_SIZE, sectionAt);
    // Numbers that have no room in the header are in the first section, which is none.
    const table = { at, count: count === 0 ? (first?.size ?? 0) : count };
    this.#sections = first === undefined ? [] : this.#readTable(table, SECTION_SIZE, sectionAt);
    return this.#sections;
  }

  get #names(): ElfSection | undefined {
    const names = this.#header.getUint16(62, true);
    return this.sections[names === NAMES_ELSEWHERE ? (this.sections[0]?.link ?? 0) : names];
  }

  /** @throws SyntaxError when it is no such file, or damaged; the system's error when it cannot be read. */
  static open(path: string): ElfFile {
    const file = new OpenedFile(path);
    try {
      return new ElfFile(file);
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  /** Of a file that the caller has opened, which is the ELF file's own when this does not throw. @throws SyntaxError */
  static of(file: OpenedFile): ElfFile {
    return new ElfFile(file);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  /** The section of that name. */
  section(name: string): ElfSection | undefined {
    const place = this.#names;
    if (place === undefined) return undefined;
    const names = this.bytesOf(place);
    return this.sections.find(({ nameAt }) => isTextAt(names, nameAt, name));
  }

  /** The bytes of the section of that name. */
  sectionBytes(name: string): Uint8Array | undefined {
    const section = this.section(name);
    return section && this.bytesOf(section);
  }

  /** @throws SyntaxError when the file ends before that. */
  bytesOf(section: ElfSection): Uint8Array {
    return this.#read(section);
  }

  /** The build ID, in hexadecimal: the linker's digest of what it has linked. */
  buildId(): string | undefined {
    return this.loadedBuildId() ?? this.#buildIdIn(this.sections.filter(({ type }) => type === SHT_NOTE));
  }

  /** The same of what is loaded, which is where the kernel looks: no section is read for it. */
  loadedBuildId(): string | undefined {
    return this.#buildIdIn(this.#segments.filter(({ type }) => type === PT_NOTE));
  }

  #buildIdIn(places: readonly Extent[]): string | undefined {
    let left = MAX_NOTES_SIZE;
    for (const place of places.slice(0, MAX_NOTES)) {
      left -= place.size;
      if (left < 0) break;
      for (const { owner, type, description } of notesIn(this.#read(place)))
        if (owner === GNU_BUILD_ID.owner && type === GNU_BUILD_ID.type)
          return Buffer.from(description).toString("hex");
    }
    return undefined;
  }

  /** The functions that a library offers, then all functions, where the file was not stripped of them. */
  *functions(): Generator<ElfFunction> {
    for (const { names, nameAt, ...found } of this.unnamedFunctions())
      yield { name: textAt(names, nameAt), ...found };
  }

  /** The same for who needs few of their names. */
  *unnamedFunctions(): Generator<UnnamedFunction> {
    for (const rows of this.#symbolTables()) yield* functionsIn(rows);
    if (this.sections.some(({ type }) => type === SHT_SYMTAB)) return;
    const table = this.#goTable;
    const code = this.section(".text");
    if (table !== undefined && code !== undefined) yield* goFunctions(this.bytesOf(table), code);
  }

  /** Programs in Go have a table of their own, without which they do not run. */
  get #goTable(): ElfSection | undefined {
    return this.section(".gopclntab") ?? this.section(".data.rel.ro.gopclntab");
  }

  /** Whether it is a program in Go. */
  get isGo(): boolean {
    return this.#goTable !== undefined;
  }

  /** The function of that name: that which programs are linked with, else an older one, else any. */
  function(name: string): ElfFunction | undefined {
    const bytes = Buffer.from(name).toString("latin1");
    let old: ElfFunction | undefined;
    for (const { names, nameAt, ...found } of this.unnamedFunctions()) {
      if (!isTextAt(names, nameAt, bytes)) continue;
      if (!found.isOld) return { name, ...found };
      old ??= { name, ...found };
    }
    return old;
  }

  /** What is loaded to run: where in the file it begins, and where it ends. */
  get code(): readonly { readonly start: bigint; readonly end: bigint }[] {
    return this.#loaded
      .filter(({ isCode }) => isCode)
      .map(({ offset, size }) => ({ start: BigInt(offset), end: BigInt(offset + size) }));
  }

  /** Bytes of the file, as many as there are of so many. @throws the system's error when it cannot be read. */
  bytesAt(offset: number, size: number): Uint8Array {
    return this.#read({ offset, size: Math.max(0, Math.min(size, this.size - offset)) });
  }

  /** Where what is at an address in memory is in the file. @throws SyntaxError where it is not. */
  offsetOf(address: bigint): bigint {
    const segment = this.#loaded.find(
      ({ address: start, size }) => address >= start && address < start + BigInt(size),
    );
    if (segment === undefined) throw new SyntaxError("Cannot read ELF file: a function is in no segment");
    return address - segment.address + BigInt(segment.offset);
  }

  /** At which address in memory a byte of the file is, as the file counts them; `undefined` of one that is not loaded. */
  addressOf(offset: bigint): bigint | undefined {
    const segment = this.#loaded.find(
      ({ offset: start, size }) => offset >= BigInt(start) && offset < BigInt(start) + BigInt(size),
    );
    return segment && offset - BigInt(segment.offset) + segment.address;
  }

  *#symbolTables(): Generator<SymbolRows> {
    const versions = this.sections.find(({ type }) => type === SHT_GNU_VERSYM);
    for (const type of [SHT_DYNSYM, SHT_SYMTAB]) {
      const table = this.sections.find((section) => section.type === type);
      const names = table && this.sections[table.link];
      if (table === undefined || names === undefined) continue;
      yield {
        symbols: this.bytesOf(table),
        names: this.bytesOf(names),
        versions: type === SHT_DYNSYM && versions !== undefined ? this.bytesOf(versions) : undefined,
      };
    }
  }

  #readTable<Row>(
    { at, count }: { readonly at: bigint; readonly count: number },
    size: number,
    rowAt: (view: DataView, at: number) => Row,
    most = MAX_ROWS,
  ): Row[] {
    if (count > most) throw new SyntaxError(`Cannot read ELF file: a table has ${count} rows`);
    const view = viewOf(this.#read({ offset: Number(at), size: count * size }));
    return Array.from({ length: count }, (_, index) => rowAt(view, index * size));
  }

  #read({ offset, size }: Extent): Uint8Array {
    if (size > MAX_TABLE) throw new SyntaxError(`Cannot read ELF file: a table has ${size} bytes`);
    if (offset + size > this.size) throw new SyntaxError("Cannot read ELF file: it ends too early");
    const bytes = new Uint8Array(size);
    if (size > 0 && readSync(this.#file.descriptor, bytes, 0, size, offset) !== size)
      throw new SyntaxError("Cannot read ELF file: it ends too early");
    return bytes;
  }
}

function isElf64(header: DataView): boolean {
  return header.getUint32(0, true) === MAGIC && header.getUint8(4) === CLASS_64 && header.getUint8(5) === 1;
}

function segmentAt(view: DataView, at: number): Segment {
  return {
    type: view.getUint32(at, true),
    isCode: (view.getUint32(at + 4, true) & PF_X) !== 0,
    offset: Number(view.getBigUint64(at + 8, true)),
    address: view.getBigUint64(at + 16, true),
    size: Number(view.getBigUint64(at + 32, true)),
  };
}

function sectionAt(view: DataView, at: number): ElfSection {
  return {
    nameAt: view.getUint32(at, true),
    type: view.getUint32(at + 4, true),
    address: view.getBigUint64(at + 16, true),
    offset: Number(view.getBigUint64(at + 24, true)),
    size: Number(view.getBigUint64(at + 32, true)),
    link: view.getUint32(at + 40, true),
  };
}
