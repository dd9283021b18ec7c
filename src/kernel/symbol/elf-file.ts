/**
 * @module Executables and libraries as files: their sections, segments and symbols.
 *
 * Source of the facts: elf(5).
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

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

/** A section. */
export interface ElfSection {
  /** Where its name begins in the section of names. */
  readonly nameAt: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Of a table of symbols: which section holds their names. */
  readonly link: number;
}

/** What is loaded from the file. */
interface Segment {
  readonly offset: number;
  readonly address: bigint;
  readonly size: bigint;
}

/** A function that the file itself has. */
export interface ElfFunction {
  readonly name: string;
  /** In memory. */
  readonly address: bigint;
  /** Whether its code is chosen when the program is loaded. */
  readonly isIndirect: boolean;
}

/** A 64-bit little-endian ELF file. */
export class ElfFile {
  readonly sections: readonly ElfSection[];
  readonly #segments: readonly Segment[];
  readonly #names: ElfSection | undefined;
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
    const header = viewOf(this.#read(0, HEADER_SIZE));
    if (header.getUint32(0, true) !== MAGIC || header.getUint8(4) !== CLASS_64 || header.getUint8(5) !== 1)
      throw new SyntaxError("Cannot read ELF file: expected 64 bits, little-endian");
    const segments = { at: header.getBigUint64(32, true), count: header.getUint16(56, true) };
    const sections = { at: header.getBigUint64(40, true), count: header.getUint16(60, true) };
    this.#segments = this.#readTable(segments, SEGMENT_SIZE, segmentAt).filter(
      (segment) => segment !== undefined,
    );
    this.sections = this.#readTable(sections, SECTION_SIZE, sectionAt);
    this.#names = this.sections[header.getUint16(62, true)];
  }

  /** @throws SyntaxError when it is no such file, or damaged; the system's error when it cannot be read. */
  static open(path: string): ElfFile {
    // Whoever the file belongs to may have put a pipe in its place, for which an open would wait.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) throw new SyntaxError("Cannot read ELF file: expected a regular file");
      return new ElfFile(fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** The bytes of the section of that name. */
  sectionBytes(name: string): Uint8Array | undefined {
    if (this.#names === undefined) return undefined;
    const names = this.bytesOf(this.#names);
    const section = this.sections.find(({ nameAt }) => textAt(names, nameAt) === name);
    return section && this.bytesOf(section);
  }

  /** @throws SyntaxError when the file ends before that. */
  bytesOf({ offset, size }: ElfSection): Uint8Array {
    return this.#read(offset, size);
  }

  /** The functions that a library offers, then all functions, where the file was not stripped of them. */
  *functions(): Generator<ElfFunction> {
    for (const type of [SHT_DYNSYM, SHT_SYMTAB]) {
      const table = this.sections.find((section) => section.type === type);
      const names = table && this.sections[table.link];
      if (table !== undefined && names !== undefined)
        yield* functionsIn(this.bytesOf(table), this.bytesOf(names));
    }
  }

  /** Where what is at an address in memory is in the file. */
  offsetOf(address: bigint): bigint {
    const segment = this.#segments.find(
      ({ address: start, size }) => address >= start && address < start + size,
    );
    if (segment === undefined) throw new SyntaxError("Cannot read ELF file: a function is in no segment");
    return address - segment.address + BigInt(segment.offset);
  }

  #readTable<Row>(
    { at, count }: { readonly at: bigint; readonly count: number },
    size: number,
    rowAt: (view: DataView, at: number) => Row,
  ): Row[] {
    const view = viewOf(this.#read(Number(at), count * size));
    return Array.from({ length: count }, (_, index) => rowAt(view, index * size));
  }

  #read(offset: number, size: number): Uint8Array {
    if (size > MAX_TABLE) throw new SyntaxError(`Cannot read ELF file: a table has ${size} bytes`);
    const bytes = new Uint8Array(size);
    if (size > 0 && readSync(this.#fd, bytes, 0, size, offset) !== size)
      throw new SyntaxError("Cannot read ELF file: it ends too early");
    return bytes;
  }
}

function segmentAt(view: DataView, at: number): Segment | undefined {
  if (view.getUint32(at, true) !== PT_LOAD) return undefined;
  return {
    offset: Number(view.getBigUint64(at + 8, true)),
    address: view.getBigUint64(at + 16, true),
    size: view.getBigUint64(at + 32, true),
  };
}

function sectionAt(view: DataView, at: number): ElfSection {
  return {
    nameAt: view.getUint32(at, true),
    type: view.getUint32(at + 4, true),
    offset: Number(view.getBigUint64(at + 24, true)),
    size: Number(view.getBigUint64(at + 32, true)),
    link: view.getUint32(at + 40, true),
  };
}

function* functionsIn(symbols: Uint8Array, names: Uint8Array): Generator<ElfFunction> {
  const view = viewOf(symbols);
  for (let at = 0; at + SYMBOL_SIZE <= symbols.length; at += SYMBOL_SIZE) {
    const type = view.getUint8(at + 4) & 0x0f;
    const isHere = view.getUint16(at + 6, true) !== 0;
    if (!isHere || (type !== STT_FUNC && type !== STT_GNU_IFUNC)) continue;
    yield {
      name: textAt(names, view.getUint32(at, true)),
      address: view.getBigUint64(at + 8, true),
      isIndirect: type === STT_GNU_IFUNC,
    };
  }
}

/** Up to the next 0. */
export function textAt(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  return Buffer.from(bytes.subarray(at, end < 0 ? bytes.length : end)).toString("latin1");
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
