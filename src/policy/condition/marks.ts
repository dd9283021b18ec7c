/**
 * @module Remembers which values of a condition have matched, where the policy asks for that: a byte for each, in an array
 * that the agent has in its memory. Nobody counts, so that a match costs three instructions.
 */
import type { Assembler } from "../../kernel/asm/index.ts";
import { BPF_F_MMAPABLE, BPF_MAP_TYPE, type MapDefinition } from "../../kernel/map/index.ts";
import type { Operand } from "../policy.ts";

/** The marks of a program's operands. */
export class ValueMarks {
  /** The array's name. */
  readonly map: string;
  readonly #ranges = new Map<Operand, { readonly first: number; readonly count: number }>();
  #size = 0;

  constructor(map: string) {
    this.map = map;
  }

  /** The array: one element; `undefined` where nothing is marked. */
  get definition(): MapDefinition | undefined {
    if (this.#size === 0) return undefined;
    return {
      name: this.map,
      type: BPF_MAP_TYPE.ARRAY,
      keySize: 4,
      valueSize: this.#size,
      maxEntries: 1,
      flags: BPF_F_MMAPABLE,
    };
  }

  /** Operands that are marked. */
  get operands(): Operand[] {
    return [...this.#ranges.keys()];
  }

  /** Makes room for the values of an operand, or finds it. @returns The position of the first. */
  add(operand: Operand, count: number): number {
    const known = this.#ranges.get(operand);
    if (known !== undefined) return known.first;
    const first = this.#size;
    this.#size += count;
    this.#ranges.set(operand, { first, count });
    return first;
  }

  /** Marks a value. Uses `r1` and `r2`. */
  emit(asm: Assembler, position: number): void {
    asm.note("matched").loadMapValue("r1", this.map, position).set("r2", 1).store(1, "r1", 0, "r2");
  }

  /** Marks the one of some values whose number is in `r1`, which is below `count`. Uses `r2` and `r3`. */
  emitNumbered(asm: Assembler, first: number, count: number, wrong: string): void {
    asm.note("matched").jumpIf("r1", ">=", count, wrong).loadMapValue("r2", this.map, first);
    asm.alu("r2", "+=", "r1").set("r3", 1).store(1, "r2", 0, "r3");
  }

  /** The marks of an operand, a byte for each value; none where it is not of this program. @param memory The array's element. */
  read(memory: Uint8Array, operand: Operand): Uint8Array {
    const { first, count } = this.#ranges.get(operand) ?? { first: 0, count: 0 };
    return memory.slice(first, first + count);
  }
}
