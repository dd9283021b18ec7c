/** @module What a process has of the one that it comes from. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { ProgramBuilder } from "../../kernel/program/index.ts";
import { type NumberedFact, PROCESS_RECORD } from "../condition/process/index.ts";

const WORD = 8;

/** Words of a set of facts that has any, and for each the bits of facts that are of a process and not of its program. */
export interface FactWords {
  readonly offsets: readonly number[];
  readonly ofProcess: ReadonlyMap<number, bigint>;
}

/** The words that these facts are in. */
export function wordsOf(facts: readonly NumberedFact[]): FactWords {
  const offsets = [...new Set(facts.map(({ bit }) => (bit >> 6) * WORD))].sort((one, other) => one - other);
  const ofProcess = new Map(offsets.map((offset) => [offset, 0n]));
  for (const { fact, bit } of facts) {
    const offset = (bit >> 6) * WORD;
    if (fact.kind === "pid") ofProcess.set(offset, ofProcess.get(offset)! | (1n << BigInt(bit & 63)));
  }
  return { offsets, ofProcess };
}

/** Nothing is true of the scratch's record. */
export function clearRecord({ asm }: ProgramBuilder, scratch: HeldRegister): void {
  asm.note("nothing is known").set("r1", 0);
  for (let at = 0; at < PROCESS_RECORD.size; at += WORD) asm.store(8, scratch, at, "r1");
}

/**
 * The scratch's record descends from the one at `r0`: what is true of that one is of its line.
 * @param keeps Which facts of that one are its own, too: of its program in a new process, or of the process itself where it
 * executes another program.
 */
export function descend(
  { asm }: ProgramBuilder,
  scratch: HeldRegister,
  { offsets, ofProcess }: FactWords,
  keeps: "program" | "process" | "nothing",
): void {
  const { own, line } = PROCESS_RECORD;
  asm.note("what is true of the one that it comes from");
  for (const offset of offsets) {
    asm.load(8, "r1", "r0", own + offset).load(8, "r2", "r0", line + offset);
    asm.alu("r2", "|=", "r1").store(8, scratch, line + offset, "r2");
    if (keeps === "nothing") continue;
    const process = ofProcess.get(offset)!;
    asm.setWide("r3", keeps === "process" ? process : ~process).alu("r1", "&=", "r3");
    asm.store(8, scratch, own + offset, "r1");
  }
}

/** The scratch's record has the set of facts at `r0` that is called `from`, under the name `to`. */
export function copyFacts(
  { asm }: ProgramBuilder,
  scratch: HeldRegister,
  { offsets }: FactWords,
  from: "own" | "parent",
  to: "parent",
): void {
  for (const offset of offsets) {
    asm.load(8, "r1", "r0", PROCESS_RECORD[from] + offset);
    asm.store(8, scratch, PROCESS_RECORD[to] + offset, "r1");
  }
}

/** Copies namespaces and capabilities from the record at `r0`. */
export function copySnapshot({ asm }: ProgramBuilder, scratch: HeldRegister): void {
  for (let at = PROCESS_RECORD.namespaces; at < PROCESS_RECORD.size; at += WORD) {
    asm.load(8, "r1", "r0", at).store(8, scratch, at, "r1");
  }
}

/** A fact is true of the scratch's record itself. */
export function setFact({ asm }: Pick<ProgramBuilder, "asm">, scratch: HeldRegister, bit: number): void {
  const at = PROCESS_RECORD.own + (bit >> 5) * 4;
  asm
    .load(4, "r1", scratch, at)
    .alu32("r1", "|=", 1 << (bit & 31))
    .store(4, scratch, at, "r1");
}
