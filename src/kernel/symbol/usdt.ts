/**
 * @module The static tracepoints of an executable or a library (USDT).
 *
 * Source of the facts: SystemTap's `sys/sdt.h`; a note has an owner and a type, elf(5).
 */
import { ElfFile, textAt, viewOf } from "./elf-file.ts";

const SECTION = ".note.stapsdt";
const OWNER = "stapsdt";
const TYPE = 3;
/** Of a note: the lengths of owner and description, and its type. */
const HEAD_SIZE = 12;
/** Of a description, before its texts: three addresses. */
const ADDRESSES_SIZE = 24;

/** A tracepoint that a program has been built with. */
export interface Usdt {
  readonly provider: string;
  readonly name: string;
}

/**
 * All tracepoints of a file; one that stands at several places is listed once.
 * @throws SyntaxError when the file is not a 64-bit little-endian ELF file, or damaged; the system's error when it cannot be read.
 */
export function listUsdts(path: string): Usdt[] {
  using file = ElfFile.open(path);
  const notes = file.sectionBytes(SECTION);
  const found = new Map<string, Usdt>();
  if (notes === undefined) return [];
  const view = viewOf(notes);
  for (let at = 0; at + HEAD_SIZE <= notes.length; ) {
    const ownerAt = at + HEAD_SIZE;
    const textsAt = ownerAt + aligned(view.getUint32(at, true));
    const end = textsAt + aligned(view.getUint32(at + 4, true));
    if (end > notes.length) throw new SyntaxError(`Cannot read ELF file: ${SECTION} ends within a note`);
    if (view.getUint32(at + 8, true) === TYPE && textAt(notes, ownerAt) === OWNER) {
      const provider = textAt(notes, textsAt + ADDRESSES_SIZE);
      const name = textAt(notes, textsAt + ADDRESSES_SIZE + provider.length + 1);
      found.set(`${provider}:${name}`, { provider, name });
    }
    at = end;
  }
  return [...found.values()];
}

function aligned(size: number): number {
  return (size + 3) & ~3;
}
