/** @module Searches patterns in the agent itself, by the same tables that programs have. */
import type { OperandOf } from "../../policy.ts";
import { type Automaton, makeAutomaton, STATE } from "./automaton.ts";
import { globPatterns, isFoundAnywhere, type PatternSet } from "./pattern.ts";

/** The tables of paths with `*`, one for each. */
export class Automata {
  readonly #automata: readonly Automaton[];
  /** Whether every text is such a path. */
  readonly #isAny: boolean;

  /** @throws RangeError when a path takes too many states. */
  constructor(operand: Pick<OperandOf<"Glob">, "globs" | "opensAt">) {
    const set = globPatterns(operand);
    this.#isAny = isFoundAnywhere(set);
    this.#automata = set.patterns.map((pattern) => automatonOf({ ...set, patterns: [pattern] }));
  }

  /** Whether a text is such a path. */
  accepts(text: Uint8Array): boolean {
    return this.#isAny || this.#automata.some((automaton) => accepts(automaton, text));
  }
}

function automatonOf(set: PatternSet): Automaton {
  const automaton = makeAutomaton(set);
  if (automaton === undefined) throw new RangeError("Cannot compile a pattern: it takes too many states");
  return automaton;
}

function accepts({ classes, rows, start, firstAccepting }: Automaton, text: Uint8Array): boolean {
  let state = start;
  for (const byte of text) state = rows[state]![classes.ofByte[byte]!]!;
  return state === STATE.found || state >= firstAccepting;
}
