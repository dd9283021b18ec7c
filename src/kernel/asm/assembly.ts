/** @module A program before its maps exist, and the last step to it: where labels are. */
import { encodeInstruction, INSTRUCTION_SIZE, type Instruction } from "./instruction.ts";

/** A function of a program. */
export interface AssemblyFunction {
  readonly name: string;
  /** Index of its first instruction. */
  readonly instruction: number;
}

/** A program before its maps exist. */
export interface Assembly {
  /** `struct bpf_insn[]`; where it refers to a map, the descriptor is still 0. */
  readonly code: Uint8Array;
  /** Index of each instruction that takes a map's descriptor, and the map's name. */
  readonly mapReferences: readonly { readonly instruction: number; readonly map: string }[];
  /** By instruction: what it is for, as far as the program said so. */
  readonly notes: ReadonlyMap<number, string>;
  /** Labels by the instruction they stand at. */
  readonly labels: ReadonlyMap<number, string>;
  /** The program itself and its subprograms, in order; empty where there are none. */
  readonly functions: readonly AssemblyFunction[];
}

/** A jump, or a reference to a function. */
export interface Reference {
  readonly instruction: number;
  readonly label: string;
  /** Jumps have the distance in the offset and stay in their function; what refers to a function, in the immediate. */
  readonly field: "offset" | "immediate";
}

/** What is resolved. */
export interface Unresolved {
  readonly instructions: readonly Instruction[];
  readonly references: readonly Reference[];
  readonly labels: ReadonlyMap<string, number>;
  readonly functions: readonly AssemblyFunction[];
}

/**
 * Encodes the instructions, with the distances to where they refer to.
 * @throws SyntaxError when a label is missing or in another function; RangeError when a jump is too far.
 */
export function encodeInstructions({ instructions, references, labels, functions }: Unresolved): Uint8Array {
  const code = new Uint8Array(instructions.length * INSTRUCTION_SIZE);
  const view = new DataView(code.buffer);
  for (const [index, instruction] of instructions.entries()) {
    encodeInstruction(view, index * INSTRUCTION_SIZE, instruction);
  }
  for (const { instruction, label, field } of references) {
    const distance = distanceTo(label, instruction, labels);
    const at = instruction * INSTRUCTION_SIZE;
    if (field === "immediate") {
      view.setInt32(at + 4, distance, true);
      continue;
    }
    if (distance < -0x8000 || distance > 0x7fff)
      throw new RangeError(`Cannot jump to label "${label}": ${distance} instructions are too far`);
    const target = instruction + 1 + distance;
    if (functions.length > 0 && functionAt(functions, instruction) !== functionAt(functions, target))
      throw new SyntaxError(`Cannot jump to label "${label}": it is in another function`);
    view.setInt16(at + 2, distance, true);
  }
  return code;
}

function distanceTo(label: string, from: number, labels: ReadonlyMap<string, number>): number {
  const target = labels.get(label);
  if (target === undefined) throw new SyntaxError(`Cannot jump to label "${label}": it is not placed`);
  return target - from - 1;
}

function functionAt(functions: readonly AssemblyFunction[], instruction: number): string | undefined {
  return functions.findLast((candidate) => candidate.instruction <= instruction)?.name;
}
