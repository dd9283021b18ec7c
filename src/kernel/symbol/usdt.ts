/**
 * @module The static tracepoints of an executable or a library (USDT).
 *
 * Source of the facts: SystemTap's `sys/sdt.h`.
 */
import { ElfFile } from "./elf-file.ts";
import { notesIn } from "./elf-note.ts";
import { textAt, viewOf } from "./elf-text.ts";

const SECTION = ".note.stapsdt";
/** A section that is there for its address alone, which notes have, too: where they differ, the file was moved after the notes. */
const BASE = ".stapsdt.base";
const OWNER = "stapsdt";
const TYPE = 3;
/** Of a description, before its texts: three addresses. */
const ADDRESSES_SIZE = 24;
/** Places that a file may have; those with the most have some thousands. */
const MOST_PLACES = 1 << 14;

/** A tracepoint that a program has been built with. */
export interface Usdt {
  readonly provider: string;
  readonly name: string;
}

/** One of the places where a tracepoint stands. */
export interface UsdtPlace extends Usdt {
  /** Of the instruction, in memory. */
  readonly address: bigint;
  /** In memory, of the counter that says how many look at it; 0 where it has none. */
  readonly semaphore: bigint;
  /** Where its arguments are, in the words of the machine's assembler: `-4@%edi 8@-16(%rbp)`. */
  readonly arguments: string;
}

/**
 * All tracepoints of a file; one that stands at several places is listed once.
 * @throws SyntaxError when the file is not a 64-bit little-endian ELF file, or damaged; the system's error when it cannot be read.
 */
export function listUsdts(path: string): Usdt[] {
  using file = ElfFile.open(path);
  const found = new Map<string, Usdt>();
  for (const { provider, name } of usdtPlaces(file)) found.set(`${provider}:${name}`, { provider, name });
  return [...found.values()];
}

/** Every place of every tracepoint. @throws SyntaxError when the file is damaged. */
export function* usdtPlaces(file: ElfFile): Generator<UsdtPlace> {
  const notes = file.sectionBytes(SECTION);
  if (notes === undefined) return;
  const base = file.section(BASE)?.address;
  let left = MOST_PLACES;
  for (const { owner, type, description } of notesIn(notes)) {
    if (owner !== OWNER || type !== TYPE || description.length < ADDRESSES_SIZE) continue;
    if (left-- === 0)
      throw new SyntaxError(`Cannot read ELF file: it has more than ${MOST_PLACES} static tracepoints`);
    const view = viewOf(description);
    const [address, noted, semaphore] = [0, 8, 16].map((at) => view.getBigUint64(at, true)) as [
      bigint,
      bigint,
      bigint,
    ];
    const moved = base === undefined ? 0n : base - noted;
    const provider = textAt(description, ADDRESSES_SIZE);
    const nameAt = ADDRESSES_SIZE + provider.length + 1;
    const name = textAt(description, nameAt);
    yield {
      provider,
      name,
      address: address + moved,
      semaphore: semaphore === 0n ? 0n : semaphore + moved,
      arguments: textAt(description, nameAt + name.length + 1),
    };
  }
}
