/**
 * @module Makes a compiled Bun program deaf to the runtime's own environment variables, and to signals that nobody means
 * to end it by.
 *
 * The code of `amd64.S` or `arm64.S` goes to the end of the file and becomes the entry point; the program header of the
 * notes, which nobody reads, becomes the one that maps it. So the program headers stay where they are, which kernels
 * before 5.18 rely on. It holds for every way to start the file: set-user-ID, file capabilities, from a shell.
 */
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { TetradError } from "../../../src/os/error.ts";
import { ELF, type ElfFile, parseElf, SIZE, writeProgramHeader } from "../elf.ts";
import { machineOf } from "../machine.ts";
import { ENTRY_CODE } from "./code.ts";
import { IGNORED_SIGNALS } from "./signals.ts";
import { ALLOWED_VARIABLES } from "./variables.ts";

/** The largest page size of either architecture. */
const PAGE = 0x10000;
/** Stands in the environment where a variable was: a name that shells set anyway, without a value. */
const REPLACEMENT = "_=";
const ENTRY_BYTES = 8;
const REPLACEMENT_BYTES = 8;
const SIGNALS_BYTES = 8;
/** Where the entry point stands in an ELF header (`e_entry`), and the offset of the program headers (`e_phoff`). */
const E_ENTRY = 24;
const E_PHOFF = 32;

/**
 * The executable with the guard in it: the same bytes for the same input.
 * @param path Only for messages.
 * @param bytes An ELF program for x86-64 or arm64 that is not position-independent.
 * @throws TetradError when the program is not of that form, or has been guarded before.
 */
export function guardEntry(path: string, bytes: Uint8Array): Uint8Array {
  const program = parseElf(path, bytes);
  const notes = program.programHeaders.findIndex((p) => p.type === ELF.PT_NOTE);
  checkProgram(program, notes);
  const top = Math.max(...program.programHeaders.map((p) => p.address + p.memorySize));
  const offset = alignUp(bytes.length, 16);
  // A segment's place in the file and in memory agree within a page.
  const address = alignUp(top, PAGE) + (offset % PAGE);
  const guard = encodeGuard(program);
  const guarded = new Uint8Array(offset + guard.length);
  guarded.set(bytes);
  guarded.set(guard, offset);
  const view = new DataView(guarded.buffer);
  const table = Number(view.getBigUint64(E_PHOFF, true));
  writeProgramHeader(view, table + notes * SIZE.programHeader, {
    type: ELF.PT_LOAD,
    flags: ELF.PF_R | ELF.PF_X,
    offset,
    address,
    fileSize: guard.length,
    memorySize: guard.length,
    align: PAGE,
  });
  view.setBigUint64(E_ENTRY, BigInt(address), true);
  return guarded;
}

/** Guards the executable file at `path` in place, in one step. @throws TetradError as {@link guardEntry}. */
export function guardFile(path: string): void {
  const temporary = `${path}.guarding`;
  writeFileSync(temporary, guardEntry(path, readFileSync(path)));
  chmodSync(temporary, 0o755);
  renameSync(temporary, path);
}

function checkProgram(program: ElfFile, notes: number): void {
  const refuse = (found: string, needed: string): never => {
    throw new TetradError("failed", `Cannot guard "${program.path}": ${found}, needs ${needed}`);
  };
  if (program.type !== ELF.ET_EXEC) refuse(`ELF type is ${program.type}`, `${ELF.ET_EXEC} (ET_EXEC)`);
  if (notes < 0) refuse("it has no program header for notes", "PT_NOTE to take the place of");
  // The kernel and the loader take segments in ascending order.
  const isLast = program.programHeaders.slice(notes).every((p) => p.type !== ELF.PT_LOAD);
  if (!isLast) refuse("a segment follows the notes", "PT_NOTE behind every PT_LOAD");
}

/** Code, then the table that it reads: see amd64.S. */
function encodeGuard(program: ElfFile): Uint8Array {
  const code = Buffer.from(ENTRY_CODE[machineOf(program).name], "hex");
  const rules = Buffer.from(`${ALLOWED_VARIABLES.join("\0")}\0\0`, "latin1");
  const head = Buffer.alloc(ENTRY_BYTES + REPLACEMENT_BYTES + SIGNALS_BYTES);
  head.writeBigUInt64LE(BigInt(program.entry), 0);
  head.write(REPLACEMENT, ENTRY_BYTES, "latin1");
  const signals = IGNORED_SIGNALS.reduce((mask, signal) => mask | (1n << BigInt(signal - 1)), 0n);
  head.writeBigUInt64LE(signals, ENTRY_BYTES + REPLACEMENT_BYTES);
  return Buffer.concat([code, head, rules]);
}

function alignUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
