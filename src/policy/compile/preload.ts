/**
 * @module What the hook's program will read of a program's memory is brought there before it, by one that may wait for it (6.0): the
 * other one may not, and what is not there it cannot read, such as a text that the program has never looked at.
 */
import type { ProgramSpec } from "../../kernel/attach/index.ts";
import type { TypeSource } from "../../kernel/btf/index.ts";
import { ProbeProgramBuilder } from "../../kernel/program/index.ts";
import type { Plan } from "./plan.ts";
import type { Reading } from "./reading.ts";
import { type SourceSettings, valueSource } from "./value-source.ts";

const PAGE_SIZE = 4096;

/** The program; `undefined` where nothing is read that arguments point to. */
export function preloadProgram(
  types: TypeSource,
  plan: Plan,
  settings: SourceSettings,
  name: string,
): ProgramSpec<"uprobe.s"> | undefined {
  const pointers = plan.readings.filter(isPointer);
  if (pointers.length === 0) return undefined;
  const b = new ProbeProgramBuilder(types, 0);
  const { asm } = b;
  const [byte, address] = [asm.slot("byte"), asm.slot("address")];
  const source = valueSource(b, plan.point, [], settings);
  for (const { argument } of pointers) {
    const next = asm.freshLabel("next");
    asm.note(argument.type);
    source.load("r1", argument.source, next);
    asm.store(8, "r10", address, "r1");
    // Its first page, and the next one, where it may go on.
    for (const isNext of [false, true]) {
      asm.load(8, "r3", "r10", address);
      if (isNext) asm.alu("r3", "|=", PAGE_SIZE - 1).alu("r3", "+=", 1);
      asm.set("r1", "r10").alu("r1", "+=", byte).set("r2", 1).call("copy_from_user");
    }
    asm.label(next);
  }
  return b.program("uprobe.s", name);
}

function isPointer({ argument: { type, source, resolve }, reader }: Reading): boolean {
  if (source.kind === "task" || source.kind === "return") return false;
  return resolve !== undefined || (reader.inPlace === undefined && type !== "nop" && type !== "fd");
}
