/** @module Reads bytes once, through the table of an automaton: eight instructions for each of them. */
import type { Assembler } from "../../../kernel/asm/index.ts";
import { BPF_MAP_TYPE } from "../../../kernel/map/index.ts";
import { Bytes } from "../bytes.ts";
import type { ConditionContext } from "../context.ts";
import type { BytesLocation } from "../location.ts";
import { decide, type Outcome, settle } from "../outcome.ts";
import { type Automaton, makeAutomaton, STATE } from "./automaton.ts";
import { isFoundAnywhere, type PatternSet } from "./pattern.ts";
import { layOut, ROWS_OFFSET, type Table } from "./table.ts";

/**
 * Holds when a pattern is found. Patterns whose table would be too large are searched one half after the other.
 * @throws RangeError when the table of one alone would be.
 */
export function searchPatterns(
  context: ConditionContext,
  set: PatternSet,
  location: BytesLocation,
  outcome: Outcome,
): void {
  const { asm } = context;
  if (isFoundAnywhere(set)) {
    settle(asm, outcome.held, outcome.next);
    return;
  }
  const automaton = makeAutomaton(set);
  if (automaton !== undefined) {
    run(context, automaton, location, outcome);
    return;
  }
  const { patterns } = set;
  if (patterns.length === 1) throw new RangeError("Cannot compile a pattern: it takes too many states");
  const middle = patterns.length >> 1;
  const second = asm.freshLabel("second");
  const first = { ...set, patterns: patterns.slice(0, middle) };
  searchPatterns(context, first, location, { ...outcome, failed: second, next: second });
  asm.label(second);
  searchPatterns(context, { ...set, patterns: patterns.slice(middle) }, location, outcome);
}

/**
 * Bytes that are read before anybody asks whether it is decided by now. Verifiers follow each round of the loop, and keep
 * what they have not looked at yet: 8,192 branches at most in a whole program.
 */
const ROUND = 16;

/** `r2`: where the bytes are, `r3`: which one is next, `r4`: the table, `r5`: the state, as the offset of its row. */
function run(
  { asm, maps }: ConditionContext,
  automaton: Automaton,
  location: BytesLocation,
  { held, failed, next }: Outcome,
): void {
  const table = layOut(automaton);
  const { bytes, rowSize } = table;
  const definition = { type: BPF_MAP_TYPE.ARRAY, keySize: 4, valueSize: bytes.length, maxEntries: 1 };
  asm.loadMapValue("r4", maps.add(definition, [[new Uint8Array(4), bytes]]), 0);
  const text = new Bytes(asm, location);
  text.open(failed);
  asm.set("r5", automaton.start * rowSize);

  const end = asm.freshLabel("end");
  if (text.isFromEnd) readToEnd(asm, table, text, end);
  else readFromFront(asm, table, text, end);
  asm.label(end);
  const found = STATE.found * rowSize;
  const accepting = automaton.firstAccepting * rowSize;
  if (automaton.rows.length > automaton.firstAccepting) asm.jumpIf("r5", ">=", accepting, held);
  decide(asm, { register: "r5", condition: "==", value: found }, { held, failed, next });
}

/**
 * Reads as many bytes as `r1` says: rounds, and then byte by byte what is left of them; goes to `end` as soon as it is
 * decided.
 */
function readFromFront(asm: Assembler, table: Table, { offset, capacity }: Bytes, end: string): void {
  const [round, rest] = [asm.freshLabel("round"), asm.freshLabel("rest")];
  const decided = STATE.found * table.rowSize;
  asm.set("r3", 0);
  if (capacity >= ROUND) {
    asm.label(round).set("r0", "r3").alu("r0", "+=", ROUND);
    // Older verifiers (5.10) do not see by the length alone that the rounds end.
    asm.jumpIf("r0", ">", capacity, rest).jumpIf("r0", ">", "r1", rest);
    asm.set("r3", "r0");
    for (let at = 0; at < ROUND; at++) read(asm, table, "r2", offset + at);
    asm.alu("r2", "+=", ROUND).jumpIf("r5", ">", decided, round).jump(end);
  }
  asm.label(rest).jumpIf("r3", ">=", capacity, end).jumpIf("r3", ">=", "r1", end).alu("r3", "+=", 1);
  read(asm, table, "r2", offset);
  asm.alu("r2", "+=", 1).jumpIf("r5", ">", decided, rest);
}

/** The same from where `r1` says up to the capacity. What is read is pointed to anew when it is known to be before that. */
function readToEnd(asm: Assembler, table: Table, { offset, capacity }: Bytes, end: string): void {
  const [round, rest] = [asm.freshLabel("round"), asm.freshLabel("rest")];
  const decided = STATE.found * table.rowSize;
  asm.set("r3", "r1");
  if (capacity >= ROUND) {
    asm.label(round).jumpIf("r3", ">", capacity - ROUND, rest);
    asm.set("r1", "r2").alu("r1", "+=", "r3");
    for (let at = 0; at < ROUND; at++) read(asm, table, "r1", offset + at);
    asm.alu("r3", "+=", ROUND).jumpIf("r5", ">", decided, round).jump(end);
  }
  asm.label(rest).jumpIf("r3", ">=", capacity, end).set("r1", "r2").alu("r1", "+=", "r3").alu("r3", "+=", 1);
  read(asm, table, "r1", offset);
  asm.jumpIf("r5", ">", decided, rest);
}

/** `r5` = the state after the byte at `pointer` plus `offset`. */
function read(
  asm: Assembler,
  { entrySize, classShift, mask }: Table,
  pointer: "r1" | "r2",
  offset: number,
): void {
  asm.load(1, "r0", pointer, offset).alu("r0", "+=", "r4").load(1, "r0", "r0", 0);
  if (classShift > 0) asm.alu("r0", "<<=", classShift);
  asm.alu("r5", "+=", "r0").alu("r5", "+=", "r4").load(entrySize, "r5", "r5", ROWS_OFFSET);
  asm.alu("r5", "&=", mask);
}
