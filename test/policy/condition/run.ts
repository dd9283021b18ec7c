/** @module Runs a condition in the kernel, on values of the test's own. */
import { Assembler, type Assembly, type HeldRegister } from "../../../src/kernel/asm/index.ts";
import { KernelObject, type Program } from "../../../src/kernel/loader/index.ts";
import { BPF_MAP_TYPE, type BpfMap } from "../../../src/kernel/map/index.ts";
import {
  type ConditionContext,
  ConditionMaps,
  type FilledMap,
  type ValueMarks,
} from "../../../src/policy/condition/index.ts";
import type { Operand } from "../../../src/policy/policy.ts";
import { completeMarks } from "../../../src/policy/single-values.ts";

/** Bytes that a condition is given. */
export const INPUT_SIZE = 8192;
const INPUT = "input";
const PACKET = new Uint8Array(64);

/** Adds the code of a condition, which goes to `failed` when it does not hold. */
export type Emit = (context: ConditionContext, input: HeldRegister, failed: string) => void;

/** A program that returns 1 when the condition holds, else 0, and the maps that it looks into. */
export function assembleCondition(emit: Emit): {
  assembly: Assembly;
  maps: readonly FilledMap[];
  marks: ValueMarks;
} {
  const asm = new Assembler();
  const maps = new ConditionMaps("test");
  const key = asm.slot("input key", 4);
  asm.store(4, "r10", key, 0).loadMap("r1", INPUT).set("r2", "r10").alu("r2", "+=", key);
  asm.call("map_lookup_elem").jumpIf("r0", "==", 0, "missing");
  const input = asm.hold("input");
  asm.set(input, "r0");
  emit({ asm, maps }, input, "failed");
  asm.set("r0", 1).exit();
  if (asm.isReached("failed")) asm.label("failed").set("r0", 0).exit();
  asm.label("missing").set("r0", 2).exit();
  return { assembly: asm.assemble(), maps: maps.all, marks: maps.marks };
}

/** A condition that is loaded. */
export class LoadedCondition implements Disposable {
  readonly #object = new KernelObject();
  readonly #program: Program;
  readonly #input: BpfMap;
  readonly #marks: ValueMarks;

  constructor(emit: Emit) {
    const { assembly, maps, marks } = assembleCondition(emit);
    this.#marks = marks;
    using stack = new DisposableStack();
    stack.use(this.#object);
    this.#object.createMaps([
      { name: INPUT, type: BPF_MAP_TYPE.ARRAY, keySize: 4, valueSize: INPUT_SIZE, maxEntries: 1 },
      ...maps.map(({ definition }) => definition),
    ]);
    for (const { definition, entries } of maps) {
      const map = this.#object.map(definition.name);
      for (const [key, value] of entries) map.update(key, value);
    }
    this.#input = this.#object.map(INPUT);
    this.#program = this.#object.load({ kind: "socket", name: "condition", assembly }) as unknown as Program;
    stack.move();
  }

  /** Whether it holds for what the input begins with. What follows is left as it was. */
  holds(input: Uint8Array): boolean {
    const value = new Uint8Array(INPUT_SIZE);
    value.set(input);
    this.#input.update(0, value);
    const result = this.#program.run(PACKET);
    if (result > 1) throw new Error(`The condition's program returned ${result}`);
    return result === 1;
  }

  /** Which values of an operand have matched by now. */
  marked(operand: Operand): Uint8Array {
    const memory = this.#object.map(this.#marks.map).lookup(0)!;
    const marks = this.#marks.read(memory, operand);
    completeMarks(operand, marks);
    return marks;
  }

  [Symbol.dispose](): void {
    this.#object[Symbol.dispose]();
  }
}
