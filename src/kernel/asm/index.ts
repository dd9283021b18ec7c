/** @module eBPF assembly: write a program, read it back as text. */
export { Assembler } from "./assembler.ts";
export type { Assembly, AssemblyFunction } from "./assembly.ts";
export { HELPERS, type Helper } from "./helper.ts";
export type { AccessSize, AluOperation, JumpCondition, Register } from "./instruction.ts";
export { INSTRUCTION_SIZE } from "./instruction.ts";
export { describeInstruction, listing, noteAt } from "./listing.ts";
export type { HeldRegister, RegisterOperand } from "./register.ts";
export { type SlotName, type StackSlot, slotText } from "./stack.ts";
