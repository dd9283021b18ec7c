/**
 * @module eBPF assembly: write a program, read it back as text.
 *
 * ```ts
 * const a = new Assembler();
 * const key = a.slot("key", 4);
 * a.store(4, "r10", key, 0);
 * a.loadMap("r1", "drops");
 * a.set("r2", "r10").alu("r2", "+=", key);
 * a.call("map_lookup_elem");
 * a.jumpIf("r0", "==", 0, "out");
 * a.label("out").set("r0", 0).exit();
 * ```
 */
export { Assembler } from "./assembler.ts";
export type { Assembly, AssemblyFunction } from "./assembly.ts";
export { HELPERS, type Helper } from "./helper.ts";
export type { AccessSize, AluOperation, JumpCondition, Register } from "./instruction.ts";
export { INSTRUCTION_SIZE } from "./instruction.ts";
export { describeInstruction, listing, noteAt } from "./listing.ts";
export type { HeldRegister, RegisterOperand } from "./register.ts";
export { type SlotName, type StackSlot, slotText } from "./stack.ts";
