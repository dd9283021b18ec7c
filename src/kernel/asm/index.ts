/** @module eBPF assembly: write a program, read it back as text. */
export { Assembler, type Assembly, type SlotName, slotText } from "./assembler.ts";
export type { Helper } from "./helper.ts";
export type { AccessSize, AluOperation, JumpCondition, Register } from "./instruction.ts";
export { INSTRUCTION_SIZE } from "./instruction.ts";
export { describeInstruction, listing, noteAt } from "./listing.ts";
