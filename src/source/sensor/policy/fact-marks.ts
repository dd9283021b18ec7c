/**
 * @module Which values of conditions on binaries and arguments have matched: of a process that began or executed a program the
 * kernel's programs have marked it, of one that ran before the agent does.
 */
import type { KernelObject } from "../../../kernel/loader/index.ts";
import { Mapping, PROT } from "../../../os/mapping.ts";
import type { ValueMarks } from "../../../policy/condition/index.ts";
import type { NumberedFact, ProcessFact } from "../../../policy/condition/process/index.ts";
import type { Operand } from "../../../policy/policy.ts";
import { isTrue, type ProcessImage } from "../../../policy/process/index.ts";
import { singleOperands } from "../../../policy/single-values.ts";

/** What was marked in the kernel and by the agent, together. */
export class FactMarks {
  /** By operand of a fact. */
  readonly #known = new WeakMap<Operand, Uint8Array>();
  #memory: Uint8Array | undefined;
  #marks: ValueMarks | undefined;

  /** The marks of the kernel's programs, which take the place of others. @param stack Holds the array's memory. */
  follow(marks: ValueMarks, object: KernelObject, stack: DisposableStack): void {
    this.keep();
    if (marks.definition === undefined) return;
    const { fd, definition } = object.map(marks.map);
    this.#memory = new Uint8Array(stack.use(new Mapping(fd, definition.valueSize, PROT.READ, 0)).buffer);
    this.#marks = marks;
  }

  /** Remembers what programs have marked that are about to go. */
  keep(): void {
    for (const operand of this.#marks?.operands ?? []) this.#known.set(operand, this.read(operand));
    this.#memory = undefined;
    this.#marks = undefined;
  }

  /** A byte for each value of a fact's operand. */
  read(operand: Operand): Uint8Array {
    const known = this.#known.get(operand) ?? new Uint8Array();
    if (this.#memory === undefined || this.#marks === undefined) return known.slice();
    return anyOf(this.#marks.read(this.#memory, operand), known);
  }

  /** Marks what is true of a process that runs. */
  mark(facts: readonly NumberedFact[], image: ProcessImage): void {
    for (const { fact } of facts) {
      if (fact.kind === "pid" || fact.operand.isMarked !== true || !isTrue(fact, image)) continue;
      const singles = singleOperands(fact.operand);
      const holds = (operand: Operand) => isTrue({ ...fact, operand } as ProcessFact, image);
      const marks = Uint8Array.from(singles, (single) => Number(holds(single)));
      this.#known.set(fact.operand, anyOf(marks, this.#known.get(fact.operand)));
    }
  }
}

/** Where either has a mark. */
export function anyOf(marks: Uint8Array, others: Uint8Array | undefined): Uint8Array {
  if (others === undefined || others.length === 0) return marks;
  return others.map((mark, position) => mark | (marks[position] ?? 0));
}
