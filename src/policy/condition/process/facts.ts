/** @module What policies ask about a process that does not change while it runs one program: decided once, kept as a bit. */
import { TetradError } from "../../../os/error.ts";
import type { CommandArgumentCondition, Condition, PidCondition } from "../../policy.ts";
import { MOST_FACTS } from "./record.ts";

/** The operand of a condition, without its negation: that is of the condition, not of the fact. */
type FactOperand = Extract<Condition, { readonly kind: "binary" }>["operand"];

/** Something that is true of a process or not. */
export type ProcessFact =
  /** The path of its program, as events print it. */
  | { readonly kind: "binary"; readonly operand: FactOperand }
  /** An element of its argv. */
  | {
      readonly kind: "command-argument";
      readonly index: number;
      readonly operand: CommandArgumentCondition["operand"];
    }
  /** Its number, which it has from its beginning. */
  | { readonly kind: "pid"; readonly pids: readonly number[]; readonly isNamespacePid: boolean };

/** The fact that a condition asks for, if it asks for one. */
export function factOf(condition: Condition): ProcessFact | undefined {
  switch (condition.kind) {
    case "binary":
      return { kind: "binary", operand: { ...condition.operand, isNegated: false } };
    case "command-argument":
      return {
        kind: "command-argument",
        index: condition.index,
        operand: { ...condition.operand, isNegated: false },
      };
    case "pid":
      return condition.followsForks ? pidFact(condition) : undefined;
    default:
      return undefined;
  }
}

function pidFact({ pids, isNamespacePid }: PidCondition): ProcessFact {
  return { kind: "pid", pids, isNamespacePid };
}

/** A fact and its bit. */
export interface NumberedFact {
  readonly fact: ProcessFact;
  readonly bit: number;
}

/** Elements of argv that are read, one after the other. */
const MOST_ELEMENTS = 256;

/** Gives facts their bits. Conditions that ask the same, of whatever policies, have one. */
export class ProcessFacts {
  readonly #facts = new Map<string, NumberedFact>();
  #next = 0;

  /** All that have a bit. */
  get all(): NumberedFact[] {
    return [...this.#facts.values()];
  }

  /**
   * The bit of a fact; a new one if it had none.
   * @throws TetradError `unsupported` when all bits are taken, or the fact cannot be found out.
   */
  bitOf(fact: ProcessFact): number {
    if (fact.kind === "command-argument" && fact.index >= MOST_ELEMENTS) {
      const what = `needs one of the first ${MOST_ELEMENTS}`;
      throw new TetradError(
        "unsupported",
        `Cannot compare element ${fact.index} of the command line: ${what}`,
      );
    }
    const key = keyOf(fact);
    const known = this.#facts.get(key);
    if (known !== undefined) return known.bit;
    const taken = new Set(this.all.map(({ bit }) => bit));
    // Those that nobody had for the longest time.
    const bits = Array.from({ length: MOST_FACTS }, (_, index) => (this.#next + index) % MOST_FACTS);
    const bit = bits.find((index) => !taken.has(index));
    if (bit === undefined) {
      const what = "different conditions on binaries, command arguments and followed processes";
      throw new TetradError("unsupported", `Cannot load more than ${MOST_FACTS} ${what} at a time`);
    }
    this.#next = bit + 1;
    this.#facts.set(key, { fact, bit });
    return bit;
  }

  /** The same fact, if it has a bit. */
  find(fact: ProcessFact): ProcessFact | undefined {
    return this.#facts.get(keyOf(fact))?.fact;
  }

  /** Takes the bits of facts that none of the conditions asks for. */
  keepOnly(conditions: readonly Condition[]): void {
    const keys = new Set(conditions.flatMap((condition) => factOf(condition) ?? []).map(keyOf));
    for (const key of [...this.#facts.keys()]) if (!keys.has(key)) this.#facts.delete(key);
  }
}

function keyOf(fact: ProcessFact): string {
  return JSON.stringify(fact, (_, value) => (value instanceof Uint8Array ? value.toHex() : value));
}
