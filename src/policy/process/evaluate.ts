/** @module Which facts are true of a process that runs already, as its files in procfs show it. */
import { Automata } from "../condition/automaton/automata.ts";
import type { ProcessFact } from "../condition/process/index.ts";

/** What facts are about. */
export interface ProcessImage {
  /** Path of the program, as events print it; empty when it cannot be read. */
  readonly binary: Uint8Array;
  /** `argv`, without NULs. */
  readonly argv: readonly Uint8Array[];
  readonly pid: number;
  /** The number in its own PID namespace; 0 in the host's. */
  readonly namespacePid: number;
}

/** Whether a fact is true of a process. */
export function isTrue(fact: ProcessFact, image: ProcessImage): boolean {
  switch (fact.kind) {
    case "pid":
      return fact.pids.includes(fact.isNamespacePid ? image.namespacePid : image.pid);
    case "binary":
      return holds(fact.operand, image.binary);
    case "command-argument": {
      const element = image.argv[fact.index];
      return element !== undefined && holds(fact.operand, element);
    }
  }
}

type TextOperand = Extract<ProcessFact, { readonly operand: unknown }>["operand"];

function holds(operand: TextOperand, bytes: Uint8Array): boolean {
  const { length } = bytes;
  const isAt = (text: Uint8Array, at: number): boolean =>
    at >= 0 && Buffer.compare(text, bytes.subarray(at, at + text.length)) === 0;
  switch (operand.operator) {
    case "EqualString":
      return operand.strings.some((text) => text.length === length && isAt(text, 0));
    case "Prefix":
      return operand.strings.some((text) => isAt(text, 0));
    case "Postfix":
      return operand.strings.some((text) => isAt(text, length - text.length));
    case "Glob":
      return new Automata(operand).accepts(bytes);
  }
}
