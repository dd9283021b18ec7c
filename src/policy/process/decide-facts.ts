/** @module Finds out which facts are true of a process, and sets their bits in the record that is made up. */
import type { HeldRegister } from "../../kernel/asm/index.ts";
import type { Pointer, ProgramBuilder } from "../../kernel/program/index.ts";
import { type BytesLocation, compileOperand } from "../condition/index.ts";
import { loadNamespacePid, type NumberedFact, type ProcessFact } from "../condition/process/index.ts";
import type { OperandOf } from "../policy.ts";
import type { ProcessProgramContext } from "./context.ts";
import { setFact } from "./inherit.ts";
import { LONGEST_TEXT, TEXT_REGION } from "./scratch.ts";

/** Facts of one kind. */
export type FactsOf<K extends ProcessFact["kind"]> = readonly (NumberedFact & {
  readonly fact: Extract<ProcessFact, { readonly kind: K }>;
})[];

/** Those of the facts that are of a kind. */
export function factsOf<K extends ProcessFact["kind"]>(facts: readonly NumberedFact[], kind: K): FactsOf<K> {
  return facts.filter(({ fact }) => fact.kind === kind) as unknown as FactsOf<K>;
}

/** The text that was written to the scratch: from its end, as paths are, or from its beginning. */
export function textLocation(
  scratch: HeldRegister,
  { isFromEnd }: { readonly isFromEnd: boolean },
): BytesLocation {
  const memory = (offset: number) => ({ base: scratch, offset, size: 4 }) as const;
  const { offset, capacity, length, start } = TEXT_REGION;
  return {
    address: scratch,
    offset,
    capacity,
    ...(isFromEnd ? { start: memory(start) } : { length: memory(length) }),
  };
}

/** Sets the facts whose operands hold for a text. */
export function decideTextFacts(
  { asm }: ProgramBuilder,
  { maps }: ProcessProgramContext,
  scratch: HeldRegister,
  bytes: BytesLocation,
  facts: FactsOf<"binary" | "command-argument">,
): void {
  for (const { fact, bit } of facts) {
    const isNot = asm.freshLabel("is_not");
    compileOperand({ asm, maps }, fact.operand, [{ bytes }], isNot);
    setFact({ asm }, scratch, bit);
    asm.label(isNot);
  }
}

/** Sets the facts that the number of a task's process is one of some. */
export function decidePidFacts(
  b: ProgramBuilder,
  { maps }: ProcessProgramContext,
  scratch: HeldRegister,
  task: Pointer,
  facts: FactsOf<"pid">,
): void {
  const { asm } = b;
  using number = facts.length === 0 ? undefined : asm.scopedSlot("number");
  for (const { fact, bit } of facts) {
    const isNot = asm.freshLabel("is_not");
    if (fact.isNamespacePid) loadNamespacePid(b, task);
    else b.load("r1", task, "tgid");
    const place = { base: "r10", offset: number!.offset, size: 8 } as const;
    asm.store(8, "r10", place.offset, "r1");
    const operand: OperandOf<"Equal"> = {
      operator: "Equal",
      isNegated: false,
      integers: fact.pids.map(BigInt),
    };
    compileOperand({ asm, maps }, operand, [{ integer: { place, size: 4, isSigned: false } }], isNot);
    setFact(b, scratch, bit);
    asm.label(isNot);
  }
}

/** Sets the facts about elements of argv, each read when it is its turn. */
export function decideArgumentFacts(
  b: ProgramBuilder,
  context: ProcessProgramContext,
  scratch: HeldRegister,
  task: Pointer,
  facts: FactsOf<"command-argument">,
): void {
  if (facts.length === 0) return;
  const { asm } = b;
  const done = asm.freshLabel("argv_done");
  using position = asm.scopedSlot("argv position");
  using end = asm.scopedSlot("argv end");
  b.load("r1", task, "mm.arg_start");
  asm.store(8, "r10", position.offset, "r1");
  b.load("r1", task, "mm.arg_end");
  asm.store(8, "r10", end.offset, "r1");
  const readElement = (): void => readNext(b, scratch, { position: position.offset, end: end.offset }, done);
  const byIndex = [...Map.groupBy(facts, ({ fact }) => fact.index)].sort(([one], [other]) => one - other);
  let next = 0;
  for (const [index, group] of byIndex) {
    const skipped = index - next;
    if (skipped > 0) b.loop(skipped, () => readElement());
    readElement();
    decideTextFacts(b, context, scratch, textLocation(scratch, { isFromEnd: false }), group);
    next = index + 1;
  }
  asm.label(done);
}

/** Reads an element of argv into the scratch; goes to `done` where there is none, or none that can be read. */
function readNext(
  { asm }: ProgramBuilder,
  scratch: HeldRegister,
  { position, end }: { readonly position: number; readonly end: number },
  done: string,
): void {
  const counted = asm.freshLabel("counted");
  asm.note("next element of argv").load(8, "r3", "r10", position).load(8, "r1", "r10", end);
  asm.jumpIf("r3", ">=", "r1", done);
  asm.set("r1", scratch).alu("r1", "+=", TEXT_REGION.offset).set("r2", LONGEST_TEXT);
  // Older kernels (5.10 to 6.12 do) answer 0 for an empty string, as if it had no NUL.
  asm.call("probe_read_user_str").jumpIf("r0", "s<", 0, done);
  asm.jumpIf("r0", "!=", 0, counted).set("r0", 1).label(counted);
  asm.load(8, "r1", "r10", position).alu("r1", "+=", "r0").store(8, "r10", position, "r1");
  asm.alu("r0", "-=", 1).store(4, scratch, TEXT_REGION.length, "r0");
}
